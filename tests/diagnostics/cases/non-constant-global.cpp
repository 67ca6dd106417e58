#include <dotcompute/kernel.hpp>

extern int source();
const int table = source();
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = table; }
