#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void k(std::span<float> x) {
  double fits[1000];
  float scratch[1 << 20];
  scratch[dotcompute::global_id()] = 1;
  x[0] = scratch[3];
}
