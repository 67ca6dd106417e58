#include "signals.hpp"

#include <algorithm>

#include <dotcompute/kernel.hpp>

namespace library::signals {

using namespace dotcompute;

/// What a butterfly of the given radix reads and where its results go, as Govindaraju et al., High Performance Discrete
/// Fourier Transforms on Graphics Processors, 2008, figure 2, write Stockham's stages.
struct Butterfly {
  std::size_t item;
  std::size_t stride;          ///< Between the numbers that are read.
  std::size_t place;           ///< Of the first result; `done` lies between results.
  std::size_t twiddle_stride;  ///< Number r is turned by twiddles[r * twiddle_stride].
};

/// Whether `done` is the state of a transform of n numbers.
inline bool is_stage(std::size_t n, std::size_t done, std::size_t radix) {
  return done != 0 && n >= done * radix && n % (done * radix) == 0;
}
inline Butterfly butterfly(std::size_t item, std::size_t n, std::size_t done, std::size_t radix) {
  return {item, n / radix, item / done * done * radix + item % done, item % done * (n / (done * radix))};
}

DOTCOMPUTE_KERNEL void fft_radix_2(std::span<const Complex> in, std::span<const Complex> twiddles, std::uint32_t done,
                                   std::span<Complex> out) {
  const std::size_t n = std::min(std::min(in.size(), twiddles.size()), out.size());
  if (!is_stage(n, done, 2) || global_id() >= n / 2) return;
  const Butterfly b = butterfly(global_id(), n, done, 2);
  const Complex first = in[b.item];
  const Complex second = in[b.item + b.stride] * twiddles[b.twiddle_stride];
  out[b.place] = first + second;
  out[b.place + done] = first - second;
}

DOTCOMPUTE_KERNEL void fft_radix_4(std::span<const Complex> in, std::span<const Complex> twiddles, std::uint32_t done,
                                   std::span<Complex> out) {
  const std::size_t n = std::min(std::min(in.size(), twiddles.size()), out.size());
  if (!is_stage(n, done, 4) || global_id() >= n / 4) return;
  const Butterfly b = butterfly(global_id(), n, done, 4);
  Complex v[4];
  for (std::size_t r = 0; r < 4; ++r) v[r] = in[b.item + r * b.stride] * twiddles[r * b.twiddle_stride];
  const Complex even_sum = v[0] + v[2];
  const Complex even_difference = v[0] - v[2];
  const Complex odd_sum = v[1] + v[3];
  const Complex odd_difference = (v[1] - v[3]).turned();
  const Complex results[4] = {even_sum + odd_sum, even_difference + odd_difference, even_sum - odd_sum,
                              even_difference - odd_difference};
  for (std::size_t r = 0; r < 4; ++r) out[b.place + r * done] = results[r];
}

}  // namespace library::signals
