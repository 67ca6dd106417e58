#pragma once

/// Makes random kernels that are well formed: each has one meaning in C++ or one that the kernel language adds.
///
/// They end: every loop has a bound. Indices are taken modulo the size. Items write their own elements; a shared array
/// is either written, each item its own element, or read, and a barrier lies between. No value depends on the order in
/// which C++ leaves operands to be evaluated: what one operand writes, no other one uses. Atomic
/// operations are those whose order does not matter, one of them in a kernel, and their results are not used. What the
/// kernel language leaves open stays out: division by zero, conversions out of range, the sign of a NaN.

#include <cstdint>

#include "tree.hpp"

namespace fuzz {

/// What kernels may hold.
struct Features {
  bool groups = true;   ///< Barriers, shared arrays and ids in groups.
  bool doubles = true;  ///< double, which not every device has.
  bool atomics = true;  ///< Atomic operations on integers.
  bool halves = true;   ///< dotcompute::half.
};

/// The kernel of a seed: always the same one, on every machine.
[[nodiscard]] Kernel generate(std::uint64_t seed, const Features& features = {});

}  // namespace fuzz
