#include <dotcompute/kernel.hpp>

struct Pair { float a, b; };
DOTCOMPUTE_KERNEL void f(std::span<Pair> x) { x[0].*(x[1].a > 0 ? &Pair::a : &Pair::b) = 1; }
