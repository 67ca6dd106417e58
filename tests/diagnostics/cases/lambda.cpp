#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  auto twice = [](int v) { return 2 * v; };
  x[0] = twice(x[0]);
}
