#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void broken(std::span<float> values) { values[0] = undeclared_name; }
