#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void unguarded(std::span<float> values) { values[dotcompute::global_id()] = 1.0f; }
