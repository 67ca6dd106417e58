#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  static int calls = 0;
  x[0] = ++calls;
}
