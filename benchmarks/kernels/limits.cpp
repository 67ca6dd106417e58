#include "limits.hpp"

#include <cstddef>
#include <memory>

#include <omp.h>

#include <dotcompute/dotcompute.hpp>

#include "vectors.hpp"

namespace kernels {

namespace {

using benchmark::Way;
using vectors::lanes;
using vectors::load;
using vectors::Vector;

constexpr int rounds = 1 << 18;
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

struct Arrays {
  static constexpr std::size_t size = std::size_t{24} << 20;

  /// Pages that were never written are all the same page of zeros, which a cache holds.
  Arrays() {
    b.fill(1);
    c.fill(1);
  }

  dotcompute::UnifiedBuffer<float> a{size};
  dotcompute::UnifiedBuffer<float> b{size};
  dotcompute::UnifiedBuffer<float> c{size};
};

template <bool is_streamed>
void triad(float* a, const float* b, const float* c) {
#pragma omp parallel
  {
#pragma omp for schedule(static)
    for (std::size_t i = 0; i < Arrays::size; i += lanes<float>) {
      vectors::store<is_streamed>(a + i, load(b + i) + 0.4f * load(c + i));
    }
    vectors::finish_streams();
  }
}

/// Two operations again and again, in six chains each that do not wait for each other: variables of their own, so that
/// each has a register.
template <class V, class Step>
void run_chains(V first, V second, const Step& step) {
  V a0 = first, a1 = first, a2 = first, a3 = first, a4 = first, a5 = first;
  V b0 = second, b1 = second, b2 = second, b3 = second, b4 = second, b5 = second;
  const auto both = [&step](V& a, V& b) {
    step(a, b);
    keep(a);
    keep(b);
  };
  for (int round = 0; round < rounds; ++round) {
    both(a0, b0);
    both(a1, b1);
    both(a2, b2);
    both(a3, b3);
    both(a4, b4);
    both(a5, b5);
  }
}

void multiply_and_add() {
#pragma omp parallel
  run_chains(Vector<float>{} + 1.0f, Vector<float>{}, [](Vector<float>& product, Vector<float>& sum) {
    product = product * product;
    sum = sum + sum;
  });
}

#ifdef __AVX2__

void multiply_integers() {
#pragma omp parallel
  run_chains(_mm256_setzero_si256(), _mm256_setzero_si256(), [](__m256i& product, __m256i& sum) {
    product = _mm256_madd_epi16(product, product);
    sum = _mm256_add_epi32(sum, sum);
  });
}

#endif

}  // namespace

std::vector<Way> memory_limit(double bytes_per_unit) {
  const auto arrays = std::make_shared<Arrays>();
  const auto way = [&](const char* note, void (*run)(float*, const float*, const float*)) {
    const auto repeat = [arrays, run] {
      run(arrays->a.mutable_span().data(), arrays->b.span().data(), arrays->c.span().data());
    };
    return Way{"limit", note, repeat, {}, 3.0 * static_cast<double>(arrays->a.size_bytes()) / bytes_per_unit};
  };
  return {way("memory, non-temporal stores", triad<true>), way("memory, plain stores", triad<false>)};
}

std::vector<Way> float_limit() {
  const double operations = 2.0 * chains * lanes<float> * rounds * omp_get_max_threads();
  return {{"limit", "multiplications and additions", multiply_and_add, {}, operations / 1e9}};
}

std::vector<Way> int8_limit() {
#ifdef __AVX2__
  // Sixteen products and as many additions for each pair of instructions.
  const double operations = 32.0 * chains * rounds * omp_get_max_threads();
  return {{"limit", "pairs of 16-bit products", multiply_integers, {}, operations / 1e9}};
#else
  return {};
#endif
}

}  // namespace kernels
