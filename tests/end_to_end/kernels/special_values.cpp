#include <cmath>

#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void square_root(std::span<const double> in, std::span<double> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < in.size() && i < out.size()) out[i] = std::sqrt(in[i]);
}
