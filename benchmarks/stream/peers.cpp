#include "peers.hpp"

#include <functional>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include "vectors.hpp"

namespace stream {

namespace {

template <class T>
struct OpenMp {
  static void copy(const Arrays<T>& of) {
    const T* const a = of.a;
    T* const c = of.c;
#pragma omp parallel for simd
    for (std::size_t i = 0; i < of.size; ++i) c[i] = a[i];
  }
  static void mul(const Arrays<T>& of, T scalar) {
    T* const b = of.b;
    const T* const c = of.c;
#pragma omp parallel for simd
    for (std::size_t i = 0; i < of.size; ++i) b[i] = scalar * c[i];
  }
  static void add(const Arrays<T>& of) {
    const T* const a = of.a;
    const T* const b = of.b;
    T* const c = of.c;
#pragma omp parallel for simd
    for (std::size_t i = 0; i < of.size; ++i) c[i] = a[i] + b[i];
  }
  static void triad(const Arrays<T>& of, T scalar) {
    T* const a = of.a;
    const T* const b = of.b;
    const T* const c = of.c;
#pragma omp parallel for simd
    for (std::size_t i = 0; i < of.size; ++i) a[i] = b[i] + scalar * c[i];
  }
  static T dot(const Arrays<T>& of) {
    const T* const a = of.a;
    const T* const b = of.b;
    T sum = 0;
#pragma omp parallel for simd reduction(+ : sum)
    for (std::size_t i = 0; i < of.size; ++i) sum += a[i] * b[i];
    return sum;
  }
};

/// A function of its own: within oneTBB's own, g++ 12 makes no vectors of it.
template <class T>
[[gnu::noinline]] T sum_of_products(const T* a, const T* b, std::size_t size) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

template <class T>
struct OneTbb {
  using Range = tbb::blocked_range<std::size_t>;

  static void copy(const Arrays<T>& of) {
    tbb::parallel_for(Range(0, of.size), [a = of.a, c = of.c](const Range& range) {
#pragma omp simd
      for (std::size_t i = range.begin(); i < range.end(); ++i) c[i] = a[i];
    });
  }
  static void mul(const Arrays<T>& of, T scalar) {
    tbb::parallel_for(Range(0, of.size), [b = of.b, c = of.c, scalar](const Range& range) {
#pragma omp simd
      for (std::size_t i = range.begin(); i < range.end(); ++i) b[i] = scalar * c[i];
    });
  }
  static void add(const Arrays<T>& of) {
    tbb::parallel_for(Range(0, of.size), [a = of.a, b = of.b, c = of.c](const Range& range) {
#pragma omp simd
      for (std::size_t i = range.begin(); i < range.end(); ++i) c[i] = a[i] + b[i];
    });
  }
  static void triad(const Arrays<T>& of, T scalar) {
    tbb::parallel_for(Range(0, of.size), [a = of.a, b = of.b, c = of.c, scalar](const Range& range) {
#pragma omp simd
      for (std::size_t i = range.begin(); i < range.end(); ++i) a[i] = b[i] + scalar * c[i];
    });
  }
  static T dot(const Arrays<T>& of) {
    const auto sum_of = [a = of.a, b = of.b](const Range& range, T before) {
      return before + sum_of_products(a + range.begin(), b + range.begin(), range.size());
    };
    return tbb::parallel_reduce(Range(0, of.size), T(0), sum_of, std::plus<T>());
  }
};

/// Every vector of the arrays, by `store` from what `value` gives.
template <class T, bool is_streamed, class Value>
void store_all(T* to, std::size_t size, const Value& value) {
#pragma omp parallel
  {
#pragma omp for schedule(static)
    for (std::size_t i = 0; i < size; i += vectors::lanes<T>) vectors::store<is_streamed>(to + i, value(i));
    if constexpr (is_streamed) vectors::finish_streams();
  }
}

template <class T, bool is_streamed>
struct ByHand {
  static void copy(const Arrays<T>& of) {
    store_all<T, is_streamed>(of.c, of.size, [a = of.a](std::size_t i) { return vectors::load(a + i); });
  }
  static void mul(const Arrays<T>& of, T scalar) {
    store_all<T, is_streamed>(of.b, of.size,
                              [c = of.c, scalar](std::size_t i) { return scalar * vectors::load(c + i); });
  }
  static void add(const Arrays<T>& of) {
    store_all<T, is_streamed>(
        of.c, of.size, [a = of.a, b = of.b](std::size_t i) { return vectors::load(a + i) + vectors::load(b + i); });
  }
  static void triad(const Arrays<T>& of, T scalar) {
    store_all<T, is_streamed>(of.a, of.size, [b = of.b, c = of.c, scalar](std::size_t i) {
      return vectors::load(b + i) + scalar * vectors::load(c + i);
    });
  }
  static T dot(const Arrays<T>& of) {
    constexpr std::size_t lanes = vectors::lanes<T>;
    const T* const a = of.a;
    const T* const b = of.b;
    T sum = 0;
#pragma omp parallel reduction(+ : sum)
    {
      vectors::Vector<T> sums[4] = {};
#pragma omp for schedule(static)
      for (std::size_t i = 0; i < of.size; i += 4 * lanes) {
        for (std::size_t k = 0; k < 4; ++k) {
          sums[k] += vectors::load(a + i + k * lanes) * vectors::load(b + i + k * lanes);
        }
      }
      const vectors::Vector<T> all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
      for (std::size_t lane = 0; lane < lanes; ++lane) sum += all[lane];
    }
    return sum;
  }
};

template <class T, class Functions>
constexpr Peer<T> peer(const char* subject, const char* note) {
  return {subject, note, Functions::copy, Functions::mul, Functions::add, Functions::triad, Functions::dot};
}

}  // namespace

template <class T>
std::array<Peer<T>, 4> peers() {
  // A sum stores nothing.
  Peer<T> streaming = peer<T, ByHand<T, true>>("memory bandwidth", "non-temporal stores");
  streaming.dot = nullptr;
  return {peer<T, OpenMp<T>>("openmp", ""), peer<T, OneTbb<T>>("onetbb", ""), streaming,
          peer<T, ByHand<T, false>>("memory bandwidth", "plain stores")};
}
template std::array<Peer<float>, 4> peers<float>();
template std::array<Peer<double>, 4> peers<double>();

}  // namespace stream
