#include "edges.hpp"

#include <algorithm>
#include <cmath>

#include <dotcompute/kernel.hpp>

namespace edges {

/// The pixel at (x, y), or the nearest one inside the picture.
static float pixel(std::span<const float> picture, std::int64_t x, std::int64_t y, std::uint32_t width,
                   std::uint32_t height) {
  const std::int64_t column = std::clamp<std::int64_t>(x, 0, std::int64_t{width} - 1);
  const std::int64_t row = std::clamp<std::int64_t>(y, 0, std::int64_t{height} - 1);
  return picture[static_cast<std::size_t>(row * width + column)];
}

DOTCOMPUTE_KERNEL void grey(std::span<const std::uint8_t> pixels, std::span<float> luminance, std::uint32_t width,
                            std::uint32_t height, std::uint32_t channels) {
  const std::size_t x = dotcompute::global_id<0>();
  const std::size_t y = dotcompute::global_id<1>();
  if (x >= width || y >= height) return;
  const std::size_t at = y * width + x;
  const std::size_t first = at * channels;
  if (channels < 3) {
    luminance[at] = pixels[first];
  } else {
    luminance[at] = 0.299f * pixels[first] + 0.587f * pixels[first + 1] + 0.114f * pixels[first + 2];
  }
}

DOTCOMPUTE_KERNEL void blur(std::span<const float> picture, std::span<float> blurred, std::uint32_t width,
                            std::uint32_t height) {
  const std::size_t x = dotcompute::global_id<0>();
  const std::size_t y = dotcompute::global_id<1>();
  if (x >= width || y >= height) return;
  constexpr float weights[5] = {1.0f, 4.0f, 6.0f, 4.0f, 1.0f};
  float sum = 0.0f;
  for (int dy = -2; dy <= 2; ++dy) {
    for (int dx = -2; dx <= 2; ++dx) {
      const float value =
          pixel(picture, static_cast<std::int64_t>(x) + dx, static_cast<std::int64_t>(y) + dy, width, height);
      sum += weights[dx + 2] * weights[dy + 2] * value;
    }
  }
  blurred[y * width + x] = sum / 256.0f;
}

DOTCOMPUTE_KERNEL void sobel(std::span<const float> picture, std::span<std::uint8_t> strength, std::uint32_t width,
                             std::uint32_t height) {
  const std::size_t id_x = dotcompute::global_id<0>();
  const std::size_t id_y = dotcompute::global_id<1>();
  if (id_x >= width || id_y >= height) return;
  const auto x = static_cast<std::int64_t>(id_x);
  const auto y = static_cast<std::int64_t>(id_y);
  float across = 0.0f;
  float down = 0.0f;
  for (int step = -1; step <= 1; ++step) {
    const float weight = step == 0 ? 2.0f : 1.0f;
    across +=
        weight * (pixel(picture, x + 1, y + step, width, height) - pixel(picture, x - 1, y + step, width, height));
    down += weight * (pixel(picture, x + step, y + 1, width, height) - pixel(picture, x + step, y - 1, width, height));
  }
  const float length = std::sqrt(across * across + down * down);
  strength[id_y * width + id_x] = static_cast<std::uint8_t>(std::min(length, 255.0f));
}

}  // namespace edges
