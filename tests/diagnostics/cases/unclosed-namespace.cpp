#include <dotcompute/kernel.hpp>

namespace a {
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[dotcompute::global_id()] = 1; }
