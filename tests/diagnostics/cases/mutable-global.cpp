#include <dotcompute/kernel.hpp>

int counter = 0;
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = ++counter; }
