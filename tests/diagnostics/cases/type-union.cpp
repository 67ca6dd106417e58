#include <dotcompute/kernel.hpp>

union U { float a; int b; };
DOTCOMPUTE_KERNEL void f(std::span<U> x) { x[0].b = 1; }
