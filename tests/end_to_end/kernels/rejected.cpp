#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void throws(std::span<float> values) {
  if (values.empty()) throw 1;
}
