#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<float> x) { x[0] = static_cast<float>(*reinterpret_cast<int*>(&x[1])); }
