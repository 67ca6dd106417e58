#pragma once

#include <cstdint>
#include <span>

/// Finds edges in a picture, in three steps. Each kernel runs over a grid of width x height work-items, one per pixel;
/// pictures lie in memory row by row. Pixels beyond the border count as the nearest ones inside.
namespace edges {

/// Luminance (ITU-R BT.601), from 1 to 4 interleaved channels of 8 bits; 1 and 2 channels are grey already.
void grey(std::span<const std::uint8_t> pixels, std::span<float> luminance, std::uint32_t width, std::uint32_t height,
          std::uint32_t channels);

/// A Gaussian blur over 5 x 5 pixels with binomial weights.
void blur(std::span<const float> picture, std::span<float> blurred, std::uint32_t width, std::uint32_t height);

/// The length of the Sobel gradient, cut off at 255.
void sobel(std::span<const float> picture, std::span<std::uint8_t> strength, std::uint32_t width, std::uint32_t height);

}  // namespace edges
