#include <dotcompute/kernel.hpp>

struct Base {
  int value = 1;
};
struct Derived : virtual Base {};
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = Derived{}.value; }
