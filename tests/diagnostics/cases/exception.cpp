#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  try {
    x[0] = 1;
  } catch (...) {
  }
  if (x[0] < 0) throw 1;
}
