// kernelc: --checked
#include <dotcompute/kernel.hpp>

void wait_and_add(float& sum, const float& value) {
  dotcompute::barrier();
  sum += value;
}
DOTCOMPUTE_KERNEL void f(std::span<const float> x, std::span<float> y) {
  float sum = 0;
  wait_and_add(sum, x[dotcompute::global_id()]);
  const float copy = x[dotcompute::global_id()];
  wait_and_add(sum, copy);
  y[dotcompute::global_id()] = sum;
}
