#pragma once

/// Functions of floats that are computed in doubles, strictly: by operations that have one right result, none of them
/// fused, so that every processor and every vector width gives the same bits.

#include <string_view>

#include <llvm/IR/InstrTypes.h>

namespace kernelc {

/// The result of the call of the function `name` (of the double version: "exp") on floats, computed before the call in
/// its function's own code; null for functions that are computed otherwise. Vectorisers take it as any other code.
///
/// The double's further digits stand for the error-free transformations that a float's would need: results are within
/// 0.51 ulp (erf 0.55), subnormal ones included, and Annex F's of special values.
[[nodiscard]] llvm::Value* compute_in_doubles(llvm::CallBase& call, std::string_view name);

}  // namespace kernelc
