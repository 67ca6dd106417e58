#include "lanes/interior.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/PatternMatch.h>

#include "lanes/item_loop.hpp"

namespace kernelc::lanes {

namespace {

using llvm::ICmpInst;
using llvm::Instruction;
using llvm::Value;
using namespace llvm::PatternMatch;  // NOLINT(google-build-using-namespace): as LLVM writes patterns

/// Edges are narrow: a constant beyond that is no edge.
constexpr std::uint64_t widest_edge = 64;
constexpr std::size_t most_instructions = 300;

class Interior {
 public:
  explicit Interior(const ItemLoop& items) : items_(items), builder_(items.before->getTerminator()) {}

  void find() {
    std::vector<ICmpInst*> tests;
    for (llvm::BasicBlock* block : items_.loop->blocks()) {
      for (Instruction& instruction : *block) {
        auto* test = llvm::dyn_cast<ICmpInst>(&instruction);
        if (test != nullptr && test != items_.test && test->getOperand(0)->getType()->isIntegerTy(64))
          tests.push_back(test);
      }
    }
    for (ICmpInst* test : tests) look_at(*test);
  }

  [[nodiscard]] bool has_any() const { return !known_.empty(); }
  [[nodiscard]] bool has_first_edge() const { return first_ != 0; }

  /// The first item behind the first edge.
  Value* begin() {
    Value* first = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umax, items_.begin, builder_.getInt64(first_));
    return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, first, items_.end);
  }

  /// The item at which the last edge begins, if the first one ends at `begin`.
  Value* end(Value* begin) {
    Value* last = items_.end;
    for (Value* each : ends_) last = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, last, each);
    return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umax, begin, last);
  }

  void answer() {
    for (const auto& [test, is] : known_) test->replaceAllUsesWith(builder_.getInt1(is));
  }

 private:
  void look_at(ICmpInst& test) {
    Value* number = test.getOperand(0);
    Value* bound = test.getOperand(1);
    ICmpInst::Predicate predicate = test.getPredicate();
    if (!is_fixed(items_, bound)) {
      std::swap(number, bound);
      predicate = ICmpInst::getSwappedPredicate(predicate);
      if (!is_fixed(items_, bound)) return;
    }
    Value* offset = nullptr;
    if (number != items_.id && !match(number, m_c_Add(m_Specific(items_.id), m_Value(offset)))) return;
    if (offset != nullptr && !is_fixed(items_, offset)) return;
    switch (predicate) {
      case ICmpInst::ICMP_ULT: return split(test, {bound, offset}, 0, true);
      case ICmpInst::ICMP_UGE: return split(test, {bound, offset}, 0, false);
      case ICmpInst::ICMP_ULE: return split(test, {bound, offset}, 1, true);
      case ICmpInst::ICMP_UGT: return split(test, {bound, offset}, 1, false);
      case ICmpInst::ICMP_EQ: return split_at_one(test, {bound, offset}, false);
      case ICmpInst::ICMP_NE: return split_at_one(test, {bound, offset}, true);
      default: return;
    }
  }

  struct Place {
    Value* bound;
    Value* offset;  ///< Null for none.
  };

  /// The answer changes at id + offset = bound + past.
  void split(ICmpInst& test, const Place& place, std::uint64_t past, bool below) {
    if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(place.bound)) {
      if (place.offset == nullptr && constant->getZExtValue() <= widest_edge) {
        behind(test, constant->getZExtValue() + past, !below);
      }
    } else {
      Value* bound = past == 0 ? place.bound : saturating_add(place.bound, builder_.getInt64(past));
      before(test, {bound, place.offset}, below);
    }
  }

  /// The answer is another one for the id with id + offset = bound only.
  void split_at_one(ICmpInst& test, const Place& place, bool elsewhere) {
    if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(place.bound)) {
      if (place.offset == nullptr && constant->getZExtValue() <= widest_edge) {
        behind(test, constant->getZExtValue() + 1, elsewhere);
      }
    } else {
      before(test, place, elsewhere);
    }
  }

  void behind(ICmpInst& test, std::uint64_t first, bool answer) {
    first_ = std::max(first_, first);
    known_.emplace_back(&test, answer);
  }

  void before(ICmpInst& test, const Place& place, bool answer) {
    Value* end = place.bound;
    const auto* constant = llvm::dyn_cast_or_null<llvm::ConstantInt>(place.offset);
    if (constant != nullptr && constant->isNegative()) {
      const std::uint64_t distance = 0 - constant->getZExtValue();
      if (distance > widest_edge) return;
      first_ = std::max(first_, distance);  // id + offset wraps around before
      end = saturating_add(end, builder_.getInt64(distance));
    } else if (place.offset != nullptr) {
      end = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, end, place.offset);
      Value* last = builder_.CreateAdd(place.offset, items_.end);
      end = builder_.CreateSelect(builder_.CreateICmpUGE(last, place.offset), end, builder_.getInt64(0));
    }
    ends_.push_back(end);
    known_.emplace_back(&test, answer);
  }

  Value* saturating_add(Value* left, Value* right) {
    return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::uadd_sat, left, right);
  }

  const ItemLoop& items_;
  llvm::IRBuilder<> builder_;
  std::uint64_t first_ = 0;
  std::vector<Value*> ends_;
  std::vector<std::pair<ICmpInst*, bool>> known_;
};

/// Has the loop run over a part of the items.
void set_range(const ItemLoop& items, Value* begin, Value* end, llvm::BasicBlock* after) {
  items.id->setIncomingValueForBlock(items.before, begin);
  items.test->setOperand(1, end);
  items.header->getTerminator()->setSuccessor(1, after);
}

void set_hint(Instruction& latch, const char* hint) {
  llvm::LLVMContext& context = latch.getContext();
  llvm::Metadata* words[] = {llvm::MDString::get(context, hint)};
  llvm::MDNode* loop = llvm::MDNode::getDistinct(context, {nullptr, llvm::MDNode::get(context, words)});
  loop->replaceOperandWith(0, loop);
  latch.setMetadata(llvm::LLVMContext::MD_loop, loop);
}

/// A few items are not worth vectors.
void leave_as_it_is(Instruction& latch) {
  latch.setMetadata(items_mark, nullptr);
  set_hint(latch, "llvm.loop.disable_nonforced");
}

/// Whether these are all items of a group's row, of a number that is known, and few.
bool is_fixed_row(const ItemLoop& items) {
  constexpr std::uint64_t most_items = 64;
  const auto* end = llvm::dyn_cast<llvm::ConstantInt>(items.end);
  return end != nullptr && end->getZExtValue() <= most_items && llvm::isa<llvm::ConstantInt>(items.begin);
}

/// Whether the loop has what never becomes vectors.
bool has_atomics(const ItemLoop& items) {
  return llvm::any_of(items.loop->blocks(), [](const llvm::BasicBlock* block) {
    return llvm::any_of(*block, [](const Instruction& each) { return each.isAtomic(); });
  });
}

/// Gives a row without edges a loop of its own, where its number of items is known: as vectors it is no loop at all.
void set_apart(const ItemLoop& middle, const ItemLoop& items) {
  const ItemLoop whole = copy_of(middle);
  set_range(whole, items.begin, items.end, items.after);
  // It would be item after item before it could become vectors.
  set_hint(*whole.latch->getTerminator(), "llvm.loop.unroll.disable");
  llvm::Instruction* start = items.before->getTerminator();
  auto* is_whole = new llvm::ICmpInst(start->getIterator(), ICmpInst::ICMP_EQ, middle.test->getOperand(1), items.end);
  llvm::BranchInst::Create(whole.before, start->getSuccessor(0), is_whole, items.before);
  start->eraseFromParent();
}

void split(const ItemLoop& items, Interior& interior) {
  Value* begin = interior.has_first_edge() ? interior.begin() : items.begin;
  Value* end = interior.end(begin);
  const ItemLoop last = copy_of(items);
  set_range(last, end, items.end, items.after);
  ItemLoop middle = items;
  middle.before = new_block_before(items);
  llvm::BasicBlock* start = middle.before;
  if (interior.has_first_edge()) {
    const ItemLoop first = copy_of(items);
    set_range(first, items.begin, begin, middle.before);
    leave_as_it_is(*first.latch->getTerminator());
    start = first.before;
  }
  items.id->replaceIncomingBlockWith(items.before, middle.before);
  set_range(middle, begin, end, last.before);
  items.before->getTerminator()->setSuccessor(0, start);
  interior.answer();
  if (!interior.has_first_edge() && is_fixed_row(items) && !has_atomics(items)) set_apart(middle, items);
}

bool is_small(const ItemLoop& items) {
  std::size_t count = 0;
  for (const llvm::BasicBlock* block : items.loop->blocks()) count += block->size();
  return count <= most_instructions;
}

}  // namespace

void split_at_edges(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  for (Instruction* latch : item_latches(function)) {
    const std::optional<ItemLoop> items = item_loop(*latch, analyses.getResult<llvm::LoopAnalysis>(function));
    if (!items || !items->after->phis().empty() || !items->loop->getSubLoops().empty() || !is_small(*items)) continue;
    if (!llvm::cast<llvm::BranchInst>(items->before->getTerminator())->isUnconditional()) continue;
    Interior interior(*items);
    interior.find();
    if (interior.has_any()) split(*items, interior);
    analyses.invalidate(function, llvm::PreservedAnalyses::none());
  }
}

}  // namespace kernelc::lanes
