#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<float> x) {
  long double y = x[0];
  __int128 z = 3;
  x[0] = static_cast<float>(y) + static_cast<float>(z);
}
