#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<float> x) {
  volatile float y = x[0];
  x[0] = y;
}
