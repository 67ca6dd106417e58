#include <dotcompute/kernel.hpp>
#include <compare>
DOTCOMPUTE_KERNEL void f(std::span<float> x) { x[0] = ((x[0] > x[1]) ? x[0] : (x[1] <=> x[2]) < 0 ? x[1] : x[2]); }
