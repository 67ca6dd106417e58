#include <dotcompute/kernel.hpp>

namespace image {

DOTCOMPUTE_KERNEL void invert(std::span<std::uint8_t> samples) {
  const std::size_t i = dotcompute::global_id();
  if (i < samples.size()) samples[i] = static_cast<std::uint8_t>(255 - samples[i]);
}

/// Over width x height; the number of channels follows from the sizes.
DOTCOMPUTE_KERNEL void grey(std::span<const std::uint8_t> colours, std::span<std::uint8_t> out) {
  const std::size_t x = dotcompute::global_id<0>();
  const std::size_t y = dotcompute::global_id<1>();
  const std::size_t pixel = y * dotcompute::global_size<0>() + x;
  const std::size_t channels = colours.size() / (dotcompute::global_size<0>() * dotcompute::global_size<1>());
  std::uint32_t sum = 0;
  for (std::size_t c = 0; c < channels; ++c) sum += colours[pixel * channels + c];
  if (pixel < out.size()) out[pixel] = static_cast<std::uint8_t>(sum / channels);
}

DOTCOMPUTE_KERNEL void brightness(std::span<const std::uint8_t> grey, std::span<float> out) {
  const std::size_t x = dotcompute::global_id<0>();
  const std::size_t y = dotcompute::global_id<1>();
  const std::size_t i = y * dotcompute::global_size<0>() + x;
  if (i < out.size()) out[i] = static_cast<float>(grey[i]) / 255.0f;
}

}  // namespace image
