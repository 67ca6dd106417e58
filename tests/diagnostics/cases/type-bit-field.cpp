#include <dotcompute/kernel.hpp>

struct F { int a : 3; };
DOTCOMPUTE_KERNEL void f(std::span<F> x) { x[0].a = 1; }
