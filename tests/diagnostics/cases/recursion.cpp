#include <dotcompute/kernel.hpp>

int fact(int n) { return n < 2 ? 1 : n * fact(n - 1); }
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = fact(x[1]); }
