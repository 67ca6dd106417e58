#include <dotcompute/kernel.hpp>

namespace demo {

DOTCOMPUTE_KERNEL void sum_of_some(std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size()) y[i] = dotcompute::subgroup_add(x[i]);
}

DOTCOMPUTE_KERNEL void late(std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i >= x.size()) return;
  y[i] = dotcompute::subgroup_shuffle(x[i], 3);
}

DOTCOMPUTE_KERNEL void sometimes(std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size() && dotcompute::subgroup_any(x[i] > 0.0f)) y[i] = 1.0f;
}

}  // namespace demo
