#pragma once

/// Several rows of items at once.

#include <llvm/IR/Function.h>
#include <llvm/IR/PassManager.h>

namespace kernelc::lanes {

/// Of each loop over rows of items (the loop around one with the "dotcompute.items" mark) whose inner loops read for
/// every row the same elements along x, as the product of two matrices does: a few rows go through these loops at once,
/// so that what they have in common is read and computed once. This is the register tiling of Goto and van de Geijn
/// (Anatomy of High-Performance Matrix Multiplication, 2008), by unroll-and-jam (Callahan, Cocke, Kennedy: Estimating
/// Interlock and Improving Balance for Pipelined Architectures, 1988). Items depend on each other only where they race,
/// so that it needs no look at dependences. Where their ways part and meet
/// again without a loop in between they go one after the other; rows with loops of unequal length are left alone.
void take_rows_together(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

}  // namespace kernelc::lanes
