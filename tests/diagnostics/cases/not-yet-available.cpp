#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  dotcompute::for_each_item({3}, [] {});
  x[0] = 1;
}
