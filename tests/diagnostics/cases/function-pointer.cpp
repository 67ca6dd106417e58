#include <dotcompute/kernel.hpp>

int one(int n) { return n + 1; }
DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  int (*p)(int) = one;
  x[0] = p(x[1]);
}
