#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<char> x) {
  x[0] = __func__[1];
  x[1] = L"wide"[1];
  x[2] = "plain"[1];
}
