#include <dotcompute/kernel.hpp>

namespace {
DOTCOMPUTE_KERNEL void hidden(std::span<int> x) { x[dotcompute::global_id()] = 1; }
}
DOTCOMPUTE_KERNEL static void local(std::span<int> x) { x[dotcompute::global_id()] = 1; }
