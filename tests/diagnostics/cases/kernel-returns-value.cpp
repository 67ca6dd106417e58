#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL int f(std::span<int> x) {
  x[dotcompute::global_id()] = 1;
  return 0;
}
