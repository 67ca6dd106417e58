#pragma once

/// Work-items as the lanes of vectors, as ISPC has it (Pharr, Mark: ispc: A SPMD Compiler for High-Performance CPU
/// Programming, 2012): a loop over items becomes a loop over vectors of items, with a mask where their ways part.
///
/// It is done on LLVM IR and not on the kernel model, so that regions between barriers, inlined functions and what
/// lower/ contains are all the same to it. Every lane does exactly the operations of its item, so that the results are
/// the reference's. Lanes that are not active never load, store or trap.

#include <llvm/IR/Function.h>
#include <llvm/IR/PassManager.h>

namespace kernelc::lanes {

/// Rewrites the loops over items of a function (found by their "dotcompute.items" mark) for which that pays: those with
/// loops of their own, which LLVM's vectoriser cannot take whole. The items that are left over run as lanes of a vector
/// that is not full, or where the machine cannot leave lanes of an access out, in the old loop.
void vectorise_items(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

}  // namespace kernelc::lanes
