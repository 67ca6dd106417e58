#include <dotcompute/kernel.hpp>

#include <typeinfo>
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = typeid(int) == typeid(float); }
