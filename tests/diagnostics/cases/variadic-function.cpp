#include <dotcompute/kernel.hpp>

int many(int n, ...) { return n; }
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = many(1, 2); }
