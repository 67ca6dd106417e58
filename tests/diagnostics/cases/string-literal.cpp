#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<char> x) { x[0] = "abc"[1]; }
