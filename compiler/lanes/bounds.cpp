#include "lanes/bounds.hpp"

#include <cstdint>
#include <limits>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/PatternMatch.h>

namespace kernelc::lanes {

namespace {

using llvm::Value;
using namespace llvm::PatternMatch;  // NOLINT(google-build-using-namespace): as LLVM writes patterns

/// Whether items that come to the block do nothing any more.
bool does_nothing(const llvm::BasicBlock* block, const ItemLoop& items) {
  for (; block != items.latch; block = block->getSingleSuccessor()) {
    if (block == nullptr || block->sizeWithoutDebug() != 1 || !items.loop->contains(block)) return false;
  }
  return block->sizeWithoutDebug() == 2;  // the next id, and around
}

class Bounds {
 public:
  explicit Bounds(ItemLoop& items) : items_(items), builder_(items.before->getTerminator()) {}

  void find() {
    const auto* branch = llvm::cast<llvm::BranchInst>(items_.first->getTerminator());
    const bool has_effects = llvm::any_of(*items_.first, [](const llvm::Instruction& each) {
      return each.mayHaveSideEffects();
    });
    if (branch->isUnconditional() || has_effects) return;
    if (does_nothing(branch->getSuccessor(0), items_)) look_at(branch->getCondition(), true);
    if (does_nothing(branch->getSuccessor(1), items_)) look_at(branch->getCondition(), false);
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
    } else if (auto* test = llvm::dyn_cast<llvm::ICmpInst>(condition)) {
      look_at_test(*test, value);
    }
  }

  void look_at_test(llvm::ICmpInst& test, bool value) {
    Value* number = test.getOperand(0);
    Value* bound = test.getOperand(1);
    llvm::CmpInst::Predicate goes_on = value ? test.getInversePredicate() : test.getPredicate();
    if (!is_fixed(bound)) {
      std::swap(number, bound);
      goes_on = llvm::CmpInst::getSwappedPredicate(goes_on);
      if (!is_fixed(bound)) return;
    }
    const bool is_signed = goes_on == llvm::CmpInst::ICMP_SLT;
    if (goes_on != llvm::CmpInst::ICMP_ULT && !is_signed) return;
    if (Value* end = end_of(number, bound, is_signed)) {
      items_.lane_end = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, items_.lane_end, end);
      items_.known[&test] = !value;
    }
  }

  /// The first id for which a number made of it is not below a bound; null if none is known.
  Value* end_of(Value* number, Value* bound, bool is_signed) {
    Value* offset = nullptr;
    if (number == items_.id && !is_signed) return bound;
    if (match(number, m_Trunc(m_Specific(items_.id))) && number->getType()->isIntegerTy(32)) {
      // The number is the id.
      assume(builder_.CreateICmpULE(items_.end, builder_.getInt64(std::uint64_t{1} << 31)));
      if (is_signed) {
        bound = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, bound, builder_.getInt32(0));
      }
      return builder_.CreateZExt(bound, builder_.getInt64Ty());
    }
    if (!is_signed && match(number, m_c_Add(m_Specific(items_.id), m_Value(offset))) && is_fixed(offset)) {
      // No number is smaller than that of the item before it.
      assume(builder_.CreateICmpUGE(builder_.CreateAdd(offset, items_.end), offset));
      return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, bound, offset);
    }
    return nullptr;
  }

  /// Whether all items have the same; it is computed before the loop then.
  bool is_fixed(Value* value) {
    bool has_moved = false;
    return items_.loop->makeLoopInvariant(value, has_moved, items_.before->getTerminator());
  }

  void assume(Value* bit) { items_.assumptions.push_back(bit); }

  ItemLoop& items_;
  llvm::IRBuilder<> builder_;
};

}  // namespace

void find_bounds(ItemLoop& items) { Bounds(items).find(); }

}  // namespace kernelc::lanes
