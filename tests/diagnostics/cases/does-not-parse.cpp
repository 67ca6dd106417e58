#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<float> x) { x[0] = y; }
