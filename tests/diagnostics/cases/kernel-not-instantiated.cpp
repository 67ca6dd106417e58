#include <dotcompute/kernel.hpp>

template <class T>
DOTCOMPUTE_KERNEL void f(std::span<T> x) { x[dotcompute::global_id()] = T(1); }
