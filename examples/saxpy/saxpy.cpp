// saxpy.cpp: ordinary C++. It compiles with any compiler, can be called directly, and steps in a debugger.
#include <dotcompute/kernel.hpp>

namespace demo {

DOTCOMPUTE_KERNEL void saxpy(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size()) y[i] = a * x[i] + y[i];
}

DOTCOMPUTE_KERNEL void vector_add(std::span<const float> a, std::span<const float> b, std::span<float> result) {
  const std::size_t i = dotcompute::global_id();
  if (i < result.size()) result[i] = a[i] + b[i];
}

}  // namespace demo
