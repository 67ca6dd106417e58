#include <dotcompute/kernel.hpp>

namespace demo {

DOTCOMPUTE_KERNEL void guarded(std::span<const float> x, std::span<float> y) {
  dotcompute::SharedArray<float, 256> tile;
  const std::size_t i = dotcompute::global_id();
  if (i >= y.size()) return;
  tile[dotcompute::local_id()] = x[i];
  dotcompute::barrier();
  y[i] = tile[0];
}

DOTCOMPUTE_KERNEL void in_loop(std::span<float> y) {
  for (int k = 0; k < 4; ++k) {
    dotcompute::barrier();
    if (dotcompute::local_id() == 3) return;
  }
}

inline float helper(float x) {
  if (x > 0) return x;
  dotcompute::barrier();
  return -x;
}

DOTCOMPUTE_KERNEL void in_function(std::span<float> y) {
  const float result = helper(static_cast<float>(dotcompute::local_id()));
  y[0] = result;
}

DOTCOMPUTE_KERNEL void after_the_last_is_fine(std::span<float> y) {
  dotcompute::barrier();
  if (dotcompute::global_id() >= y.size()) return;
  y[dotcompute::global_id()] = 1;
}

}  // namespace demo
