#include <dotcompute/kernel.hpp>

#include <algorithm>
DOTCOMPUTE_KERNEL void f(std::span<int> x) { std::sort(x.begin(), x.end()); }
