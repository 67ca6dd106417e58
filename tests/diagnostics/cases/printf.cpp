#include <dotcompute/kernel.hpp>

#include <cstdio>
DOTCOMPUTE_KERNEL void f(std::span<int> x) { std::printf("%d", x[0]); }
