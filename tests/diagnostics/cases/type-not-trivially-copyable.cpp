#include <dotcompute/kernel.hpp>

struct S {
  float v;
  S(const S& other) : v(other.v) {}
};
DOTCOMPUTE_KERNEL void f(std::span<S> x) { x[0].v = 1; }
