#include <dotcompute/kernel.hpp>

#include <array>
DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  std::array<int, 3> a{1, 2, 3};
  x[0] = a.at(1);
}
