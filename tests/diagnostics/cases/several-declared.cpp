#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<float> x, std::span<int> y) {
  int *bits = reinterpret_cast<int*>(x.data()), sum = 0;
  sum += y[0];
  y[1] = sum;
}
