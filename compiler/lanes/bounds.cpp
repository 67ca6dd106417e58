#include "lanes/bounds.hpp"

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

constexpr std::uint64_t signed_numbers = std::uint64_t{1} << 31;
constexpr std::uint64_t unsigned_numbers = std::uint64_t{1} << 32;

/// What a block does, but for saying where variables live.
std::ptrdiff_t size_of(const llvm::BasicBlock& block) {
  return llvm::count_if(block, [](const Instruction& each) { return !each.isLifetimeStartOrEnd(); });
}

/// Whether items that come to the block do nothing any more.
bool does_nothing(const llvm::BasicBlock* block, const ItemLoop& items) {
  for (; block != items.latch; block = block->getSingleSuccessor()) {
    if (block == nullptr || size_of(*block) != 1 || !items.loop->contains(block)) return false;
  }
  return size_of(*block) == 2;  // the next id, and around
}

bool has_effects(const llvm::BasicBlock& block) {
  return llvm::any_of(
      block, [](const Instruction& each) { return each.mayHaveSideEffects() && !each.isLifetimeStartOrEnd(); });
}

/// Of one dimension's ids. Finds everything first, as the loop may have to be copied before anything changes in it.
/// Code that says where the items end goes before the loop.
class Bounds {
 public:
  /// `items` is the dimension's loop, `innermost` that in it, or it itself, in which the items are.
  Bounds(const ItemLoop& items, const ItemLoop& innermost)
      : items_(items), innermost_(innermost), end_(items.end), builder_(items.before->getTerminator()) {}

  void find() {
    const auto* branch = llvm::cast<llvm::BranchInst>(innermost_.first->getTerminator());
    if (branch->isConditional() && !has_effects(*innermost_.first)) {
      if (does_nothing(branch->getSuccessor(0), innermost_)) look_at(branch->getCondition(), true);
      if (does_nothing(branch->getSuccessor(1), innermost_)) look_at(branch->getCondition(), false);
    }
    if (items_.id != innermost_.id) return;  // a row's index is made once for the row
    for (llvm::BasicBlock* block : items_.loop->blocks()) {
      for (Instruction& instruction : *block) look_at_index(instruction);
    }
  }

  [[nodiscard]] bool has_any() const { return !known_.empty(); }
  [[nodiscard]] llvm::ArrayRef<Value*> assumptions() const { return assumptions_; }

  void apply() {
    items_.test->setOperand(1, end_);
    for (const auto& [value, is] : known_) value->replaceAllUsesWith(is);
  }

 private:
  /// Items do nothing if the condition has this value.
  void look_at(Value* condition, bool value) {
    Value* left = nullptr;
    Value* right = nullptr;
    if (value ? match(condition, m_LogicalOr(m_Value(left), m_Value(right)))
              : match(condition, m_LogicalAnd(m_Value(left), m_Value(right)))) {
      look_at(left, value);
      look_at(right, value);
    } else if (auto* test = llvm::dyn_cast<ICmpInst>(condition)) {
      look_at_test(*test, value);
    }
  }

  void look_at_test(ICmpInst& test, bool value) {
    Value* number = test.getOperand(0);
    Value* bound = test.getOperand(1);
    ICmpInst::Predicate goes_on = value ? test.getInversePredicate() : test.getPredicate();
    if (!is_fixed(items_, bound)) {
      std::swap(number, bound);
      goes_on = ICmpInst::getSwappedPredicate(goes_on);
      if (!is_fixed(items_, bound)) return;
    }
    const bool is_signed = goes_on == ICmpInst::ICMP_SLT;
    if (goes_on != ICmpInst::ICMP_ULT && !is_signed) return;
    if (Value* end = end_of(number, bound, is_signed)) {
      end_ = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, end_, end);
      known_.emplace_back(&test, builder_.getInt1(!value));
    }
  }

  /// The first id for which a number made of it is not below a bound; null if none is known.
  Value* end_of(Value* number, Value* bound, bool is_signed) {
    Value* offset = nullptr;
    if (number == items_.id && !is_signed) return bound;
    if (is_narrow_id(number)) {
      // The number is the id.
      assume(builder_.CreateICmpULE(items_.end, builder_.getInt64(signed_numbers)));
      if (is_signed) bound = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, bound, builder_.getInt32(0));
      return builder_.CreateZExt(bound, builder_.getInt64Ty());
    }
    if (!is_signed && match(number, m_c_Add(m_Specific(items_.id), m_Value(offset))) && is_fixed(items_, offset)) {
      // No number is smaller than that of the item before it.
      assume(builder_.CreateICmpUGE(builder_.CreateAdd(offset, items_.end), offset));
      return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, bound, offset);
    }
    return nullptr;
  }

  /// A number of 32 bits, made of the id, that becomes one of 64.
  void look_at_index(Instruction& instruction) {
    const bool is_signed = llvm::isa<llvm::SExtInst>(instruction);
    if (!instruction.getType()->isIntegerTy(64) || (!is_signed && !llvm::isa<llvm::ZExtInst>(instruction))) return;
    Value* number = instruction.getOperand(0);
    Value* offset = nullptr;
    if (is_narrow_id(number)) {
      assume(builder_.CreateICmpULE(items_.end, builder_.getInt64(signed_numbers)));
      known_.emplace_back(&instruction, items_.id);
    } else if (match(number, m_Add(m_Value(number), m_Value(offset)))) {
      if (!is_narrow_id(number)) std::swap(number, offset);
      if (is_narrow_id(number) && is_fixed(items_, offset)) look_at_sum(instruction, offset, is_signed);
    }
  }

  void look_at_sum(Instruction& index, Value* offset, bool is_signed) {
    // `x - 1u` does wrap around.
    const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(offset);
    if (constant != nullptr && constant->isNegative() && !is_signed) return;
    Value* wide = is_signed ? builder_.CreateSExt(offset, builder_.getInt64Ty())
                            : builder_.CreateZExt(offset, builder_.getInt64Ty());
    Value* last = builder_.CreateAdd(wide, items_.end);
    Value* most = builder_.getInt64(is_signed ? signed_numbers : unsigned_numbers);
    assume(builder_.CreateICmpULE(items_.end, builder_.getInt64(signed_numbers)));
    assume(is_signed ? builder_.CreateICmpSLE(last, most) : builder_.CreateICmpULE(last, most));
    llvm::IRBuilder<> here(&index);
    known_.emplace_back(&index, here.CreateAdd(wide, items_.id));
  }

  bool is_narrow_id(Value* number) const {
    return number->getType()->isIntegerTy(32) && match(number, m_Trunc(m_Specific(items_.id)));
  }

  void assume(Value* bit) { assumptions_.push_back(bit); }

  const ItemLoop& items_;
  const ItemLoop& innermost_;
  Value* end_;
  llvm::IRBuilder<> builder_;
  std::vector<std::pair<Instruction*, Value*>> known_;
  std::vector<Value*> assumptions_;
};

/// Runs a copy of the loop instead where a condition does not hold.
void copy_for_the_rest(const ItemLoop& items, Value* condition) {
  const ItemLoop rest = copy_of(items);
  rest.latch->getTerminator()->setMetadata(items_mark, nullptr);
  llvm::BasicBlock* before = new_block_before(items);
  Instruction* into = items.before->getTerminator();
  llvm::BranchInst::Create(before, rest.before, condition, into);
  into->eraseFromParent();
  items.id->replaceIncomingBlockWith(items.before, before);
}

void bound(const ItemLoop& items, const ItemLoop& innermost) {
  if (!items.after->phis().empty()) return;
  Bounds bounds(items, innermost);
  bounds.find();
  if (!bounds.has_any()) return;
  if (!bounds.assumptions().empty()) {
    llvm::IRBuilder<> builder(items.before->getTerminator());
    copy_for_the_rest(items, builder.CreateAnd(bounds.assumptions()));
  }
  bounds.apply();
}

/// The loop over rows of items around the loop over items, if it does nothing else.
std::optional<ItemLoop> row_loop(const ItemLoop& items, const llvm::LoopInfo& loops) {
  const llvm::Loop* around = items.loop->getParentLoop();
  if (around == nullptr || around->getLoopLatch() == nullptr) return std::nullopt;
  const bool does_more = llvm::any_of(around->blocks(), [&](const llvm::BasicBlock* block) {
    return !items.loop->contains(block) && has_effects(*block);
  });
  if (does_more) return std::nullopt;
  return item_loop(*around->getLoopLatch()->getTerminator(), loops);
}

}  // namespace

void bound_items(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  if (item_latches(function).empty()) return;
  tidy(function, analyses);
  for (const bool is_for_rows : {true, false}) {
    for (Instruction* latch : item_latches(function)) {
      const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
      const std::optional<ItemLoop> items = item_loop(*latch, loops);
      if (!items) continue;
      const std::optional<ItemLoop> bounded = is_for_rows ? row_loop(*items, loops) : items;
      if (!bounded) continue;
      bound(*bounded, *items);
      analyses.invalidate(function, llvm::PreservedAnalyses::none());
    }
  }
}

}  // namespace kernelc::lanes
