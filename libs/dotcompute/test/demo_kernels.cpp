// Some of the kernels that the runtime's tests declare, for kernelc.

#include <cstddef>
#include <span>

#include <dotcompute/kernel.hpp>

#include "test_kernels.hpp"

namespace demo {

DOTCOMPUTE_KERNEL void saxpy(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < x.size() && i < y.size()) y[i] = a * x[i] + y[i];
}

DOTCOMPUTE_KERNEL void vector_add(std::span<const float> a, std::span<const float> b, std::span<float> sum) {
  const std::size_t i = dotcompute::global_id();
  if (i < sum.size()) sum[i] = a[i] + b[i];
}

DOTCOMPUTE_KERNEL void scale(double factor, std::span<double> values) {
  const std::size_t i = dotcompute::global_id();
  if (i < values.size()) values[i] *= factor;
}

}  // namespace demo
