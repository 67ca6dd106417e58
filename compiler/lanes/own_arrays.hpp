#pragma once

/// Arrays and structs of an item's own, before its loop becomes lanes.

#include <llvm/IR/Function.h>
#include <llvm/IR/PassManager.h>

namespace kernelc::lanes {

/// In loops over items with loops of their own (found by their "dotcompute.items" mark): short copies of memory become
/// loads and stores of elements, and short loops over an array of the item's own are written out, so that its elements
/// become values wherever each access says which one it means.
void take_arrays_apart(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

}  // namespace kernelc::lanes
