#include "kernels.hpp"

#include <dotcompute/kernel.hpp>

namespace instructions {

DOTCOMPUTE_KERNEL void saxpy(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size()) y[i] = a * x[i] + y[i];
}

}  // namespace instructions
