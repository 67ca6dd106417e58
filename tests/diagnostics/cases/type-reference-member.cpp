#include <dotcompute/kernel.hpp>

struct R { float& a; };
DOTCOMPUTE_KERNEL void f(std::span<float> x) {
  R r{x[0]};
  r.a = 1;
}
