#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL inline void f(std::span<int> x) { x[dotcompute::global_id()] = 1; }
DOTCOMPUTE_KERNEL constexpr void g(std::span<int> x) { x[0] = 1; }
