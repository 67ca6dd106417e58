#pragma once

/// Choosing among the functions that compute a call's results for several lanes at once.

#include <llvm/ADT/STLExtras.h>
#include <llvm/Analysis/VectorUtils.h>

namespace kernelc::lanes {

/// The widest of some vector functions that computes no lane in vain, or the one that does so for the fewest.
[[nodiscard]] inline const llvm::VFInfo& best_for(llvm::ArrayRef<llvm::VFInfo> functions, unsigned lanes) {
  const auto rank = [&](const llvm::VFInfo& each) {
    const auto width = static_cast<int>(each.Shape.VF.getFixedValue());
    return width <= static_cast<int>(lanes) ? width : -width;
  };
  return *llvm::max_element(functions, [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

}  // namespace kernelc::lanes
