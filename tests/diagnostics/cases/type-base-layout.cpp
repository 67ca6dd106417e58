#include <dotcompute/kernel.hpp>

struct Base {
  Base() : number(1), letter(2) {}
  int number;
  char letter;
};
struct Derived : Base {
  char behind = 3;  // in the bytes that Base has left over
};
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = Derived{}.behind; }
