// Arrays in one dimension.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#ifdef __AVX2__
#include <sleef.h>
#endif

#include "by_hand.hpp"
#include "parts.hpp"
#include "vectors.hpp"

namespace kernels::BY_HAND {

using vectors::lanes;
using vectors::load;
using vectors::store;
using vectors::Vector;

namespace {

/// A multiple of every vector's lanes: 256 KiB of floats.
constexpr std::size_t step = std::size_t{1} << 16;

}  // namespace

template <bool is_streamed>
void vector_add(std::span<const float> a, std::span<const float> b, std::span<float> c) {
  in_parts(c.size(), step, [&](Part part) {
    std::size_t i = part.first;
    for (; i + lanes<float> <= part.last; i += lanes<float>) {
      store<is_streamed>(&c[i], load(&a[i]) + load(&b[i]));
    }
    for (; i < part.last; ++i) c[i] = a[i] + b[i];
    if constexpr (is_streamed) vectors::finish_streams();
  });
}
template void vector_add<false>(std::span<const float>, std::span<const float>, std::span<float>);
template void vector_add<true>(std::span<const float>, std::span<const float>, std::span<float>);

void saxpy(float a, std::span<const float> x, std::span<float> y) {
  in_parts(y.size(), step, [&](Part part) {
    std::size_t i = part.first;
    for (; i + lanes<float> <= part.last; i += lanes<float>) store(&y[i], a * load(&x[i]) + load(&y[i]));
    for (; i < part.last; ++i) y[i] = a * x[i] + y[i];
  });
}

float sum(std::span<const float> in) {
  constexpr std::size_t chains = 8;
  std::vector<float> sums((in.size() + step - 1) / step);
  in_parts(in.size(), step, [&](Part part) {
    Vector<float> chain[chains] = {};
    std::size_t i = part.first;
    for (; i + chains * lanes<float> <= part.last; i += chains * lanes<float>) {
      for (std::size_t k = 0; k < chains; ++k) chain[k] += load(&in[i + k * lanes<float>]);
    }
    for (std::size_t k = 1; k < chains; ++k) chain[0] += chain[k];
    float total = 0;
    for (std::size_t lane = 0; lane < lanes<float>; ++lane) total += chain[0][lane];
    for (; i < part.last; ++i) total += in[i];
    sums[part.first / step] = total;
  });
  float total = 0;
  for (const float each : sums) total += each;
  return total;
}

/// The sum of a row is made as an item makes it, one element after the other; the processor begins with the next rows
/// meanwhile.
void csr_multiply(std::span<const std::uint32_t> row_begin, std::span<const std::uint32_t> columns,
                  std::span<const double> values, std::span<const double> x, std::span<double> y) {
  in_parts(y.size(), 2048, [&](Part part) {
    for (std::size_t row = part.first; row < part.last; ++row) {
      double sum = 0;
      for (std::size_t k = row_begin[row]; k < row_begin[row + 1]; ++k) sum += values[k] * x[columns[k]];
      y[row] = sum;
    }
  });
}

/// Equal values that follow each other would wait for the same counter: neighbours count in tables of their own.
void histogram(std::span<const std::uint8_t> in, std::span<std::uint32_t> counts) {
  constexpr std::size_t part_size = std::size_t{1} << 20;
  constexpr std::size_t tables = 8;
  struct Counts {
    std::uint32_t of[256];
  };
  std::vector<Counts> all((in.size() + part_size - 1) / part_size);
  in_parts(in.size(), part_size, [&](Part part) {
    std::uint32_t mine[tables][256] = {};
    std::size_t i = part.first;
    for (; i + tables <= part.last; i += tables) {
      std::uint64_t values;
      std::memcpy(&values, &in[i], sizeof values);
      for (std::size_t k = 0; k < tables; ++k) ++mine[k][values >> (8 * k) & 0xFF];
    }
    for (; i < part.last; ++i) ++mine[0][in[i]];
    Counts& result = all[part.first / part_size];
    for (std::size_t value = 0; value < 256; ++value) {
      result.of[value] = 0;
      for (std::size_t k = 0; k < tables; ++k) result.of[value] += mine[k][value];
    }
  });
  std::fill(counts.begin(), counts.end(), 0u);
  for (const Counts& each : all) {
    for (std::size_t value = 0; value < 256; ++value) counts[value] += each.of[value];
  }
}

/// One table for each part, as a group of the kernel has.
void histogram_of_groups(std::span<const std::uint8_t> in, std::span<std::uint32_t> counts) {
  constexpr std::size_t part_size = std::size_t{1} << 18;
  struct Counts {
    std::uint32_t of[256];
  };
  std::vector<Counts> all((in.size() + part_size - 1) / part_size);
  in_parts(in.size(), part_size, [&](Part part) {
    Counts& mine = all[part.first / part_size];
    for (std::size_t i = part.first; i < part.last; ++i) ++mine.of[in[i]];
  });
  std::fill(counts.begin(), counts.end(), 0u);
  for (const Counts& each : all) {
    for (std::size_t value = 0; value < 256; ++value) counts[value] += each.of[value];
  }
}

namespace {

constexpr std::size_t tree_size = 512;

/// Blelloch's tree, as a group of the kernel goes up and down it.
void scan_tree(std::uint32_t* tree) {
  std::size_t step = 1;
  for (std::size_t active = tree_size / 2; active > 0; active /= 2) {
    for (std::size_t i = 0; i < active; ++i) tree[step * (2 * i + 2) - 1] += tree[step * (2 * i + 1) - 1];
    step *= 2;
  }
  tree[tree_size - 1] = 0;
  for (std::size_t active = 1; active < tree_size; active *= 2) {
    step /= 2;
    for (std::size_t i = 0; i < active; ++i) {
      const std::uint32_t left = tree[step * (2 * i + 1) - 1];
      tree[step * (2 * i + 1) - 1] = tree[step * (2 * i + 2) - 1];
      tree[step * (2 * i + 2) - 1] += left;
    }
  }
}

}  // namespace

void scan_by_trees(std::span<const std::uint32_t> in, std::span<std::uint32_t> out) {
  std::vector<std::uint32_t> before((in.size() + tree_size - 1) / tree_size);
  in_parts(in.size(), step, [&](Part part) {
    for (std::size_t first = part.first; first < part.last; first += tree_size) {
      std::uint32_t sum = 0;
      for (std::size_t i = 0; i < tree_size; ++i) sum += in[first + i];
      before[first / tree_size] = sum;
    }
  });
  std::exclusive_scan(before.begin(), before.end(), before.begin(), 0u);
  in_parts(in.size(), step, [&](Part part) {
    alignas(64) std::uint32_t tree[tree_size];
    for (std::size_t first = part.first; first < part.last; first += tree_size) {
      for (std::size_t i = 0; i < tree_size; ++i) tree[i] = in[first + i];
      scan_tree(tree);
      const std::uint32_t offset = before[first / tree_size];
      for (std::size_t i = 0; i < tree_size; ++i) out[first + i] = tree[i] + offset;
    }
  });
}

#ifdef __AVX2__

// Of glibc's library of vector functions, within 4 ulp: for what is compared with kernels of fast math.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
#ifdef __AVX512F__
__m512 _ZGVeN16v_erff(__m512);
__m512 _ZGVeN16v_expf(__m512);
__m512 _ZGVeN16v_logf(__m512);
#else
__m256 _ZGVdN8v_erff(__m256);
__m256 _ZGVdN8v_expf(__m256);
__m256 _ZGVdN8v_logf(__m256);
#endif
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

#ifdef __AVX512F__
Vector<float> square_root_of(Vector<float> x) { return _mm512_sqrt_ps(x); }

/// Within 1 ulp, as the kernels' own functions are and those of libmvec are not.
struct Sleef {
  static Vector<float> erf(Vector<float> x) { return Sleef_finz_erff16_u10avx512f(x); }
  static Vector<float> exp(Vector<float> x) { return Sleef_finz_expf16_u10avx512f(x); }
  static Vector<float> log(Vector<float> x) { return Sleef_finz_logf16_u10avx512f(x); }
};

struct Libmvec {
  static Vector<float> erf(Vector<float> x) { return _ZGVeN16v_erff(x); }
  static Vector<float> exp(Vector<float> x) { return _ZGVeN16v_expf(x); }
  static Vector<float> log(Vector<float> x) { return _ZGVeN16v_logf(x); }
};
#else
Vector<float> square_root_of(Vector<float> x) { return _mm256_sqrt_ps(x); }

/// Within 1 ulp, as the kernels' own functions are and those of libmvec are not.
struct Sleef {
  static Vector<float> erf(Vector<float> x) { return Sleef_finz_erff8_u10avx2(x); }
  static Vector<float> exp(Vector<float> x) { return Sleef_finz_expf8_u10avx2(x); }
  static Vector<float> log(Vector<float> x) { return Sleef_finz_logf8_u10avx2(x); }
};

struct Libmvec {
  static Vector<float> erf(Vector<float> x) { return _ZGVdN8v_erff(x); }
  static Vector<float> exp(Vector<float> x) { return _ZGVdN8v_expf(x); }
  static Vector<float> log(Vector<float> x) { return _ZGVdN8v_logf(x); }
};
#endif

struct Prices {
  Vector<float> call;
  Vector<float> put;
};

template <class Functions>
Vector<float> normal_cdf(Vector<float> x) {
  return 0.5f + 0.5f * Functions::erf(x * 0.70710678f);
}

template <class Functions>
Prices price(float rate, float volatility, Vector<float> spot, Vector<float> strike, Vector<float> years) {
  const Vector<float> deviation = volatility * square_root_of(years);
  const Vector<float> d1 =
      (Functions::log(spot / strike) + (rate + 0.5f * volatility * volatility) * years) / deviation;
  const Vector<float> d2 = d1 - deviation;
  const Vector<float> discounted = strike * Functions::exp(-rate * years);
  const Vector<float> call = spot * normal_cdf<Functions>(d1) - discounted * normal_cdf<Functions>(d2);
  return {call, call + discounted - spot};
}

template <class Functions>
void price_all(float rate, float volatility, std::span<const float> spot, std::span<const float> strike,
               std::span<const float> years, std::span<float> call, std::span<float> put) {
  in_parts(call.size(), 4096, [&](Part part) {
    for (std::size_t i = part.first; i < part.last; i += lanes<float>) {
      const Prices prices = price<Functions>(rate, volatility, load(&spot[i]), load(&strike[i]), load(&years[i]));
      store(&call[i], prices.call);
      store(&put[i], prices.put);
    }
  });
}

/// The sums of the elements before each one, and then of all of them in each lane of `all`.
struct Scanned {
  __m256i before;
  __m256i all;
};
Scanned scan_vector(__m256i values) {
  __m256i sums = _mm256_add_epi32(values, _mm256_slli_si256(values, 4));
  sums = _mm256_add_epi32(sums, _mm256_slli_si256(sums, 8));
  // The upper half gets the sum of the lower one.
  const __m256i lower = _mm256_permute2x128_si256(sums, sums, 0x08);
  sums = _mm256_add_epi32(sums, _mm256_shuffle_epi32(lower, 0xFF));
  const __m256i all = _mm256_permutevar8x32_epi32(sums, _mm256_set1_epi32(7));
  return {_mm256_sub_epi32(sums, values), all};
}

}  // namespace

void black_scholes(float rate, float volatility, std::span<const float> spot, std::span<const float> strike,
                   std::span<const float> years, std::span<float> call, std::span<float> put) {
  price_all<Sleef>(rate, volatility, spot, strike, years, call, put);
}

void fast_black_scholes(float rate, float volatility, std::span<const float> spot, std::span<const float> strike,
                        std::span<const float> years, std::span<float> call, std::span<float> put) {
  price_all<Libmvec>(rate, volatility, spot, strike, years, call, put);
}

/// The sum of each part, then each part again with the sum of those before it.
template <bool is_streamed>
void exclusive_scan(std::span<const std::uint32_t> in, std::span<std::uint32_t> out) {
  constexpr std::size_t width = 8;
  std::vector<std::uint32_t> before((in.size() + step - 1) / step);
  in_parts(in.size(), step, [&](Part part) {
    std::uint32_t sum = 0;
    for (std::size_t i = part.first; i < part.last; ++i) sum += in[i];
    before[part.first / step] = sum;
  });
  std::uint32_t sum = 0;
  for (std::uint32_t& each : before) {
    const std::uint32_t mine = each;
    each = sum;
    sum += mine;
  }
  in_parts(in.size(), step, [&](Part part) {
    __m256i offset = _mm256_set1_epi32(static_cast<int>(before[part.first / step]));
    for (std::size_t i = part.first; i < part.last; i += width) {
      const Scanned scanned = scan_vector(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(&in[i])));
      const __m256i result = _mm256_add_epi32(offset, scanned.before);
      if constexpr (is_streamed) {
        _mm256_stream_si256(reinterpret_cast<__m256i*>(&out[i]), result);
      } else {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(&out[i]), result);
      }
      offset = _mm256_add_epi32(offset, scanned.all);
    }
    if constexpr (is_streamed) vectors::finish_streams();
  });
}
template void exclusive_scan<false>(std::span<const std::uint32_t>, std::span<std::uint32_t>);
template void exclusive_scan<true>(std::span<const std::uint32_t>, std::span<std::uint32_t>);

#endif

}  // namespace kernels::BY_HAND
