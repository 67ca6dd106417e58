#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<int> x) {
again:
  if (x[0] < 3) goto again;
}
