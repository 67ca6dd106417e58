#pragma once

/// The suite's problems as programs for this processor solve them: a table of functions for each way to write them.

#include <cstddef>
#include <cstdint>
#include <span>

#include "cryptography.hpp"
#include "learning.hpp"
#include "simulation.hpp"

namespace kernels {

using library::cryptography::Digest;
using library::learning::Quantisation;
using library::simulation::Acceleration;
using library::simulation::Body;

/// The results are those of the kernels, whose arguments these are. A function that is not there is null.
struct Programs {
  const char* name;
  void (*vector_add)(std::span<const float> a, std::span<const float> b, std::span<float> c);
  void (*saxpy)(float a, std::span<const float> x, std::span<float> y);
  void (*mandelbrot)(float left, float top, float pixel, std::uint32_t width, std::uint32_t limit,
                     std::span<std::uint32_t> steps);
  void (*multiply)(std::span<const float> a, std::span<const float> b, std::uint32_t inner, std::span<float> c);
  void (*n_body)(std::span<const Body> bodies, float softening, std::span<Acceleration> accelerations);
  void (*stencil)(std::span<const float> in, std::uint32_t width, float centre, float side, std::span<float> out);
  void (*black_scholes)(float rate, float volatility, std::span<const float> spot, std::span<const float> strike,
                        std::span<const float> years, std::span<float> call, std::span<float> put);
  float (*sum)(std::span<const float> in);
  void (*bilateral)(std::span<const std::uint8_t> in, std::uint32_t width, std::span<const float> near,
                    std::span<const float> alike, std::span<std::uint8_t> out);
  void (*csr_multiply)(std::span<const std::uint32_t> row_begin, std::span<const std::uint32_t> columns,
                       std::span<const double> values, std::span<const double> x, std::span<double> y);
  void (*transpose)(std::span<const float> in, std::uint32_t width, std::span<float> out);
  void (*histogram)(std::span<const std::uint8_t> in, std::span<std::uint32_t> counts);
  void (*exclusive_scan)(std::span<const std::uint32_t> in, std::span<std::uint32_t> out);
  void (*heat_step)(std::span<const float> in, std::uint32_t width, std::uint32_t height, float diffusivity,
                    std::span<float> out);
  void (*multiply_int8)(Quantisation quantisation, std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                        std::uint32_t inner, std::span<std::int8_t> c);
  void (*sha256)(std::span<const std::uint8_t> bytes, std::span<const std::uint32_t> begins, std::span<Digest> digests);
  void (*fast_black_scholes)(float rate, float volatility, std::span<const float> spot, std::span<const float> strike,
                             std::span<const float> years, std::span<float> call, std::span<float> put);
  void (*fast_multiply)(std::span<const float> a, std::span<const float> b, std::uint32_t inner, std::span<float> c);
};

/// Ordinary loops: for one thread without vectors, which all others are held to; for one thread; with OpenMP.
extern const Programs plain_reference;
extern const Programs plain_serial;
extern const Programs plain_openmp;
/// With OpenMP and -ffast-math, which lets the compiler call libmvec; only what is compared with fast kernels.
extern const Programs plain_fast;

/// Threads and vectors by hand, with the kernels' rules of rounding: by g++ and by clang++, with plain stores and with
/// such that go past the caches, where these make a difference.
extern const Programs by_hand_gcc;
extern const Programs by_hand_gcc_streaming;
extern const Programs by_hand_clang;
extern const Programs by_hand_clang_streaming;

/// The kernels' algorithms for groups by hand, where other ones suit this processor better.
extern const Programs same_form_gcc;
extern const Programs same_form_clang;

/// What OpenBLAS has of the problems, where it was found when this was built.
extern const Programs openblas;

}  // namespace kernels
