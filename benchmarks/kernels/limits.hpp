#pragma once

/// What this machine can do at most, measured with all threads.

#include "comparison.hpp"

namespace kernels {

struct Limits {
  benchmark::Limit memory;         ///< GB/s of a triad of arrays that no cache holds.
  benchmark::Limit floats;         ///< GFLOP/s of multiplications and additions that are not contracted.
  benchmark::Limit int8_products;  ///< Gop/s of products of 16-bit integers and their sums of 32 bits.
};

[[nodiscard]] Limits measure_limits();

}  // namespace kernels
