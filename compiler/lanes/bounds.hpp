#pragma once

/// Where the items end that have something to do, and what their ids cannot be.

#include <llvm/IR/Function.h>
#include <llvm/IR/PassManager.h>

namespace kernelc::lanes {

/// Of each loop over items of the function (found by its "dotcompute.items" mark): where the body begins by leaving
/// items alone whose id is not below some bound (`if (i >= n) return`), the loop ends at the bound; an id of 32 bits
/// that becomes an index is the id itself. What that takes, such as that no sum wraps around, is looked at before the
/// loop; where it does not hold, a copy of the loop as it was runs, without the mark. The loop over rows around it ends
/// where the items of all further rows have nothing to do, likewise.
void bound_items(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

}  // namespace kernelc::lanes
