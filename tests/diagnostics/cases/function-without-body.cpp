#include <dotcompute/kernel.hpp>

int elsewhere(int n);
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = elsewhere(x[1]); }
