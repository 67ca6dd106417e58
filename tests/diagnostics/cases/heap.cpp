#include <dotcompute/kernel.hpp>

#include <cstdlib>
DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  int* p = new int[3];
  delete[] p;
  std::free(nullptr);
  x[0] = 1;
}
