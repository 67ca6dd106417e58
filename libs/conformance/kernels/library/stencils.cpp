#include "stencils.hpp"

#include <algorithm>

#include <dotcompute/kernel.hpp>

namespace library::stencils {

using namespace dotcompute;

/// Podlozhnyuk, Image Convolution with CUDA, 2007: a group brings its tile and a halo of two elements around it to
/// shared memory; tile and halo are more elements than the group has items.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(16, 16) void convolve(std::span<const float> in, std::uint32_t width,
                                                         std::span<const float> weights, std::span<float> out) {
  constexpr std::int64_t radius = 2;
  constexpr std::size_t side = 16 + 2 * radius;
  SharedArray<float, side * side> tile;
  if (width == 0 || in.size() < width || weights.size() < 25) return;
  const std::size_t height = in.size() / width;
  const auto last_x = static_cast<std::int64_t>(width) - 1;
  const auto last_y = static_cast<std::int64_t>(height) - 1;
  const auto first_x = static_cast<std::int64_t>(group_id<0>() * 16) - radius;
  const auto first_y = static_cast<std::int64_t>(group_id<1>() * 16) - radius;
  for (std::size_t k = local_id<1>() * 16 + local_id<0>(); k < side * side; k += 256) {
    const std::int64_t x = std::clamp<std::int64_t>(first_x + static_cast<std::int64_t>(k % side), 0, last_x);
    const std::int64_t y = std::clamp<std::int64_t>(first_y + static_cast<std::int64_t>(k / side), 0, last_y);
    tile[k] = in[static_cast<std::size_t>(y * width + x)];
  }
  barrier();
  const std::size_t x = global_id<0>();
  const std::size_t y = global_id<1>();
  if (x >= width || y >= height || y * width + x >= out.size()) return;
  float sum = 0;
  for (std::size_t row = 0; row < 5; ++row) {
    for (std::size_t column = 0; column < 5; ++column) {
      sum += weights[row * 5 + column] * tile[(local_id<1>() + row) * side + local_id<0>() + column];
    }
  }
  out[y * width + x] = sum;
}

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(8, 8, 4) void laplacian(std::span<const double> in, std::uint32_t width,
                                                           std::uint32_t height, std::span<double> out) {
  constexpr std::size_t side_x = 10;
  constexpr std::size_t side_y = 10;
  constexpr std::size_t side_z = 6;
  SharedArray<double, side_x * side_y * side_z> tile;
  const std::size_t plane = std::size_t{width} * height;
  if (plane == 0 || in.size() < plane) return;
  const std::size_t depth = in.size() / plane;
  const std::size_t item = (local_id<2>() * 8 + local_id<1>()) * 8 + local_id<0>();
  for (std::size_t k = item; k < tile.size(); k += 256) {
    // One less than the first of the group: beyond the border it is a very large number, and not read.
    const std::size_t x = group_id<0>() * 8 + k % side_x - 1;
    const std::size_t y = group_id<1>() * 8 + k / side_x % side_y - 1;
    const std::size_t z = group_id<2>() * 4 + k / (side_x * side_y) - 1;
    tile[k] = x < width && y < height && z < depth ? in[z * plane + y * width + x] : 0.0;
  }
  barrier();
  const std::size_t x = global_id<0>();
  const std::size_t y = global_id<1>();
  const std::size_t z = global_id<2>();
  if (x >= width || y >= height || z >= depth || z * plane + y * width + x >= out.size()) return;
  const std::size_t at = ((local_id<2>() + 1) * side_y + local_id<1>() + 1) * side_x + local_id<0>() + 1;
  const bool is_inside = x > 0 && y > 0 && z > 0 && x + 1 < width && y + 1 < height && z + 1 < depth;
  out[z * plane + y * width + x] = is_inside
                                       ? tile[at - 1] + tile[at + 1] + tile[at - side_x] + tile[at + side_x] +
                                             tile[at - side_x * side_y] + tile[at + side_x * side_y] - 6 * tile[at]
                                       : 0.0;
}

/// Forward in time, centred in space (for example Press et al., Numerical Recipes, section 20.2).
DOTCOMPUTE_KERNEL void heat_step(std::span<const float> in, std::uint32_t width, std::uint32_t height,
                                 float diffusivity, std::span<float> out) {
  const std::size_t plane = std::size_t{width} * height;
  const std::size_t x = global_id<0>();
  const std::size_t y = global_id<1>();
  const std::size_t z = global_id<2>();
  if (plane == 0 || x >= width || y >= height) return;
  const std::size_t depth = std::min(in.size(), out.size()) / plane;
  if (z >= depth) return;
  const std::size_t at = z * plane + y * width + x;
  float next = in[at];
  if (x > 0 && y > 0 && z > 0 && x + 1 < width && y + 1 < height && z + 1 < depth) {
    next += diffusivity * (in[at - 1] + in[at + 1] + in[at - width] + in[at + width] + in[at - plane] + in[at + plane] -
                           6.0f * in[at]);
  }
  out[at] = next;
}

/// Huang et al., HotSpot: A Compact Thermal Modeling Methodology, 2006, as the benchmark of Che et al., Rodinia, 2009
/// discretises it: a part exchanges heat with its neighbours and the surroundings; the border has no neighbour outside.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(16, 16) void hotspot_step(Chip chip, std::span<const float> power,
                                                             std::span<const float> in, std::uint32_t width,
                                                             std::span<float> out) {
  constexpr std::size_t side = 18;
  SharedArray<float, side * side> temperature;
  if (width == 0) return;
  const std::size_t height = std::min(std::min(power.size(), in.size()), out.size()) / width;
  if (height == 0) return;
  for (std::size_t k = local_id<1>() * 16 + local_id<0>(); k < side * side; k += 256) {
    // Shifted by one, so that what lies before the border becomes the border.
    const std::size_t x = std::min<std::size_t>(std::max<std::size_t>(group_id<0>() * 16 + k % side, 1), width) - 1;
    const std::size_t y = std::min(std::max<std::size_t>(group_id<1>() * 16 + k / side, 1), height) - 1;
    temperature[k] = in[y * width + x];
  }
  barrier();
  const std::size_t x = global_id<0>();
  const std::size_t y = global_id<1>();
  if (x >= width || y >= height) return;
  const std::size_t at = (local_id<1>() + 1) * side + local_id<0>() + 1;
  const float here = temperature[at];
  const float flow = power[y * width + x] +
                     (temperature[at - side] + temperature[at + side] - 2.0f * here) / chip.resistance_y +
                     (temperature[at - 1] + temperature[at + 1] - 2.0f * here) / chip.resistance_x +
                     (chip.ambient - here) / chip.resistance_z;
  out[y * width + x] = here + chip.step_by_capacity * flow;
}

/// Gardner, The fantastic combinations of John Conway's new solitaire game "life", 1970.
DOTCOMPUTE_KERNEL void life_step(std::span<const std::uint8_t> in, std::uint32_t width, std::span<std::uint8_t> out) {
  const std::size_t x = global_id<0>();
  const std::size_t y = global_id<1>();
  if (x >= width) return;
  const std::size_t height = std::min(in.size(), out.size()) / width;
  if (y >= height) return;
  int neighbours = 0;
  for (std::size_t down = 0; down < 3; ++down) {
    for (std::size_t right = 0; right < 3; ++right) {
      if (down == 1 && right == 1) continue;
      const std::size_t row = (y + height + down - 1) % height;
      const std::size_t column = (x + width + right - 1) % width;
      neighbours += in[row * width + column] & 1;
    }
  }
  const bool is_alive = (in[y * width + x] & 1) != 0;
  out[y * width + x] = neighbours == 3 || (is_alive && neighbours == 2) ? 1 : 0;
}

}  // namespace library::stencils
