#include "lanes/item_loop.hpp"

#include <cassert>

#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Operator.h>
#include <llvm/Transforms/Scalar/InstSimplifyPass.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/Cloning.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>
#include <llvm/Transforms/Utils/ValueMapper.h>

namespace kernelc::lanes {

namespace {

using llvm::Instruction;

bool is_number_or_pointer(const llvm::Type* type) {
  return type->isIntegerTy() || type->isFloatingPointTy() || type->isPointerTy();
}

/// Calls that become vectors, are made lane by lane, or say nothing to lanes.
bool has_lanes(const llvm::CallInst& call) {
  const llvm::Function* callee = call.getCalledFunction();
  if (callee == nullptr) return false;
  if (callee->isIntrinsic()) {
    const llvm::Intrinsic::ID id = callee->getIntrinsicID();
    return llvm::isTriviallyVectorizable(id) || call.isLifetimeStartOrEnd() || id == llvm::Intrinsic::assume;
  }
  // A function of mathematics: a value of values.
  return call.doesNotAccessMemory() && is_number_or_pointer(call.getType());
}

bool has_lanes(const Instruction& instruction) {
  if (const auto* change = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction)) {
    return !change->isVolatile() && is_number_or_pointer(change->getType());
  }
  if (instruction.isAtomic()) return false;
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) return has_lanes(*call);
  switch (instruction.getOpcode()) {
    case Instruction::Br:
    case Instruction::Switch: return true;
    case Instruction::Store: {
      const auto& store = llvm::cast<llvm::StoreInst>(instruction);
      return !store.isVolatile() && is_number_or_pointer(store.getValueOperand()->getType());
    }
    case Instruction::Load:
      return !llvm::cast<llvm::LoadInst>(instruction).isVolatile() && is_number_or_pointer(instruction.getType());
    case Instruction::ExtractValue:
    case Instruction::InsertValue:
    case Instruction::PHI:
    case Instruction::Select: return true;
    case Instruction::ICmp:
    case Instruction::FCmp:
    case Instruction::GetElementPtr:
    case Instruction::FNeg:
    case Instruction::Freeze: return is_number_or_pointer(instruction.getType());
    default: return (instruction.isBinaryOp() || instruction.isCast()) && is_number_or_pointer(instruction.getType());
  }
}

/// A step to the next id of the latch's own, which may have been taken from an `id + 1` in the body.
void restore_step(Instruction& latch, llvm::PHINode& id) {
  auto* next = llvm::dyn_cast<llvm::BinaryOperator>(id.getIncomingValueForBlock(latch.getParent()));
  if (next == nullptr || next->getOpcode() != Instruction::Add || next->getOperand(0) != &id) return;
  auto* step = llvm::cast<Instruction>(next->clone());
  step->insertBefore(&latch);
  id.setIncomingValueForBlock(latch.getParent(), step);
  if (next->use_empty()) next->eraseFromParent();
}

/// Whether anything reads a value of the loop after it; that phis pass it on to the next row is not reading.
bool is_read_after(const llvm::Loop& loop, const llvm::PHINode& phi) {
  llvm::SmallPtrSet<const llvm::PHINode*, 8> seen{&phi};
  llvm::SmallVector<const llvm::PHINode*, 8> open{&phi};
  while (!open.empty()) {
    for (const llvm::User* user : open.pop_back_val()->users()) {
      if (loop.contains(llvm::cast<Instruction>(user))) continue;
      const auto* next = llvm::dyn_cast<llvm::PHINode>(user);
      if (next == nullptr) return true;
      if (seen.insert(next).second) open.push_back(next);
    }
  }
  return false;
}

/// Whether nobody set the value before the loop.
bool begins_as_anything(const llvm::Loop& loop, const llvm::PHINode& phi) {
  llvm::SmallPtrSet<const llvm::PHINode*, 8> seen{&phi};
  llvm::SmallVector<const llvm::PHINode*, 8> open{&phi};
  while (!open.empty()) {
    for (const llvm::Value* value : open.pop_back_val()->incoming_values()) {
      const auto* from = llvm::dyn_cast<Instruction>(value);
      if (llvm::isa<llvm::UndefValue>(value) || (from != nullptr && loop.contains(from))) continue;
      const auto* next = llvm::dyn_cast<llvm::PHINode>(value);
      if (next == nullptr) return false;
      if (seen.insert(next).second) open.push_back(next);
    }
  }
  return true;
}

/// A variable that an item sets piece by piece became a value, of which the other pieces come from the item before;
/// they may be anything. What is read after the loop is another matter: what the last item found.
void forget_items_before(const llvm::Loop& loop, const llvm::PHINode& id) {
  llvm::SmallVector<llvm::PHINode*, 4> carried;
  for (llvm::PHINode& phi : loop.getHeader()->phis()) {
    if (&phi == &id) continue;
    if (is_read_after(loop, phi) || !begins_as_anything(loop, phi)) return;
    carried.push_back(&phi);
  }
  for (llvm::PHINode* phi : carried) {
    phi->replaceAllUsesWith(llvm::Constant::getNullValue(phi->getType()));
    phi->eraseFromParent();
  }
}

/// The slots that nothing uses but the loop.
llvm::SmallVector<llvm::AllocaInst*, 8> slots_of(const ItemLoop& items) {
  llvm::SmallVector<llvm::AllocaInst*, 8> slots;
  for (Instruction& each : items.header->getParent()->getEntryBlock()) {
    auto* slot = llvm::dyn_cast<llvm::AllocaInst>(&each);
    const auto is_inside = [&](const llvm::User* user) { return items.loop->contains(llvm::cast<Instruction>(user)); };
    if (slot != nullptr && llvm::all_of(slot->users(), is_inside)) slots.push_back(slot);
  }
  return slots;
}

}  // namespace

std::vector<Instruction*> item_latches(llvm::Function& function) {
  std::vector<Instruction*> latches;
  for (llvm::BasicBlock& block : function) {
    if (block.getTerminator()->hasMetadata(items_mark)) latches.push_back(block.getTerminator());
  }
  return latches;
}

void tidy(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::InstSimplifyPass());
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::LoopSimplifyPass());
  analyses.invalidate(function, passes.run(function, analyses));
}

void restore_item_loops(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
  for (Instruction* latch : item_latches(function)) {
    const llvm::Loop* loop = loops.getLoopFor(latch->getParent());
    if (loop == nullptr || loop->getLoopLatch() != latch->getParent()) continue;
    const auto* branch = llvm::dyn_cast<llvm::BranchInst>(loop->getHeader()->getTerminator());
    if (branch == nullptr || !branch->isConditional()) continue;
    const auto* test = llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition());
    auto* id = test == nullptr ? nullptr : llvm::dyn_cast<llvm::PHINode>(test->getOperand(0));
    if (id == nullptr || id->getParent() != loop->getHeader()) continue;
    restore_step(*latch, *id);
    forget_items_before(*loop, *id);
  }
}

std::optional<ItemLoop> item_loop(Instruction& latch, const llvm::LoopInfo& loops) {
  ItemLoop items;
  items.loop = loops.getLoopFor(latch.getParent());
  if (items.loop == nullptr) return std::nullopt;
  items.before = items.loop->getLoopPreheader();
  items.header = items.loop->getHeader();
  items.latch = items.loop->getLoopLatch();
  if (items.before == nullptr || items.latch == nullptr || items.loop->getExitingBlock() != items.header) {
    return std::nullopt;
  }
  auto* branch = llvm::dyn_cast<llvm::BranchInst>(items.header->getTerminator());
  if (branch == nullptr || !branch->isConditional()) return std::nullopt;
  auto* test = llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition());
  if (test == nullptr || test->getPredicate() != llvm::ICmpInst::ICMP_ULT || !test->hasOneUse()) return std::nullopt;
  items.id = llvm::dyn_cast<llvm::PHINode>(test->getOperand(0));
  items.end = test->getOperand(1);
  items.test = test;
  items.first = branch->getSuccessor(0);
  items.after = branch->getSuccessor(1);
  // The phi, the test and the branch are all that the header holds.
  if (items.id == nullptr || items.id->getParent() != items.header || items.header->size() != 3) return std::nullopt;
  if (!items.loop->contains(items.first) || items.loop->contains(items.after)) return std::nullopt;
  if (!items.loop->isLoopInvariant(items.end)) return std::nullopt;
  items.begin = items.id->getIncomingValueForBlock(items.before);
  items.next = llvm::dyn_cast<Instruction>(items.id->getIncomingValueForBlock(items.latch));
  if (items.next == nullptr || items.next->getOpcode() != Instruction::Add || items.next->getOperand(0) != items.id) {
    return std::nullopt;
  }
  const auto* step = llvm::dyn_cast<llvm::ConstantInt>(items.next->getOperand(1));
  if (step == nullptr || !step->isOne() || items.next->getParent() != items.latch) return std::nullopt;
  return items;
}

bool is_fixed(const ItemLoop& items, llvm::Value* value) {
  bool has_moved = false;
  return items.loop->makeLoopInvariant(value, has_moved, items.before->getTerminator());
}

llvm::BasicBlock* new_block_before(const ItemLoop& items) {
  auto* block = llvm::BasicBlock::Create(items.header->getContext(), "items", items.header->getParent(), items.header);
  llvm::BranchInst::Create(items.header, block);
  return block;
}

ItemLoop copy_of(const ItemLoop& items) {
  llvm::Function& function = *items.header->getParent();
  llvm::ValueToValueMapTy copies;
  for (llvm::AllocaInst* slot : slots_of(items)) {
    copies[slot] = slot->clone();
    llvm::cast<Instruction>(copies[slot])->insertAfter(slot);
  }
  llvm::SmallVector<llvm::BasicBlock*, 16> blocks;
  for (llvm::BasicBlock* block : items.loop->blocks()) {
    blocks.push_back(llvm::CloneBasicBlock(block, copies, ".copy", &function));
    copies[block] = blocks.back();
  }
  llvm::remapInstructionsInBlocks(blocks, copies);
  ItemLoop copy = items;
  copy.loop = nullptr;
  copy.id = llvm::cast<llvm::PHINode>(copies[items.id]);
  copy.test = llvm::cast<Instruction>(copies[items.test]);
  copy.header = llvm::cast<llvm::BasicBlock>(copies[items.header]);
  copy.first = llvm::cast<llvm::BasicBlock>(copies[items.first]);
  copy.latch = llvm::cast<llvm::BasicBlock>(copies[items.latch]);
  copy.next = llvm::cast<Instruction>(copies[items.next]);
  copy.before = new_block_before(copy);
  copy.id->replaceIncomingBlockWith(items.before, copy.before);
  return copy;
}

Offset offset_of(const llvm::GetElementPtrInst& address) {
  Offset offset;
  // It is none only of vectors whose length is not known.
  const auto& operation = llvm::cast<llvm::GEPOperator>(address);
  [[maybe_unused]] const bool is_known =
      operation.collectOffset(address.getDataLayout(), 64, offset.steps, offset.constant);
  assert(is_known);
  return offset;
}

bool is_narrow(const llvm::Type* type) { return type->isIntegerTy() && type->getIntegerBitWidth() < 32; }

bool is_lane_value(const llvm::Type* type) { return type->isVoidTy() || is_number_or_pointer(type); }

bool has_lanes(const ItemLoop& items) {
  for (const llvm::BasicBlock* block : items.loop->blocks()) {
    for (const Instruction& instruction : *block) {
      if (!has_lanes(instruction)) return false;
    }
  }
  return true;
}

}  // namespace kernelc::lanes
