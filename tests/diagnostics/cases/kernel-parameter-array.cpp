#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<const float[4]> rows, std::span<float> x) { x[0] = rows[0][1]; }
