#pragma once

#include <cstdint>
#include <span>

/// The kernels of the suite that the conformance suite's library does not have, written as for a GPU: an item for each
/// element of the result.
namespace kernels {

void vector_add(std::span<const float> a, std::span<const float> b, std::span<float> c);

void saxpy(float a, std::span<const float> x, std::span<float> y);

/// c = a * b, where the rows of `a` have `inner` elements. Two dimensions: columns and rows of c.
void multiply_by_items(std::span<const float> a, std::span<const float> b, std::uint32_t inner, std::span<float> c);

/// The same by groups of 32 by 32 items, which bring tiles of both factors to shared arrays, with fast math.
void fast_multiply_by_tiles(std::span<const float> a, std::span<const float> b, std::uint32_t inner,
                            std::span<float> c);

/// Each point weighed with its four neighbours; the border stays as it is. Two dimensions.
void stencil(std::span<const float> in, std::uint32_t width, float centre, float side, std::span<float> out);

/// European options, in closed form.
void black_scholes(float rate, float volatility, std::span<const float> spot, std::span<const float> strike,
                   std::span<const float> years, std::span<float> call, std::span<float> put);
void fast_black_scholes(float rate, float volatility, std::span<const float> spot, std::span<const float> strike,
                        std::span<const float> years, std::span<float> call, std::span<float> put);

}  // namespace kernels
