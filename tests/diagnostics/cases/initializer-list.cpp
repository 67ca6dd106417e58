#include <dotcompute/kernel.hpp>

#include <algorithm>
DOTCOMPUTE_KERNEL void f(std::span<float> x) { x[0] = std::min({x[0], x[1], x[2]}); }
