#include <dotcompute/kernel.hpp>

#include "factor.hpp"

DOTCOMPUTE_KERNEL void scale(std::span<float> values) {
  const std::size_t i = dotcompute::global_id();
  if (i < values.size()) values[i] = values[i] * FACTOR * from_header;
}
