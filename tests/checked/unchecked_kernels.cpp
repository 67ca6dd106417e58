#include "unchecked_kernels.hpp"

#include <cassert>

#include <dotcompute/kernel.hpp>

namespace unchecked {

DOTCOMPUTE_KERNEL void divide(std::span<std::int32_t> y, std::int32_t by) {
  const std::size_t i = dotcompute::global_id();
  assert(by != 0);
  if (i < y.size()) y[i] = y[i] / by;
}

}  // namespace unchecked
