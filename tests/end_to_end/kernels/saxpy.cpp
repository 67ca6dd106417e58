#include <dotcompute/kernel.hpp>

namespace demo {

DOTCOMPUTE_KERNEL void saxpy(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size() && i < x.size()) y[i] = a * x[i] + y[i];
}

DOTCOMPUTE_KERNEL void vector_add(std::span<const float> a, std::span<const float> b, std::span<float> sum) {
  const std::size_t i = dotcompute::global_id();
  if (i < sum.size() && i < a.size() && i < b.size()) sum[i] = a[i] + b[i];
}

}  // namespace demo
