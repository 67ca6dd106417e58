#pragma once

/// What this machine can do at most with all threads, as ways that are measured beside the others.

#include <vector>

#include "comparison.hpp"

namespace kernels {

/// A triad of arrays that no cache holds, with plain stores and with such that go past the caches. `bytes_per_unit` are
/// the bytes that a unit of the case's work moves: 1e9 where that is GB.
[[nodiscard]] std::vector<benchmark::Way> memory_limit(double bytes_per_unit = 1e9);

/// As many multiplications as additions, which are not contracted, in GFLOP.
[[nodiscard]] std::vector<benchmark::Way> float_limit();

/// Products of 16-bit integers and their sums of 32 bits, in Gop. None where the processor has no such instruction.
[[nodiscard]] std::vector<benchmark::Way> int8_limit();

}  // namespace kernels
