#pragma once

/// Whether lanes pay for a loop over items.

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/TargetTransformInfo.h>

#include "lanes/item_loop.hpp"
#include "lanes/shapes.hpp"

namespace kernelc::lanes {

/// LLVM's vectoriser takes items whole only where they have no loops of their own.
[[nodiscard]] bool has_inner_loops(const ItemLoop& items);

/// Whether some innermost loop goes through memory element by element for each item alone, and nothing keeps LLVM from
/// making vectors of that: every access of lanes would be a gather there, and is one vector the other way.
[[nodiscard]] bool is_better_along_inner_loop(const ItemLoop& items, const Shapes& shapes,
                                              llvm::ScalarEvolution& evolution);

/// Whether what the innermost loops do costs less for `lanes` items together than for one after the other, by LLVM's
/// tables of the machine: not where most of it is to collect single elements.
[[nodiscard]] bool is_cheaper(const ItemLoop& items, const Shapes& shapes, unsigned lanes,
                              const llvm::TargetTransformInfo& machine);

/// How many vectors of a loop's values go side by side, of so many registers: operations of one hide the time that
/// those of another take, until values have to leave the registers.
[[nodiscard]] unsigned vectors_side_by_side(const ItemLoop& items, const Shapes& shapes, unsigned lanes,
                                            unsigned registers);

}  // namespace kernelc::lanes
