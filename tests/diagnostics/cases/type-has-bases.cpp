#include <dotcompute/kernel.hpp>

struct A { float a; };
struct B : A { float b; };
DOTCOMPUTE_KERNEL void f(std::span<B> x) { x[0].b = 1; }
