#pragma once

/// Whether lanes pay for a loop over items.

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/TargetTransformInfo.h>

#include "lanes/item_loop.hpp"
#include "lanes/shapes.hpp"

namespace kernelc::lanes {

/// Whether lanes may pay for items, by what there is in them: loops of their own, which LLVM's vectoriser does not take
/// whole, or numbers of 8 or 16 bits.
[[nodiscard]] bool may_pay(const ItemLoop& items);

/// Whether lanes pay.
///
/// For items with loops of their own, if what the innermost of these do costs less for `lanes` items together than for
/// one after the other, by LLVM's tables of the machine: not where most of it is to collect single elements. And not if
/// one of them goes through memory element by element for each item alone, and nothing keeps LLVM from making vectors
/// of that: every access of lanes would be a gather there, and is one vector the other way.
///
/// For others, if some items leave out an access to a narrow number in a row, for which the machine has no masks.
/// LLVM's vectoriser gives up there; lanes have a form without masks for when all of them come.
[[nodiscard]] bool do_pay(const ItemLoop& items, const Shapes& shapes, unsigned lanes,
                          const llvm::TargetTransformInfo& machine, llvm::ScalarEvolution& evolution);

/// How many vectors of a loop's values go side by side, of so many registers: operations of one hide the time that
/// those of another take, until values have to leave the registers.
[[nodiscard]] unsigned vectors_side_by_side(const ItemLoop& items, const Shapes& shapes, unsigned lanes,
                                            unsigned registers);

}  // namespace kernelc::lanes
