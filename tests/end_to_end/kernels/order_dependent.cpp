#include <dotcompute/kernel.hpp>

/// Wrong on purpose: items are unordered, and this one needs the result of its neighbour.
DOTCOMPUTE_KERNEL void running_count(std::span<std::int32_t> counts) {
  const std::size_t i = dotcompute::global_id();
  if (i > 0 && i < counts.size()) counts[i] = counts[i - 1] + 1;
}
