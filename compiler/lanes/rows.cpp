#include "lanes/rows.hpp"

#include <optional>
#include <vector>

#include <llvm/ADT/MapVector.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/PostDominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/Transforms/Utils/Cloning.h>
#include <llvm/Transforms/Utils/ValueMapper.h>

#include "lanes/item_loop.hpp"

namespace kernelc::lanes {

namespace {

using llvm::BasicBlock;
using llvm::Instruction;
using llvm::Value;

/// What may differ where some values do: these, and what is computed from them in a loop.
class Dependents {
 public:
  explicit Dependents(const ItemLoop& loop) : loop_(loop) {}

  void add(Value& value) {
    llvm::SmallVector<Value*, 32> open;
    if (all_.insert(&value).second) open.push_back(&value);
    while (!open.empty()) {
      for (llvm::User* user : open.pop_back_val()->users()) {
        auto* instruction = llvm::dyn_cast<Instruction>(user);
        if (instruction == nullptr || !loop_.loop->contains(instruction) || is_control(*instruction)) continue;
        if (all_.insert(instruction).second) open.push_back(instruction);
      }
    }
  }

  [[nodiscard]] bool contains(const Value* value) const { return all_.contains(const_cast<Value*>(value)); }

 private:
  /// How the loop itself goes on.
  [[nodiscard]] bool is_control(const Instruction& instruction) const {
    return &instruction == loop_.test || &instruction == loop_.next;
  }

  const ItemLoop& loop_;
  llvm::SmallPtrSet<Value*, 32> all_;
};

/// Whether the loop does nothing whose order among rows matters.
bool can_be_reordered(const ItemLoop& rows) {
  for (const BasicBlock* block : rows.loop->blocks()) {
    for (const Instruction& instruction : *block) {
      if (instruction.isAtomic() || instruction.isVolatile()) return false;
      const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      if (call != nullptr && !llvm::isa<llvm::IntrinsicInst>(call) && !call->doesNotAccessMemory()) return false;
    }
  }
  return true;
}

/// Where the ways of rows part: the blocks between a branch and the one in which they meet again.
struct Parting {
  BasicBlock* branch;
  BasicBlock* meeting;
  llvm::SmallVector<BasicBlock*, 4> between;
};

/// One loop over rows, and the ids of the loops over items in it.
class Rows {
 public:
  Rows(const ItemLoop& rows, const OwnSlots& own, llvm::ArrayRef<Value*> item_ids, const llvm::LoopInfo& loops,
       const llvm::PostDominatorTree& post_dominators)
      : rows_(rows), own_(own), item_ids_(item_ids), loops_(loops), of_row_(rows), along_x_(rows) {
    for (Value* id : item_ids) along_x_.add(*id);
    of_row_.add(*rows.id);
    for (const auto& [slot, element] : own) of_row_.add(const_cast<llvm::AllocaInst&>(*slot));
    while (find_parting(post_dominators)) {
    }
  }

  /// How many of them go through their inner loops together best; 1 if they cannot, or have nothing in common there.
  [[nodiscard]] unsigned count_together() const {
    constexpr unsigned most = 4;
    constexpr unsigned most_sums = 8;  // half of the registers for those of two vectors
    if (have_own_loops_ || all_rows_are_alike()) return 1;
    bool is_worth = false;
    unsigned count = most;
    for (const llvm::Loop* loop : rows_.loop->getLoopsInPreorder()) {
      if (!loop->isInnermost() || llvm::is_contained(item_ids_, &loop->getHeader()->front())) continue;
      is_worth = is_worth || reads_in_common(*loop);
      const auto sums = llvm::count_if(loop->getHeader()->phis(), [this](const llvm::PHINode& each) {
        return of_row_.contains(&each) && along_x_.contains(&each);
      });
      while (count > 1 && count * sums > most_sums) count /= 2;
    }
    return is_worth ? count : 1;
  }

  /// Makes the loop one over `count` rows at a time. What is left over goes through a copy of the loop as it was.
  void take_together(unsigned count) {
    llvm::IRBuilder<> builder(rows_.before->getTerminator());
    if (leaves_some(count)) {
      const ItemLoop rest = copy_of(rows_);
      rest.id->setIncomingValueForBlock(rest.before, rows_.id);
      rows_.header->getTerminator()->replaceSuccessorWith(rows_.after, rest.before);
      Value* end = builder.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, rows_.end, builder.getInt64(count - 1));
      rows_.test->setOperand(1, end);
    }
    rows_.next->setOperand(1, builder.getInt64(count));
    const std::vector<Instruction*> originals = instructions_of_row();
    set_partings_apart();
    builder.SetInsertPoint(rows_.first, rows_.first->getFirstInsertionPt());
    for (unsigned row = count - 1; row != 0; --row) {
      llvm::ValueToValueMapTy copies;
      copies[rows_.id] = builder.CreateAdd(rows_.id, builder.getInt64(row), "row", true);
      copy_row(originals, copies);
    }
  }

 private:
  /// Whether nobody asks which row it is, as in a kernel of one dimension: there is one row then.
  [[nodiscard]] bool all_rows_are_alike() const {
    return llvm::all_of(rows_.id->users(),
                        [this](const llvm::User* each) { return each == rows_.test || each == rows_.next; });
  }

  /// Finds one more place where rows part, and what differs where they meet; false if there is none.
  bool find_parting(const llvm::PostDominatorTree& post_dominators) {
    for (BasicBlock* block : rows_.loop->blocks()) {
      if (block == rows_.header || !parts_rows(*block) || is_in_parting(block)) continue;
      const std::optional<Parting> parting = parting_of(*block, post_dominators);
      if (!parting) {
        have_own_loops_ = true;
        return false;
      }
      llvm::erase_if(partings_, [&](const Parting& each) { return llvm::is_contained(parting->between, each.branch); });
      for (llvm::PHINode& phi : parting->meeting->phis()) of_row_.add(phi);
      partings_.push_back(*parting);
      return true;
    }
    return false;
  }

  [[nodiscard]] bool parts_rows(const BasicBlock& block) const {
    return llvm::any_of(block.getTerminator()->operand_values(),
                        [this](const Value* each) { return of_row_.contains(each); });
  }

  [[nodiscard]] bool is_in_parting(const BasicBlock* block) const {
    return llvm::any_of(partings_, [block](const Parting& each) {
      return each.branch == block || llvm::is_contained(each.between, block);
    });
  }

  /// Nothing if there is a loop in between, or the blocks can be come to from elsewhere.
  [[nodiscard]] std::optional<Parting> parting_of(BasicBlock& branch,
                                                  const llvm::PostDominatorTree& post_dominators) const {
    const auto* node = post_dominators.getNode(&branch);
    node = node == nullptr ? nullptr : node->getIDom();
    if (node == nullptr || node->getBlock() == nullptr) return std::nullopt;
    BasicBlock& meeting = *node->getBlock();
    Parting parting{&branch, &meeting, {}};
    const llvm::Loop* loop = loops_.getLoopFor(&branch);
    llvm::SmallPtrSet<const BasicBlock*, 8> inside{&branch};
    llvm::SmallVector<BasicBlock*, 8> open{&branch};
    while (!open.empty()) {
      for (BasicBlock* next : llvm::successors(open.pop_back_val())) {
        if (next == &meeting || !inside.insert(next).second) continue;
        if (loops_.getLoopFor(next) != loop || next == loop->getHeader()) return std::nullopt;
        parting.between.push_back(next);
        open.push_back(next);
      }
    }
    const auto is_inside = [&](const BasicBlock* from) { return inside.contains(from); };
    const bool meets_there = loops_.getLoopFor(&meeting) == loop && &meeting != loop->getHeader();
    if (!meets_there || !llvm::all_of(llvm::predecessors(&meeting), is_inside)) return std::nullopt;
    for (const BasicBlock* each : parting.between) {
      if (!llvm::all_of(llvm::predecessors(each), is_inside)) return std::nullopt;
    }
    return parting;
  }

  [[nodiscard]] bool leaves_some(unsigned count) const {
    const auto* begin = llvm::dyn_cast<llvm::ConstantInt>(rows_.begin);
    const auto* end = llvm::dyn_cast<llvm::ConstantInt>(rows_.end);
    return begin == nullptr || end == nullptr || (end->getZExtValue() - begin->getZExtValue()) % count != 0;
  }

  /// Whether a loop computes something else for each item of each row, from what is the same for all rows among it.
  [[nodiscard]] bool reads_in_common(const llvm::Loop& loop) const {
    bool has_own = false;
    bool has_common = false;
    for (const BasicBlock* block : loop.blocks()) {
      for (const Instruction& each : *block) {
        if (!along_x_.contains(&each)) continue;
        has_own = has_own || of_row_.contains(&each);
        has_common = has_common || (llvm::isa<llvm::LoadInst>(each) && !of_row_.contains(&each));
      }
    }
    return has_own && has_common;
  }

  /// All that is to be there for every row, but for what lies where rows have parted.
  [[nodiscard]] std::vector<Instruction*> instructions_of_row() const {
    std::vector<Instruction*> all;
    for (const auto& [slot, element] : own_) all.push_back(const_cast<llvm::AllocaInst*>(slot));
    for (BasicBlock* block : rows_.loop->blocks()) {
      const bool is_between =
          llvm::any_of(partings_, [block](const Parting& each) { return llvm::is_contained(each.between, block); });
      if (is_between) continue;
      for (Instruction& each : *block) {
        const bool is_met = llvm::isa<llvm::PHINode>(each) && is_meeting(block);
        if (&each != rows_.id && !each.isTerminator() && !is_met && of_row_.contains(&each)) all.push_back(&each);
      }
    }
    return all;
  }

  [[nodiscard]] bool is_meeting(const BasicBlock* block) const {
    return llvm::any_of(partings_, [block](const Parting& each) { return each.meeting == block; });
  }

  /// Gives each parting a branch and a meeting in blocks of their own, so that the next row's can follow.
  void set_partings_apart() {
    for (Parting& each : partings_) each.branch = each.branch->splitBasicBlock(each.branch->getTerminator(), "row");
    for (Parting& each : partings_) each.meeting->splitBasicBlock(each.meeting->getFirstNonPHIIt(), "rows");
  }

  /// One row's instructions once more, each right behind its original, and its ways behind the others'.
  void copy_row(llvm::ArrayRef<Instruction*> originals, llvm::ValueToValueMapTy& copies) {
    std::vector<Instruction*> made;
    for (Instruction* original : originals) {
      made.push_back(original->clone());
      made.back()->insertAfter(original);
      copies[original] = made.back();
    }
    for (const Parting& parting : partings_) {
      llvm::SmallVector<BasicBlock*, 8> blocks{parting.branch, parting.meeting};
      blocks.append(parting.between);
      for (BasicBlock* block : blocks) {
        BasicBlock* copy = llvm::CloneBasicBlock(block, copies, ".row", block->getParent());
        copies[block] = copy;
        for (Instruction& each : *copy) made.push_back(&each);
      }
      // The copy goes on to where the original went; the original, to the copy.
      parting.meeting->getTerminator()->setSuccessor(0, llvm::cast<BasicBlock>(copies[parting.branch]));
    }
    for (Instruction* each : made) {
      llvm::RemapInstruction(each, copies, llvm::RF_NoModuleLevelChanges | llvm::RF_IgnoreMissingLocals);
    }
  }

  const ItemLoop& rows_;
  const OwnSlots& own_;
  const llvm::ArrayRef<Value*> item_ids_;
  const llvm::LoopInfo& loops_;
  Dependents of_row_;
  Dependents along_x_;
  std::vector<Parting> partings_;
  bool have_own_loops_ = false;
};

/// The latches of the loops around loops over items, each once, and the ids of those.
llvm::MapVector<Instruction*, llvm::SmallVector<Value*, 4>> row_latches(llvm::Function& function,
                                                                        const llvm::LoopInfo& loops) {
  llvm::MapVector<Instruction*, llvm::SmallVector<Value*, 4>> latches;
  for (Instruction* latch : item_latches(function)) {
    const std::optional<ItemLoop> items = item_loop(*latch, loops);
    const llvm::Loop* around = items ? items->loop->getParentLoop() : nullptr;
    if (around == nullptr || around->getLoopLatch() == nullptr) continue;
    latches[around->getLoopLatch()->getTerminator()].push_back(items->id);
  }
  return latches;
}

}  // namespace

void take_rows_together(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  if (item_latches(function).empty()) return;
  tidy(function, analyses);
  for (const auto& [latch, item_ids] : row_latches(function, analyses.getResult<llvm::LoopAnalysis>(function))) {
    const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
    const std::optional<ItemLoop> rows = item_loop(*latch, loops);
    if (!rows || !rows->after->phis().empty() || !can_be_reordered(*rows)) continue;
    const std::optional<OwnSlots> own = own_slots(*rows);
    if (!own) continue;
    Rows all(*rows, *own, item_ids, loops, analyses.getResult<llvm::PostDominatorTreeAnalysis>(function));
    const unsigned count = all.count_together();
    if (count == 1) continue;
    all.take_together(count);
    analyses.invalidate(function, llvm::PreservedAnalyses::none());
  }
}

}  // namespace kernelc::lanes
