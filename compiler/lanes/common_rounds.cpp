#include "lanes/common_rounds.hpp"

#include <utility>

namespace kernelc::lanes {

std::optional<RowTest> row_test(const llvm::Loop& loop, const Shapes& shapes) {
  const llvm::BasicBlock* header = loop.getHeader();
  if (!loop.isInnermost() || loop.getExitingBlock() != header) return std::nullopt;
  // The round that only some lanes take begins with the test once more.
  if (llvm::any_of(*header, [](const llvm::Instruction& each) { return each.mayHaveSideEffects(); })) {
    return std::nullopt;
  }
  const auto* branch = llvm::cast<llvm::BranchInst>(header->getTerminator());
  const auto* test = llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition());
  if (test == nullptr || !test->getOperand(0)->getType()->isIntegerTy()) return std::nullopt;
  const bool is_true_inside = loop.contains(branch->getSuccessor(0));
  RowTest row{test->getOperand(0), test->getOperand(1), test->getPredicate(),
              branch->getSuccessor(is_true_inside ? 0 : 1)};
  if (!is_true_inside) row.predicate = llvm::ICmpInst::getInversePredicate(row.predicate);
  if (shapes.of(row.number).is_uniform()) {
    std::swap(row.number, row.bound);
    row.predicate = llvm::ICmpInst::getSwappedPredicate(row.predicate);
  }
  // Far from all numbers of 32 bits, however many lanes there are.
  constexpr std::int64_t longest_stride = 1024;
  const Shape shape = shapes.of(row.number);
  const bool is_row =
      !shape.is_varying() && !shape.may_wrap() && shape.stride() > 0 && shape.stride() <= longest_stride;
  const bool is_below = llvm::ICmpInst::isLT(row.predicate) || llvm::ICmpInst::isLE(row.predicate);
  const bool has_width = row.number->getType()->getIntegerBitWidth() >= 32;
  if (!is_row || !is_below || !has_width || !shapes.of(row.bound).is_uniform()) return std::nullopt;
  return row;
}

}  // namespace kernelc::lanes
