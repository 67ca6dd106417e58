#pragma once

/// What is the same for all items of a row is asked before it.

#include <llvm/IR/Function.h>
#include <llvm/IR/PassManager.h>

namespace kernelc::lanes {

/// Of each loop over items without loops of their own (found by its "dotcompute.items" mark): conditions that do not
/// change in it, such as whether the row is at the grid's edge, decide which of its copies runs (LLVM's loop
/// unswitching), so that a row's items go one way.
void ask_before_rows(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

}  // namespace kernelc::lanes
