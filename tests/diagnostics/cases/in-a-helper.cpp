#include <dotcompute/kernel.hpp>

#include <vector>
int sum(int n) {
  std::vector<int> v(3);
  return v[0] + n;
}
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = sum(x[1]); }
