#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<float, 4> x) { x[0] = 1; }
