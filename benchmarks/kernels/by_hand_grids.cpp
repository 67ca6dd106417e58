// Pictures and grids.
#include <algorithm>
#include <cstdlib>

#include "by_hand.hpp"
#include "parts.hpp"
#include "vectors.hpp"

namespace kernels::BY_HAND {

using vectors::lanes;
using vectors::load;
using vectors::store;
using vectors::Vector;

namespace {

using Floats = Vector<float>;
using Integers = Vector<std::int32_t>;

bool is_any_set(Integers mask) {
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask(reinterpret_cast<__m512i>(mask), reinterpret_cast<__m512i>(mask)) != 0;
#elif defined(__AVX2__)
  return _mm256_movemask_ps(reinterpret_cast<__m256>(mask)) != 0;
#else
  std::int32_t any = 0;
  for (std::size_t lane = 0; lane < lanes<float>; ++lane) any |= mask[lane];
  return any != 0;
#endif
}

/// Neighbouring pixels: several vectors, so that one's operations go on while another's are under way.
template <std::size_t vector_count>
void mandelbrot_pixels(const Floats (&x)[vector_count], float y, std::uint32_t limit,
                       Integers (&counts)[vector_count]) {
  Floats real[vector_count] = {};
  Floats imaginary[vector_count] = {};
  Integers is_active[vector_count];
  for (std::size_t v = 0; v < vector_count; ++v) {
    counts[v] = Integers{};
    is_active[v] = Integers{} - 1;
  }
  for (std::uint32_t step = 0; step < limit; ++step) {
    Integers any{};
    for (std::size_t v = 0; v < vector_count; ++v) {
      const Floats real_squared = real[v] * real[v];
      const Floats imaginary_squared = imaginary[v] * imaginary[v];
      is_active[v] &= real_squared + imaginary_squared <= 4.0f;
      counts[v] -= is_active[v];
      any |= is_active[v];
      const Floats next = real_squared - imaginary_squared + x[v];
      imaginary[v] = 2.0f * real[v] * imaginary[v] + y;
      real[v] = next;
    }
    if (!is_any_set(any)) return;
  }
}

}  // namespace

void mandelbrot(float left, float top, float pixel, std::uint32_t width, std::uint32_t limit,
                std::span<std::uint32_t> steps) {
  constexpr std::size_t vector_count = 32 / lanes<float>;
  in_parts(steps.size() / width, 2, [&](Part rows) {
    for (std::size_t row = rows.first; row < rows.last; ++row) {
      const float y = top - static_cast<float>(row) * pixel;
      for (std::size_t column = 0; column < width; column += 32) {
        Floats x[vector_count];
        for (std::size_t k = 0; k < 32; ++k) {
          x[k / lanes<float>][k % lanes<float>] = left + static_cast<float>(column + k) * pixel;
        }
        Integers counts[vector_count];
        mandelbrot_pixels(x, y, limit, counts);
        for (std::size_t v = 0; v < vector_count; ++v) {
          store(&steps[row * width + column + v * lanes<float>], reinterpret_cast<Vector<std::uint32_t>>(counts[v]));
        }
      }
    }
  });
}

namespace {

/// Elements 1 to `width - 2` of a row: scalars where a vector would touch the border, vectors where they are aligned.
template <bool is_streamed, class Scalar, class Vectors>
void inside_of_row(float* out, std::size_t width, const Scalar& scalar, const Vectors& vector) {
  constexpr std::size_t n = lanes<float>;
  for (std::size_t x = 1; x < n; ++x) out[x] = scalar(x);
  for (std::size_t x = n; x + n < width; x += n) store<is_streamed>(out + x, vector(x));
  for (std::size_t x = width - n; x + 1 < width; ++x) out[x] = scalar(x);
}

}  // namespace

template <bool is_streamed>
void stencil(std::span<const float> in, std::uint32_t width, float centre, float side, std::span<float> out) {
  const std::size_t height = in.size() / width;
  in_parts(height, 16, [&](Part rows) {
    for (std::size_t y = rows.first; y < rows.last; ++y) {
      const float* const row = &in[y * width];
      float* const result = &out[y * width];
      if (y == 0 || y + 1 == height) {
        std::copy(row, row + width, result);
        continue;
      }
      result[0] = row[0];
      result[width - 1] = row[width - 1];
      const float* const above = row - width;
      const float* const below = row + width;
      inside_of_row<is_streamed>(
          result, width,
          [&](std::size_t x) { return centre * row[x] + side * (row[x - 1] + row[x + 1] + above[x] + below[x]); },
          [&](std::size_t x) {
            return centre * load(row + x) +
                   side * (load(row + x - 1) + load(row + x + 1) + load(above + x) + load(below + x));
          });
    }
    if constexpr (is_streamed) vectors::finish_streams();
  });
}
template void stencil<false>(std::span<const float>, std::uint32_t, float, float, std::span<float>);
template void stencil<true>(std::span<const float>, std::uint32_t, float, float, std::span<float>);

template <bool is_streamed>
void heat_step(std::span<const float> in, std::uint32_t width, std::uint32_t height, float diffusivity,
               std::span<float> out) {
  const std::size_t plane = std::size_t{width} * height;
  const std::size_t depth = in.size() / plane;
  in_parts(depth * height, 64, [&](Part rows) {
    for (std::size_t at = rows.first; at < rows.last; ++at) {
      const std::size_t y = at % height;
      const std::size_t z = at / height;
      const float* const row = &in[at * width];
      float* const result = &out[at * width];
      if (y == 0 || z == 0 || y + 1 == height || z + 1 == depth) {
        std::copy(row, row + width, result);
        continue;
      }
      result[0] = row[0];
      result[width - 1] = row[width - 1];
      const auto step = [=](const auto& get) {
        return get(row) + diffusivity * (get(row - 1) + get(row + 1) + get(row - width) + get(row + width) +
                                         get(row - plane) + get(row + plane) - 6.0f * get(row));
      };
      inside_of_row<is_streamed>(
          result, width, [&](std::size_t x) { return step([x](const float* from) { return from[x]; }); },
          [&](std::size_t x) { return step([x](const float* from) { return load(from + x); }); });
    }
    if constexpr (is_streamed) vectors::finish_streams();
  });
}
template void heat_step<false>(std::span<const float>, std::uint32_t, std::uint32_t, float, std::span<float>);
template void heat_step<true>(std::span<const float>, std::uint32_t, std::uint32_t, float, std::span<float>);

#ifdef __AVX2__

namespace {

/// Seven rows of a picture, and the tables.
struct Window {
  const std::uint8_t* rows[7];
  const float* near;
  const float* alike;
};

/// Beyond the border is the border.
std::uint8_t smooth_pixel(const Window& window, std::ptrdiff_t x, std::ptrdiff_t last_x) {
  const int here = window.rows[3][x];
  float sum = 0;
  float weights = 0;
  for (std::ptrdiff_t row = 0; row < 7; ++row) {
    for (std::ptrdiff_t column = 0; column < 7; ++column) {
      const int value = window.rows[row][std::clamp<std::ptrdiff_t>(x + column - 3, 0, last_x)];
      const float weight = window.near[row * 7 + column] * window.alike[std::abs(value - here)];
      sum += weight * static_cast<float>(value);
      weights += weight;
    }
  }
  return static_cast<std::uint8_t>(sum / weights + 0.5f);
}

__m256i eight_pixels(const std::uint8_t* from) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
}

void smooth_eight_pixels(const Window& window, std::size_t x, std::uint8_t* out) {
  const __m256i here = eight_pixels(window.rows[3] + x);
  __m256 sum = _mm256_setzero_ps();
  __m256 weights = _mm256_setzero_ps();
  for (std::size_t row = 0; row < 7; ++row) {
    for (std::size_t column = 0; column < 7; ++column) {
      const __m256i values = eight_pixels(window.rows[row] + x + column - 3);
      const __m256i differences = _mm256_abs_epi32(_mm256_sub_epi32(values, here));
      const __m256 weight = _mm256_mul_ps(_mm256_set1_ps(window.near[row * 7 + column]),
                                          _mm256_i32gather_ps(window.alike, differences, 4));
      sum = _mm256_add_ps(sum, _mm256_mul_ps(weight, _mm256_cvtepi32_ps(values)));
      weights = _mm256_add_ps(weights, weight);
    }
  }
  const __m256i means = _mm256_cvttps_epi32(_mm256_add_ps(_mm256_div_ps(sum, weights), _mm256_set1_ps(0.5f)));
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(means), _mm256_extracti128_si256(means, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(words, words));
}

}  // namespace

void bilateral(std::span<const std::uint8_t> in, std::uint32_t width, std::span<const float> near,
               std::span<const float> alike, std::span<std::uint8_t> out) {
  const std::size_t height = in.size() / width;
  const auto last_x = static_cast<std::ptrdiff_t>(width) - 1;
  in_parts(height, 8, [&](Part rows) {
    for (std::size_t y = rows.first; y < rows.last; ++y) {
      Window window{{}, near.data(), alike.data()};
      for (std::size_t k = 0; k < 7; ++k) {
        // Shifted by three, so that what lies before the border becomes the border.
        window.rows[k] = &in[(std::clamp<std::size_t>(y + k, 3, height + 2) - 3) * width];
      }
      std::uint8_t* const result = &out[y * width];
      for (std::ptrdiff_t x = 0; x < 8; ++x) result[x] = smooth_pixel(window, x, last_x);
      std::size_t x = 8;
      for (; x + 11 < width; x += 8) smooth_eight_pixels(window, x, result + x);
      for (; x < width; ++x) result[x] = smooth_pixel(window, static_cast<std::ptrdiff_t>(x), last_x);
    }
  });
}

namespace {

template <bool is_streamed>
void store_eight(float* to, __m256 value) {
  if constexpr (is_streamed) {
    _mm256_stream_ps(to, value);
  } else {
    _mm256_storeu_ps(to, value);
  }
}

/// Eight rows of eight become columns.
template <bool is_streamed>
void transpose_square(const float* in, std::size_t in_pitch, float* out, std::size_t out_pitch) {
  __m256 row[8];
  __m256 pairs[8];
  __m256 fours[8];
  for (std::size_t k = 0; k < 8; ++k) row[k] = _mm256_loadu_ps(in + k * in_pitch);
  for (std::size_t k = 0; k < 8; k += 2) {
    pairs[k] = _mm256_unpacklo_ps(row[k], row[k + 1]);
    pairs[k + 1] = _mm256_unpackhi_ps(row[k], row[k + 1]);
  }
  for (std::size_t k = 0; k < 8; k += 4) {
    for (std::size_t half = 0; half < 2; ++half) {
      fours[k + 2 * half] = _mm256_shuffle_ps(pairs[k + half], pairs[k + half + 2], 0x44);
      fours[k + 2 * half + 1] = _mm256_shuffle_ps(pairs[k + half], pairs[k + half + 2], 0xEE);
    }
  }
  for (std::size_t k = 0; k < 4; ++k) {
    store_eight<is_streamed>(out + k * out_pitch, _mm256_permute2f128_ps(fours[k], fours[k + 4], 0x20));
    store_eight<is_streamed>(out + (k + 4) * out_pitch, _mm256_permute2f128_ps(fours[k], fours[k + 4], 0x31));
  }
}

}  // namespace

/// Both sides are multiples of 32.
template <bool is_streamed>
void transpose(std::span<const float> in, std::uint32_t width, std::span<float> out) {
  constexpr std::size_t tile = 32;
  const std::size_t height = in.size() / width;
  in_parts(width, tile, [&](Part columns) {
    for (std::size_t top = 0; top < height; top += tile) {
      for (std::size_t x = columns.first; x < columns.last; x += 8) {
        for (std::size_t y = top; y < top + tile; y += 8) {
          transpose_square<is_streamed>(&in[y * width + x], width, &out[x * height + y], height);
        }
      }
    }
    if constexpr (is_streamed) vectors::finish_streams();
  });
}
template void transpose<false>(std::span<const float>, std::uint32_t, std::span<float>);
template void transpose<true>(std::span<const float>, std::uint32_t, std::span<float>);

#endif

}  // namespace kernels::BY_HAND
