#include "lanes/lane_writer.hpp"

#include <algorithm>
#include <cstdint>

#include <llvm/IR/CFG.h>

#include "lanes/streams.hpp"

namespace kernelc::lanes {

namespace {

using llvm::Instruction;

const llvm::Loop* child_of(const llvm::Loop* parent, const llvm::Loop* inner) {
  while (inner->getParentLoop() != parent) inner = inner->getParentLoop();
  return inner;
}

}  // namespace

LaneWriter::LaneWriter(const ItemLoop& items, const llvm::LoopInfo& loops, const Shapes& shapes, const OwnSlots& own,
                       unsigned lanes)
    : items_(items),
      loops_(loops),
      shapes_(shapes),
      lanes_(lanes),
      function_(*items.header->getParent()),
      context_(function_.getContext()),
      layout_(items.header->getDataLayout()),
      builder_(context_),
      own_(own) {}

llvm::BasicBlock* LaneWriter::new_block(const char* name) {
  return llvm::BasicBlock::Create(context_, name, &function_, items_.header);
}

/// Whether the value is read in other blocks, or is a part of one that is made anew there.
bool LaneWriter::is_used_elsewhere(const Instruction& instruction, Block home) const {
  return llvm::any_of(instruction.users(), [&](const llvm::User* user) {
    const auto* place = llvm::cast<Instruction>(user);
    if (place->getParent() != home || llvm::isa<llvm::PHINode>(place)) return true;
    return shapes_.of(place).may_wrap() && is_used_elsewhere(*place, home);
  });
}

llvm::AllocaInst* LaneWriter::slot(llvm::Type* type, const llvm::Twine& name) {
  llvm::IRBuilder<> entry(&function_.getEntryBlock(), function_.getEntryBlock().begin());
  return entry.CreateAlloca(type, nullptr, name);
}

void LaneWriter::make_slots() {
  for (const auto& [each, element] : own_) {
    auto* lanes = slot(llvm::ArrayType::get(each->getAllocatedType(), lanes_), each->getName() + ".lanes");
    // An element of all lanes is a vector.
    const std::uint64_t vector_bytes = std::clamp<std::uint64_t>(element * lanes_, 1, line_bytes);
    lanes->setAlignment(std::max(each->getAlign(), llvm::Align(vector_bytes)));
    own_of_lanes_[each] = lanes;
  }
  for (const llvm::BasicBlock* block : items_.loop->blocks()) {
    if (block == items_.header) continue;
    for (const Instruction& instruction : *block) {
      if (instruction.getType()->isVoidTy() || shapes_.of(&instruction).may_wrap()) continue;
      if (!llvm::isa<llvm::PHINode>(instruction) && !is_used_elsewhere(instruction, block)) continue;
      const bool is_varying = shapes_.of(&instruction).is_varying();
      llvm::Type* type = is_varying ? lane_type(instruction.getType()) : instruction.getType();
      slots_[&instruction] = slot(type, instruction.getName());
    }
    if (block == items_.first || shapes_.same_lanes(block) != nullptr) continue;
    const bool is_divergent = shapes_.is_divergent(block);
    llvm::Type* type = is_divergent ? lane_type(builder_.getInt1Ty()) : builder_.getInt1Ty();
    masks_[block] = slot(type, block->getName() + ".lanes");
    if (loops_.isLoopHeader(block)) {
      next_masks_[loops_.getLoopFor(block)] = slot(type, block->getName() + ".next");
      find_kept(loops_.getLoopFor(block));
    }
  }
}

LaneWriter::Place LaneWriter::write_whole(const Place& before) {
  make_slots();
  llvm::BasicBlock* head = new_block("vectors");
  llvm::BasicBlock* rest = new_block("rest");
  V width = builder_.getInt64(lanes_);
  const auto is_enough = [&](V from) {
    V fits = builder_.CreateICmpUGE(builder_.CreateSub(items_.end, from), width);
    return builder_.CreateAnd(builder_.CreateICmpULT(from, items_.end), fits);
  };
  builder_.SetInsertPoint(before.block);
  builder_.CreateCondBr(is_enough(before.id), head, rest);

  builder_.SetInsertPoint(head);
  llvm::PHINode* id = builder_.CreatePHI(builder_.getInt64Ty(), 2, "first");
  id->addIncoming(before.id, before.block);
  first_id_ = id;
  begun_with_ = everything();
  write_level(items_.loop);
  V next = builder_.CreateAdd(id, width, "", true);
  V goes_on = is_enough(next);
  llvm::BasicBlock* last = builder_.GetInsertBlock();
  id->addIncoming(next, last);
  builder_.CreateCondBr(goes_on, head, rest);

  builder_.SetInsertPoint(rest);
  llvm::PHINode* resumed = builder_.CreatePHI(builder_.getInt64Ty(), 2, "resumed");
  resumed->addIncoming(before.id, before.block);
  resumed->addIncoming(next, last);
  return {rest, resumed};
}

void LaneWriter::write_masked(const Place& before, llvm::BasicBlock* after) {
  make_slots();
  llvm::BasicBlock* head = new_block("masked");
  builder_.SetInsertPoint(before.block);
  builder_.CreateCondBr(builder_.CreateICmpULT(before.id, items_.end), head, after);

  builder_.SetInsertPoint(head);
  llvm::PHINode* id = builder_.CreatePHI(builder_.getInt64Ty(), 2, "first");
  id->addIncoming(before.id, before.block);
  first_id_ = id;
  begun_with_ = lanes_before_end();
  write_level(items_.loop);
  V is_last = builder_.CreateICmpULE(builder_.CreateSub(items_.end, id), builder_.getInt64(lanes_));
  id->addIncoming(builder_.CreateAdd(id, builder_.getInt64(lanes_)), builder_.GetInsertBlock());
  builder_.CreateCondBr(is_last, after, head);
}

LaneWriter::Mask LaneWriter::lanes_before_end() {
  V left = builder_.CreateSub(items_.end, first_id_);
  left = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, left, builder_.getInt64(lanes_));
  V count = builder_.CreateVectorSplat(lanes_, builder_.CreateTrunc(left, builder_.getInt32Ty()));
  llvm::SmallVector<llvm::Constant*, 16> numbers;
  for (unsigned lane = 0; lane < lanes_; ++lane) numbers.push_back(builder_.getInt32(lane));
  return {nullptr, builder_.CreateICmpULT(llvm::ConstantVector::get(numbers), count)};
}

/// The blocks of a loop itself and the headers of the loops in it, each after all that lead to it.
std::vector<LaneWriter::Block> LaneWriter::order_of(const llvm::Loop* loop) const {
  std::vector<Block> order;
  std::set<Block> seen;
  const auto visit = [&](const auto& self, Block block) -> void {
    if (!loop->contains(block) || block == loop->getHeader() || !seen.insert(block).second) return;
    const llvm::Loop* inner = loops_.getLoopFor(block);
    if (inner == loop) {
      for (Block next : llvm::successors(block)) self(self, next);
    } else {
      llvm::SmallVector<llvm::BasicBlock*, 4> exits;
      child_of(loop, inner)->getExitBlocks(exits);
      for (Block next : exits) self(self, next);
    }
    order.push_back(block);
  };
  for (Block next : llvm::successors(loop->getHeader())) visit(visit, next);
  if (loop != items_.loop) order.push_back(loop->getHeader());
  std::reverse(order.begin(), order.end());
  return order;
}

void LaneWriter::clear_masks(const llvm::Loop* loop) {
  for (const auto& [block, place] : masks_) {
    const llvm::Loop* own = loops_.getLoopFor(block);
    const bool is_inner_header = loops_.isLoopHeader(block) && own->getParentLoop() == loop;
    if (!is_inner_header && (own != loop || block == loop->getHeader())) continue;
    builder_.CreateStore(llvm::Constant::getNullValue(place->getAllocatedType()), place);
  }
}

void LaneWriter::write_level(const llvm::Loop* loop) {
  clear_masks(loop);
  for (Block block : order_of(loop)) {
    if (loops_.getLoopFor(block) == loop) {
      write_block(block);
    } else {
      write_inner_loop(loops_.getLoopFor(block));
    }
  }
}

void LaneWriter::write_inner_loop(const llvm::Loop* loop) {
  llvm::AllocaInst* mask = masks_.lookup(loop->getHeader());
  llvm::AllocaInst* next = next_masks_.at(loop);
  llvm::BasicBlock* head = new_block("round");
  llvm::BasicBlock* after = ends_[loop] = new_block("afterloop");
  write_common_rounds(loop);
  builder_.CreateCondBr(any(load_mask(mask)), head, after);
  builder_.SetInsertPoint(head);
  if (has_common_exits(loop)) {
    write_level(loop);
    builder_.CreateBr(head);
  } else {
    builder_.CreateStore(llvm::Constant::getNullValue(next->getAllocatedType()), next);
    write_level(loop);
    builder_.CreateStore(builder_.CreateLoad(next->getAllocatedType(), next), mask);
    builder_.CreateCondBr(any(load_mask(mask)), head, after);
  }
  builder_.SetInsertPoint(after);
  write_kept_results(loop);
}

/// The rounds that all lanes of a loop with a row test take: without masks, up to the first that one of them does not.
void LaneWriter::write_common_rounds(const llvm::Loop* loop) {
  if (!shapes_.is_left_one_by_one(loop)) return;
  const std::optional<RowTest> test = row_test(*loop, shapes_);
  if (!test || !is_everything(mask_of(loop->getLoopPreheader()))) return;
  common_test_ = test;
  apart_ = new_block("apart");
  llvm::BasicBlock* head = new_block("together");
  builder_.CreateBr(head);
  builder_.SetInsertPoint(head);
  const std::set<const llvm::PHINode*> begun = begun_;
  write_level(loop);
  builder_.CreateBr(head);
  begun_ = begun;
  common_test_.reset();
  builder_.SetInsertPoint(apart_);
}

/// Goes on with the round if all lanes do.
void LaneWriter::write_common_test(Block header) {
  const RowTest& test = *common_test_;
  V first = scalar(test.number);
  const auto distance = static_cast<std::uint64_t>(shapes_.of(test.number).stride()) * (lanes_ - 1);
  V last = builder_.CreateAdd(first, llvm::ConstantInt::get(first->getType(), distance));
  const auto not_less = llvm::ICmpInst::isSigned(test.predicate) ? llvm::ICmpInst::ICMP_SGE : llvm::ICmpInst::ICMP_UGE;
  V all_pass = builder_.CreateAnd(builder_.CreateICmp(test.predicate, last, scalar(test.bound)),
                                  builder_.CreateICmp(not_less, last, first));
  llvm::BasicBlock* stay = new_block("stay");
  builder_.CreateCondBr(all_pass, stay, apart_);
  builder_.SetInsertPoint(stay);
  write_edge(header, test.inside, everything());
}

/// Whether all lanes that are in the block go round once more: without any, the loop ends there.
bool LaneWriter::goes_round(Block block) const {
  const llvm::Loop* loop = loops_.getLoopFor(block);
  if (loop == items_.loop) return false;
  for (Block each = loop->getLoopLatch(); each != nullptr; each = shapes_.same_lanes(each)) {
    if (each == block) return true;
  }
  return false;
}

/// Whether the block has the lanes that its loop's round, or a vector of items, began with.
bool LaneWriter::has_lanes_of_round(Block block) const {
  while (const Block same = shapes_.same_lanes(block)) block = same;
  return loops_.isLoopHeader(block) || block == items_.first;
}

/// Whether the block is to be left out where no lane wants it: because it must be, or because that is faster.
bool LaneWriter::needs_guard(Block block) const {
  constexpr std::ptrdiff_t few = 6;
  if (has_lanes_of_round(block)) return false;
  if (block->sizeWithoutDebug() > few && !goes_round(block)) return true;
  return llvm::any_of(*block, [](const Instruction& each) {
    return each.mayReadOrWriteMemory() || llvm::isa<llvm::CallInst>(each) || each.isIntDivRem();
  });
}

void LaneWriter::write_block(Block block) {
  here_ = {};
  const bool begins_common_round = common_test_ && loops_.isLoopHeader(block);
  active_ = begins_common_round ? everything() : mask_of(block);
  llvm::BasicBlock* after = nullptr;
  // Of a loop write_inner_loop has looked; a vector of items has some.
  const bool is_checked = loops_.isLoopHeader(block) || block == items_.first;
  if (!is_everything(active_) && !is_checked && needs_guard(block)) {
    llvm::BasicBlock* inside = new_block("some");
    after = new_block("none");
    builder_.CreateCondBr(any(active_), inside, after);
    builder_.SetInsertPoint(inside);
    if (active_.all_or_none != nullptr) active_ = everything();
  }
  if (is_worth_whole(block)) {
    write_whole_or_part(block);
  } else {
    write_body(block);
  }
  if (after == nullptr) return;
  builder_.CreateBr(after);
  builder_.SetInsertPoint(after);
}

void LaneWriter::write_body(Block block) {
  for (const Instruction& instruction : *block) {
    if (!llvm::isa<llvm::PHINode>(instruction) && !instruction.isTerminator()) write_instruction(instruction);
  }
  write_edges(block);
}

/// Whether the block is to be there twice, for all lanes and for some: where it reads or writes in a row, which masks
/// make slow, or numbers that are too narrow for gathers, where a mask is a question for each lane.
bool LaneWriter::is_worth_whole(Block block) const {
  constexpr std::ptrdiff_t most = 40;
  if (active_.each == nullptr || !is_everything(begun_with_) || block->sizeWithoutDebug() > most) return false;
  return llvm::any_of(*block, [this](const Instruction& each) {
    const llvm::Value* pointer = llvm::getLoadStorePointerOperand(&each);
    if (pointer == nullptr || shapes_.of(pointer).is_uniform()) return false;
    if (llvm::isa<llvm::LoadInst>(each) && shapes_.is_interleaved(pointer)) return false;
    llvm::Type* type = llvm::getLoadStoreType(const_cast<Instruction*>(&each));
    return is_contiguous(pointer, type) || is_narrow(type);
  });
}

void LaneWriter::write_whole_or_part(Block block) {
  llvm::BasicBlock* whole = new_block("whole");
  llvm::BasicBlock* part = new_block("part");
  llvm::BasicBlock* after = new_block("wholeorpart");
  builder_.CreateCondBr(all(active_), whole, part);
  const Mask some = active_;
  const std::set<const llvm::PHINode*> begun = begun_;
  active_ = everything();
  builder_.SetInsertPoint(whole);
  write_body(block);
  builder_.CreateBr(after);
  here_ = {};
  active_ = some;
  begun_ = begun;
  builder_.SetInsertPoint(part);
  write_body(block);
  builder_.CreateBr(after);
  builder_.SetInsertPoint(after);
}

void LaneWriter::write_edges(Block block) {
  if (block == items_.latch) return;
  if (common_test_ && loops_.isLoopHeader(block)) return write_common_test(block);
  const auto* branch = llvm::cast<llvm::BranchInst>(block->getTerminator());
  if (branch->isUnconditional()) {
    write_edge(block, branch->getSuccessor(0), active_);
    return;
  }
  V test = branch->getCondition();
  if (const std::optional<CommonExit> exit = common_exit(block)) {
    write_common_exit(block, *exit);
    if (exit->rest == nullptr) {
      write_edge(block, branch->getSuccessor(exit->leaves_if ? 1 : 0), active_);
      return;
    }
    test = exit->rest;
  }
  V condition = shapes_.of(test).is_uniform() ? scalar(test) : vector(test);
  const Mask yes = restricted(active_, condition, false);
  const Mask no = restricted(active_, condition, true);
  write_edge(block, branch->getSuccessor(0), yes);
  write_edge(block, branch->getSuccessor(1), no);
}

void LaneWriter::write_edge(Block from, Block to, const Mask& mask) {
  const llvm::Loop* loop = loops_.getLoopFor(to);
  const bool is_header = loops_.isLoopHeader(to);
  const bool leaves = loops_.getLoopFor(from) != loop && !is_header;
  std::vector<std::pair<const llvm::PHINode*, V>> values;
  for (const llvm::PHINode& phi : to->phis()) {
    if (kept_by_.contains(&phi)) continue;
    V incoming = phi.getIncomingValueForBlock(from);
    const bool is_varying = shapes_.of(&phi).is_varying();
    V value = is_varying ? vector(incoming) : scalar(incoming);
    // A loop's header is gone to by all lanes that go on; the lanes that left it have taken its values with them, or
    // are kept theirs.
    const bool is_first = begun_.insert(&phi).second && !leaves;
    const bool is_kept = is_header && loop->contains(from) && is_varying && kept_.contains(&phi);
    if ((is_kept || (!is_header && !is_first)) && !is_everything(mask)) {
      V old = builder_.CreateLoad(slots_.at(&phi)->getAllocatedType(), slots_.at(&phi));
      value = builder_.CreateSelect(is_varying ? each(mask) : any(mask), value, old);
    }
    values.emplace_back(&phi, value);
  }
  if (is_header) write_kept_numbers(from, loop, mask);
  for (const auto& [phi, value] : values) builder_.CreateStore(value, slots_.at(phi));
  if (is_header && loop->contains(from)) {
    add_lanes(next_masks_.at(loop), mask);
  } else if (const auto place = masks_.find(to); place != masks_.end()) {
    add_lanes(place->second, mask);
  }
}

}  // namespace kernelc::lanes
