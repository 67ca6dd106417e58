#include "kernels.hpp"

#include <array>
#include <cmath>
#include <cstddef>

#include <dotcompute/kernel.hpp>

namespace kernels {

using namespace dotcompute;

DOTCOMPUTE_KERNEL void vector_add(std::span<const float> a, std::span<const float> b, std::span<float> c) {
  const std::size_t i = global_id();
  if (i < c.size()) c[i] = a[i] + b[i];
}

DOTCOMPUTE_KERNEL void saxpy(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = a * x[i] + y[i];
}

DOTCOMPUTE_KERNEL void multiply_by_items(std::span<const float> a, std::span<const float> b, std::uint32_t inner,
                                         std::span<float> c) {
  const std::size_t column = global_id<0>();
  const std::size_t row = global_id<1>();
  const std::size_t columns = global_size<0>();
  float sum = 0;
  for (std::size_t k = 0; k < inner; ++k) sum += a[row * inner + k] * b[k * columns + column];
  c[row * columns + column] = sum;
}

/// The library's product by tiles, of Kirk and Hwu, with the largest groups that CUDA allows: each element is read once
/// for 32 uses.
DOTCOMPUTE_KERNEL DOTCOMPUTE_KERNEL_FAST DOTCOMPUTE_GROUP(32, 32) void fast_multiply_by_tiles(std::span<const float> a,
                                                                                              std::span<const float> b,
                                                                                              std::uint32_t inner,
                                                                                              std::span<float> c) {
  constexpr std::size_t tile = 32;
  SharedArray<std::array<float, tile>, tile> tile_a;
  SharedArray<std::array<float, tile>, tile> tile_b;
  if (inner == 0) return;
  const std::size_t rows = a.size() / inner;
  const std::size_t columns = b.size() / inner;
  if (group_id<1>() * tile >= rows || group_id<0>() * tile >= columns) return;
  const std::size_t row = global_id<1>();
  const std::size_t column = global_id<0>();
  const std::size_t y = local_id<1>();
  const std::size_t x = local_id<0>();
  float sum = 0;
  for (std::size_t first = 0; first < inner; first += tile) {
    tile_a[y][x] = row < rows && first + x < inner ? a[row * inner + first + x] : 0.0f;
    tile_b[y][x] = first + y < inner && column < columns ? b[(first + y) * columns + column] : 0.0f;
    barrier();
    for (std::size_t k = 0; k < tile; ++k) sum += tile_a[y][k] * tile_b[k][x];
    barrier();
  }
  if (row < rows && column < columns) c[row * columns + column] = sum;
}

DOTCOMPUTE_KERNEL void stencil(std::span<const float> in, std::uint32_t width, float centre, float side,
                               std::span<float> out) {
  const std::size_t x = global_id<0>();
  const std::size_t y = global_id<1>();
  const std::size_t height = global_size<1>();
  if (x >= width) return;
  const std::size_t at = y * width + x;
  if (x == 0 || y == 0 || x + 1 == width || y + 1 == height) {
    out[at] = in[at];
  } else {
    out[at] = centre * in[at] + side * (in[at - 1] + in[at + 1] + in[at - width] + in[at + width]);
  }
}

/// The distribution function of the standard normal distribution.
inline float normal_cdf(float x) { return 0.5f + 0.5f * std::erf(x * 0.70710678f); }

inline void price(float rate, float volatility, float spot, float strike, float years, float& call, float& put) {
  const float deviation = volatility * std::sqrt(years);
  const float d1 = (std::log(spot / strike) + (rate + 0.5f * volatility * volatility) * years) / deviation;
  const float d2 = d1 - deviation;
  const float discounted = strike * std::exp(-rate * years);
  const float value = spot * normal_cdf(d1) - discounted * normal_cdf(d2);
  call = value;
  put = value + discounted - spot;
}

DOTCOMPUTE_KERNEL void black_scholes(float rate, float volatility, std::span<const float> spot,
                                     std::span<const float> strike, std::span<const float> years, std::span<float> call,
                                     std::span<float> put) {
  const std::size_t i = global_id();
  if (i < call.size()) price(rate, volatility, spot[i], strike[i], years[i], call[i], put[i]);
}

DOTCOMPUTE_KERNEL DOTCOMPUTE_KERNEL_FAST void fast_black_scholes(float rate, float volatility,
                                                                 std::span<const float> spot,
                                                                 std::span<const float> strike,
                                                                 std::span<const float> years, std::span<float> call,
                                                                 std::span<float> put) {
  const std::size_t i = global_id();
  if (i < call.size()) price(rate, volatility, spot[i], strike[i], years[i], call[i], put[i]);
}

}  // namespace kernels
