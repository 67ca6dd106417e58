// Products of matrices, and what each body does to each.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

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

constexpr std::size_t tile_vectors = 2;
constexpr std::size_t tile_columns = tile_vectors * lanes<float>;
#ifdef __AVX512F__
constexpr std::size_t tile_rows = 12;
#else
constexpr std::size_t tile_rows = 6;
#endif

/// `rows` by `tile_columns` sums in registers, each in the order of k. `b` is `inner` rows of `tile_columns`.
template <std::size_t rows>
void multiply_tile(const float* a, const float* b, std::size_t inner, float* c, std::size_t columns) {
  Floats sums[rows][tile_vectors] = {};
  for (std::size_t k = 0; k < inner; ++k) {
    for (std::size_t v = 0; v < tile_vectors; ++v) {
      const Floats from_b = load(b + k * tile_columns + v * lanes<float>);
      for (std::size_t r = 0; r < rows; ++r) sums[r][v] += a[r * inner + k] * from_b;
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t v = 0; v < tile_vectors; ++v) store(c + r * columns + v * lanes<float>, sums[r][v]);
  }
}

}  // namespace

void multiply(std::span<const float> a, std::span<const float> b, std::uint32_t inner, std::span<float> c) {
  const std::size_t columns = b.size() / inner;
  const std::size_t rows = a.size() / inner;
  const std::size_t panel_size = std::size_t{inner} * tile_columns;
  const auto panels = std::make_unique_for_overwrite<float[]>(b.size());
  in_parts(columns / tile_columns, 1, [&](Part part) {
    const std::size_t left = part.first * tile_columns;
    float* const panel = &panels[part.first * panel_size];
    for (std::size_t k = 0; k < inner; ++k) {
      std::copy_n(&b[k * columns + left], tile_columns, panel + k * tile_columns);
    }
  });
  in_parts(rows, 8 * tile_rows, [&](Part part) {
    for (std::size_t left = 0; left < columns; left += tile_columns) {
      const float* const panel = &panels[left / tile_columns * panel_size];
      std::size_t row = part.first;
      for (; row + tile_rows <= part.last; row += tile_rows) {
        multiply_tile<tile_rows>(&a[row * inner], panel, inner, &c[row * columns + left], columns);
      }
      for (; row < part.last; ++row) multiply_tile<1>(&a[row * inner], panel, inner, &c[row * columns + left], columns);
    }
  });
}

namespace {

Floats square_root_of(Floats x) {
#if defined(__AVX512F__)
  return _mm512_sqrt_ps(x);
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(x);
#else
  for (std::size_t lane = 0; lane < lanes<float>; ++lane) x[lane] = std::sqrt(x[lane]);
  return x;
#endif
}

}  // namespace

namespace {

/// As many bodies as two vectors have lanes.
constexpr std::size_t together = 2;
constexpr std::size_t group_size = together * lanes<float>;

struct Three {
  Floats x[together];
  Floats y[together];
  Floats z[together];
};

Three places_of(std::span<const Body> bodies) {
  float x[group_size];
  float y[group_size];
  float z[group_size];
  for (std::size_t k = 0; k < group_size; ++k) {
    x[k] = bodies[k].x;
    y[k] = bodies[k].y;
    z[k] = bodies[k].z;
  }
  Three places;
  for (std::size_t v = 0; v < together; ++v) {
    places.x[v] = load(x + v * lanes<float>);
    places.y[v] = load(y + v * lanes<float>);
    places.z[v] = load(z + v * lanes<float>);
  }
  return places;
}

/// What all bodies do to those at `place`.
Three pull_of(std::span<const Body> bodies, const Three& place, float softening_squared) {
  Three sum{};
  for (const Body& other : bodies) {
    for (std::size_t v = 0; v < together; ++v) {
      const Floats x = other.x - place.x[v];
      const Floats y = other.y - place.y[v];
      const Floats z = other.z - place.z[v];
      const Floats squared = x * x + y * y + z * z + softening_squared;
      const Floats inverse = 1.0f / square_root_of(squared);
      const Floats pull = other.mass * inverse * inverse * inverse;
      sum.x[v] += x * pull;
      sum.y[v] += y * pull;
      sum.z[v] += z * pull;
    }
  }
  return sum;
}

}  // namespace

/// The number of bodies is a multiple of two vectors'.
void n_body(std::span<const Body> bodies, float softening, std::span<Acceleration> accelerations) {
  in_parts(bodies.size() / group_size, 4, [&](Part part) {
    for (std::size_t at = part.first * group_size; at < part.last * group_size; at += group_size) {
      const Three sum = pull_of(bodies, places_of(bodies.subspan(at, group_size)), softening * softening);
      for (std::size_t k = 0; k < group_size; ++k) {
        const std::size_t v = k / lanes<float>;
        const std::size_t lane = k % lanes<float>;
        accelerations[at + k] = {sum.x[v][lane], sum.y[v][lane], sum.z[v][lane]};
      }
    }
  });
}

#ifdef __AVX2__

namespace {

constexpr std::size_t int8_rows = 6;
constexpr std::size_t int8_columns = 16;

/// Two numbers of 16 bits that are multiplied together with two others, as one of 32.
std::int32_t pair_of(std::int32_t low, std::int32_t high) {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(low) & 0xFFFF) | static_cast<std::uint32_t>(high) << 16);
}

/// Sums of `rows` by 16: pairs of k at once.
template <std::size_t rows>
void multiply_int8_tile(const std::int32_t* a, const std::int32_t* b, std::size_t pairs,
                        std::int32_t (&sums)[int8_rows][int8_columns]) {
  __m256i total[rows][2];
  for (auto& row : total) row[0] = row[1] = _mm256_setzero_si256();
  for (std::size_t k = 0; k < pairs; ++k) {
    const __m256i left = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + k * int8_columns));
    const __m256i right = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + k * int8_columns + 8));
    for (std::size_t r = 0; r < rows; ++r) {
      const __m256i from_a = _mm256_set1_epi32(a[r * pairs + k]);
      total[r][0] = _mm256_add_epi32(total[r][0], _mm256_madd_epi16(from_a, left));
      total[r][1] = _mm256_add_epi32(total[r][1], _mm256_madd_epi16(from_a, right));
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(&sums[r][0]), total[r][0]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(&sums[r][8]), total[r][1]);
  }
}

void requantise(const Quantisation& by, const std::int32_t (&sums)[int8_columns], std::int8_t* out) {
  const __m256 zero = _mm256_set1_ps(static_cast<float>(by.zero_result));
  for (std::size_t k = 0; k < int8_columns; k += 8) {
    const __m256 sum = _mm256_cvtepi32_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(&sums[k])));
    const __m256 scaled =
        _mm256_add_ps(_mm256_round_ps(_mm256_mul_ps(sum, _mm256_set1_ps(by.scale)), _MM_FROUND_CUR_DIRECTION), zero);
    const __m256 inside = _mm256_min_ps(_mm256_max_ps(scaled, _mm256_set1_ps(-128.0f)), _mm256_set1_ps(127.0f));
    const __m256i whole = _mm256_cvttps_epi32(inside);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out + k), _mm_packs_epi16(words, words));
  }
}

}  // namespace

/// `inner` is even, and the columns are a multiple of 16.
void multiply_int8(Quantisation quantisation, std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                   std::uint32_t inner, std::span<std::int8_t> c) {
  const std::size_t columns = b.size() / inner;
  const std::size_t rows = a.size() / inner;
  const std::size_t pairs = inner / 2;
  const auto pairs_a = std::make_unique_for_overwrite<std::int32_t[]>(rows * pairs);
  const auto pairs_b = std::make_unique_for_overwrite<std::int32_t[]>(columns * pairs);
  in_parts(rows, 32, [&](Part part) {
    for (std::size_t at = part.first * pairs; at < part.last * pairs; ++at) {
      pairs_a[at] = pair_of(a[2 * at] - quantisation.zero_a, a[2 * at + 1] - quantisation.zero_a);
    }
  });
  in_parts(columns / int8_columns, 1, [&](Part part) {
    for (std::size_t k = 0; k < pairs; ++k) {
      for (std::size_t x = 0; x < int8_columns; ++x) {
        const std::size_t from = 2 * k * columns + part.first * int8_columns + x;
        pairs_b[(part.first * pairs + k) * int8_columns + x] =
            pair_of(b[from] - quantisation.zero_b, b[from + columns] - quantisation.zero_b);
      }
    }
  });
  in_parts(rows, 8 * int8_rows, [&](Part part) {
    for (std::size_t left = 0; left < columns; left += int8_columns) {
      const std::int32_t* const panel = &pairs_b[left * pairs];
      for (std::size_t row = part.first; row < part.last; row += int8_rows) {
        const std::size_t count = std::min(int8_rows, part.last - row);
        std::int32_t sums[int8_rows][int8_columns];
        if (count == int8_rows) {
          multiply_int8_tile<int8_rows>(&pairs_a[row * pairs], panel, pairs, sums);
        } else {
          for (std::size_t r = 0; r < count; ++r) {
            std::int32_t one[int8_rows][int8_columns];
            multiply_int8_tile<1>(&pairs_a[(row + r) * pairs], panel, pairs, one);
            std::copy_n(one[0], int8_columns, sums[r]);
          }
        }
        for (std::size_t r = 0; r < count; ++r) {
          requantise(quantisation, sums[r], &c[(row + r) * columns + left]);
        }
      }
    }
  });
}

#endif

}  // namespace kernels::BY_HAND
