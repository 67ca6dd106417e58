#pragma once

/// Masks of lanes for processors that have no registers for them.

#include <llvm/IR/Function.h>
#include <llvm/Target/TargetMachine.h>

namespace kernelc::lanes {

/// Where a vector of bits has no registers of its own, makes words, all ones or zeros, of the masks that live across
/// blocks or are made of others: what comparisons give and blends take there, while LLVM 19 would make 16 bits of each
/// at a block's end. For code that nothing simplifies any more.
void widen_masks(llvm::Function& function, llvm::TargetMachine& machine);

}  // namespace kernelc::lanes
