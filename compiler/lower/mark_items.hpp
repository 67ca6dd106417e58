#pragma once

/// What the vectoriser may know about work-items: they do not depend on each other through memory that they share.

#include <llvm/IR/Function.h>
#include <llvm/IR/PassManager.h>

namespace kernelc {

/// Marks each loop over items (found by its "dotcompute.items" mark, which goes) and its accesses to shared memory as
/// parallel; leaves them unmarked where LLVM would then also reorder the accesses of one item among themselves, and
/// where there are atomic operations, as two items may then mean the same object.
void mark_items(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

}  // namespace kernelc
