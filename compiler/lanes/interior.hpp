#pragma once

/// Items at an edge apart from those that have all neighbours.

#include <llvm/IR/Function.h>
#include <llvm/IR/PassManager.h>

namespace kernelc::lanes {

/// Splits each loop over items without loops of their own (found by its "dotcompute.items" mark) whose body asks where
/// the id lies (`x == 0`, `x + 1 < width`): into the few items before all small constants it is compared with, those in
/// between, for which the answers are known, and those from the least other bound on. Of a group's row of a fixed and
/// small number of items, those of a row that lies in between as a whole are a loop of that number.
void split_at_edges(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

}  // namespace kernelc::lanes
