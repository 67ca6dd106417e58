#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  int* p = new int(1);
  throw 2;
}
