#include "kernels.hpp"

#include <dotcompute/kernel.hpp>

#include "tangent.hpp"

namespace launch {

DOTCOMPUTE_KERNEL void saxpy(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size()) y[i] = a * x[i] + y[i];
}

DOTCOMPUTE_KERNEL void tangent(std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size()) y[i] = tangent_of(x[i]);
}

}  // namespace launch
