#include <dotcompute/kernel.hpp>

void f(std::span<float> x) { x[0] = 1; }
