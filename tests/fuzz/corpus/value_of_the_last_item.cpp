// seed 1060011 size 1 grid 1 2 1 groups 1 1 1 1
// Whether a loop around barriers goes on is a value of the last item's, which is read after the loop over items.
#include <cstdint>

#include <dotcompute/kernel.hpp>

namespace value_of_the_last_item {
DOTCOMPUTE_KERNEL void kernel(std::span<std::uint64_t> out0) {
  dotcompute::SharedArray<float, 64> s0;
  const std::size_t i = dotcompute::global_id<0>() + dotcompute::global_size<0>() * dotcompute::global_id<1>();
  const std::size_t l = dotcompute::local_id<0>() + dotcompute::local_size<0>() * dotcompute::local_id<1>();
  s0[l] = 0.0f;
  for (int c2 = 0; c2 < 1; ++c2) {
    if (i < out0.size()) s0[l] += 10u;
    dotcompute::barrier();
    dotcompute::barrier();
  }
  if (i < out0.size()) out0[i] += static_cast<std::uint32_t>(s0[l]);
}
}  // namespace value_of_the_last_item
