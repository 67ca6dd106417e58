#pragma once

/// Loops whose lanes go round together for as long as the last one does.

#include <optional>

#include "lanes/shapes.hpp"

namespace kernelc::lanes {

/// `number` of each lane, in a row, is below `bound` of all, or the lane leaves the loop.
struct RowTest {
  llvm::Value* number;
  llvm::Value* bound;
  llvm::ICmpInst::Predicate predicate;
  const llvm::BasicBlock* inside;
};

/// The test with which a loop begins each round, if all lanes pass it when the last one does and no number in between
/// wraps around: that of a grid-stride loop, whose lanes have numbers in a row.
[[nodiscard]] std::optional<RowTest> row_test(const llvm::Loop& loop, const Shapes& shapes);

}  // namespace kernelc::lanes
