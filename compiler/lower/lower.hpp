#pragma once

/// Passes over LLVM IR that the CPU code and the reference share, so that both mean the same by construction, and the
/// pipeline that makes fast code of the CPU's.

#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

namespace kernelc {

/// Gives every operation that C++ leaves undefined an unspecified value instead: shift counts are taken modulo the
/// width, integer division by zero or overflowing does not trap, conversions out of range yield some value.
void contain_undefined(llvm::Module& module);

/// The same for one integer division or remainder: n / 0 becomes n, and the smallest value / -1 wraps to itself; the
/// remainders become 0.
void contain_division(llvm::BinaryOperator& division);

/// Decides how each math function is computed. Exactly defined ones (sqrt, floor, fma ...) become LLVM's operations,
/// fmin and fmax a comparison; the rest are calls of a library (lower/math_libraries.hpp) that LLVM may neither fold
/// nor rewrite, each with the functions that compute several of its results at once.
void bind_math(llvm::Module& module);

/// Has what vectors did not take computed by a lane of such a function too: SLEEF's functions for one number take
/// longer than those for a vector. Comes after all vectorisers.
void compute_in_one_lane(llvm::Function& function);

/// The attribute of functions whose kernel opts into fast math.
inline constexpr const char* fast_math_attribute = "dotcompute-fast-math";

/// Lets the functions with that attribute be contracted, reordered and approximated; NaNs and infinities stay what they
/// are. Comes after `bind_math`, which takes such permissions away.
void allow_fast_math(llvm::Module& module);

/// Makes everything internal but the symbols that start with `prefix`, and drops what none of them reaches. Start-up
/// code of the source file goes too: it runs in the user's own compilation.
void keep_only(llvm::Module& module, llvm::StringRef prefix);

/// Optimises CPU code for the machine. Items are unordered, so memory accesses of different items do not depend on
/// each other: that is said of each access whose object is not the item's own before the loops are vectorised.
void optimise_cpu(llvm::Module& module, llvm::TargetMachine& machine);

/// Optimises the reference for speed without changing what it computes.
void optimise_reference(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace kernelc
