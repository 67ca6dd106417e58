#include <dotcompute/kernel.hpp>

int counter = 3;

DOTCOMPUTE_KERNEL void k(std::span<int> x) {
  extern int counter;
  x[0] = counter;
}
