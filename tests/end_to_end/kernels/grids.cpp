#include <dotcompute/kernel.hpp>

namespace grids {

/// 2-D: x runs along the last axis.
DOTCOMPUTE_KERNEL void transpose(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t x = dotcompute::global_id<0>();
  const std::size_t y = dotcompute::global_id<1>();
  const std::size_t width = dotcompute::global_size<0>();
  const std::size_t height = dotcompute::global_size<1>();
  out[x * height + y] = in[y * width + x];
}

/// 3-D: each element says where it is.
DOTCOMPUTE_KERNEL void coordinates(std::span<std::int32_t> out) {
  const std::size_t x = dotcompute::global_id<0>();
  const std::size_t y = dotcompute::global_id<1>();
  const std::size_t z = dotcompute::global_id<2>();
  const std::size_t i = (z * dotcompute::global_size<1>() + y) * dotcompute::global_size<0>() + x;
  if (i < out.size()) out[i] = static_cast<std::int32_t>(x + 100 * y + 10000 * z);
}

}  // namespace grids
