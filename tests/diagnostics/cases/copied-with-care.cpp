#include <dotcompute/kernel.hpp>

struct Counted {
  int count;
  Counted(const Counted& other) : count(other.count + 1) {}
};
DOTCOMPUTE_KERNEL void f(std::span<int> x, Counted value) { x[0] = value.count; }
