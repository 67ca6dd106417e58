#include "limits.hpp"

#include <cstddef>
#include <cstdint>

#include <omp.h>

#include <dotcompute/dotcompute.hpp>

#include "measure.hpp"
#include "vectors.hpp"

namespace kernels {

namespace {

using benchmark::Limit;
using vectors::lanes;
using vectors::load;
using vectors::Vector;

constexpr int tries = 7;
constexpr int rounds = 1 << 20;
constexpr int chains = 6;

/// So that the compiler keeps the operation, and the value in its register.
template <class V>
void keep(V& value) {
#ifdef __x86_64__
  asm volatile("" : "+x"(value));
#else
  asm volatile("" : "+w"(value));
#endif
}

template <bool is_streamed>
double triad_ns(dotcompute::UnifiedBuffer<float>& a, const float* b, const float* c) {
  float* const to = a.mutable_span().data();
  const std::size_t size = a.size();
  return benchmark::quickest_ns(
      [=] {
#pragma omp parallel
        {
#pragma omp for schedule(static)
          for (std::size_t i = 0; i < size; i += lanes<float>) {
            vectors::store<is_streamed>(to + i, load(b + i) + 0.4f * load(c + i));
          }
          vectors::finish_streams();
        }
      },
      tries);
}

Limit memory_limit() {
  constexpr std::size_t size = std::size_t{32} << 20;
  dotcompute::UnifiedBuffer<float> a(size);
  dotcompute::UnifiedBuffer<float> b(size);
  dotcompute::UnifiedBuffer<float> c(size);
  b.fill(1);
  c.fill(1);
  const double streamed_ns = triad_ns<true>(a, b.span().data(), c.span().data());
  const double plain_ns = triad_ns<false>(a, b.span().data(), c.span().data());
  constexpr double bytes = 3.0 * size * sizeof(float);
  return streamed_ns < plain_ns ? Limit{bytes / streamed_ns, "memory, non-temporal stores"}
                                : Limit{bytes / plain_ns, "memory"};
}

/// As many multiplications as additions, in chains that do not wait for each other.
void multiply_and_add() {
#pragma omp parallel
  {
    Vector<float> products[chains];
    Vector<float> sums[chains];
    for (int k = 0; k < chains; ++k) {
      products[k] = Vector<float>{} + 1.0f;
      sums[k] = Vector<float>{};
    }
    for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 6
      for (int k = 0; k < chains; ++k) {
        products[k] = products[k] * products[k];
        sums[k] = sums[k] + sums[k];
        keep(products[k]);
        keep(sums[k]);
      }
    }
  }
}

Limit float_limit() {
  const double time_ns = benchmark::quickest_ns(multiply_and_add, tries);
  const double operations = 2.0 * chains * lanes<float> * rounds * omp_get_max_threads();
  return {operations / time_ns, "multiplications and additions"};
}

#ifdef __AVX2__

void multiply_integers() {
#pragma omp parallel
  {
    __m256i products[chains];
    __m256i sums[chains];
    for (int k = 0; k < chains; ++k) products[k] = sums[k] = _mm256_setzero_si256();
    for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 6
      for (int k = 0; k < chains; ++k) {
        products[k] = _mm256_madd_epi16(products[k], products[k]);
        sums[k] = _mm256_add_epi32(sums[k], sums[k]);
        keep(products[k]);
        keep(sums[k]);
      }
    }
  }
}

/// Sixteen products and as many additions for each pair of instructions.
Limit int8_limit() {
  const double time_ns = benchmark::quickest_ns(multiply_integers, tries);
  const double operations = 32.0 * chains * rounds * omp_get_max_threads();
  return {operations / time_ns, "pairs of 16-bit products"};
}

#else

Limit int8_limit() { return {}; }

#endif

}  // namespace

Limits measure_limits() { return {memory_limit(), float_limit(), int8_limit()}; }

}  // namespace kernels
