#pragma once

/// The functions of the tables `by_hand_...`. Two compilers make them, each in a namespace of its own. Sizes that no
/// case has are not thought of: widths are multiples of 32 elements, and spans are aligned to 64 bytes.

#include "programs.hpp"

namespace kernels::BY_HAND {

template <bool is_streamed>
void vector_add(std::span<const float> a, std::span<const float> b, std::span<float> c);
void saxpy(float a, std::span<const float> x, std::span<float> y);
void black_scholes(float rate, float volatility, std::span<const float> spot, std::span<const float> strike,
                   std::span<const float> years, std::span<float> call, std::span<float> put);
void fast_black_scholes(float rate, float volatility, std::span<const float> spot, std::span<const float> strike,
                        std::span<const float> years, std::span<float> call, std::span<float> put);
float sum(std::span<const float> in);
void csr_multiply(std::span<const std::uint32_t> row_begin, std::span<const std::uint32_t> columns,
                  std::span<const double> values, std::span<const double> x, std::span<double> y);
void histogram(std::span<const std::uint8_t> in, std::span<std::uint32_t> counts);
void histogram_of_groups(std::span<const std::uint8_t> in, std::span<std::uint32_t> counts);
void scan_by_trees(std::span<const std::uint32_t> in, std::span<std::uint32_t> out);
template <bool is_streamed>
void exclusive_scan(std::span<const std::uint32_t> in, std::span<std::uint32_t> out);

void mandelbrot(float left, float top, float pixel, std::uint32_t width, std::uint32_t limit,
                std::span<std::uint32_t> steps);
template <bool is_streamed>
void stencil(std::span<const float> in, std::uint32_t width, float centre, float side, std::span<float> out);
template <bool is_streamed>
void heat_step(std::span<const float> in, std::uint32_t width, std::uint32_t height, float diffusivity,
               std::span<float> out);
void bilateral(std::span<const std::uint8_t> in, std::uint32_t width, std::span<const float> near,
               std::span<const float> alike, std::span<std::uint8_t> out);
template <bool is_streamed>
void transpose(std::span<const float> in, std::uint32_t width, std::span<float> out);

void multiply(std::span<const float> a, std::span<const float> b, std::uint32_t inner, std::span<float> c);
void multiply_int8(Quantisation quantisation, std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                   std::uint32_t inner, std::span<std::int8_t> c);
void n_body(std::span<const Body> bodies, float softening, std::span<Acceleration> accelerations);

void sha256(std::span<const std::uint8_t> bytes, std::span<const std::uint32_t> begins, std::span<Digest> digests);

}  // namespace kernels::BY_HAND
