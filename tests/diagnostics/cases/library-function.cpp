#include <dotcompute/kernel.hpp>

#include <cstdlib>
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = std::rand(); }
