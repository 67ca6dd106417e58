#include <dotcompute/kernel.hpp>

#undef NDEBUG
#include <cassert>
DOTCOMPUTE_KERNEL void f(std::span<int> x) { assert(x.size() > 0); }
