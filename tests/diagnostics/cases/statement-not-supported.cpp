#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  int a = a + x[0];
  x[0] = a;
}
