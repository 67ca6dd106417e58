#pragma once

/// Vectors as wide as the processor that this is compiled for has them, by the extensions of g++ and clang++.

#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace vectors {

#if defined(__AVX512F__)
inline constexpr std::size_t size_bytes = 64;
#elif defined(__AVX2__)
inline constexpr std::size_t size_bytes = 32;
#else
inline constexpr std::size_t size_bytes = 16;
#endif

template <class T>
struct VectorOf;
template <>
struct VectorOf<float> {
  using Type [[gnu::vector_size(size_bytes)]] = float;
};
template <>
struct VectorOf<double> {
  using Type [[gnu::vector_size(size_bytes)]] = double;
};
template <>
struct VectorOf<std::int32_t> {
  using Type [[gnu::vector_size(size_bytes)]] = std::int32_t;
};
template <>
struct VectorOf<std::uint32_t> {
  using Type [[gnu::vector_size(size_bytes)]] = std::uint32_t;
};
template <class T>
using Vector = typename VectorOf<T>::Type;

template <class T>
inline constexpr std::size_t lanes = size_bytes / sizeof(T);

template <class T>
[[gnu::always_inline]] inline Vector<T> load(const T* from) {
  Vector<T> result;
  std::memcpy(&result, from, sizeof result);
  return result;
}

/// Past the caches where it `is_streamed`: `to` is aligned to a vector then, and `finish_streams` follows.
template <bool is_streamed = false, class T>
[[gnu::always_inline]] inline void store(T* to, Vector<T> value) {
#if defined(__AVX512F__)
  if constexpr (is_streamed) {
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to), reinterpret_cast<__m512i>(value));
    return;
  }
#elif defined(__AVX2__)
  if constexpr (is_streamed) {
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to), reinterpret_cast<__m256i>(value));
    return;
  }
#endif
  std::memcpy(to, &value, sizeof value);
}

/// Other threads see what was streamed.
inline void finish_streams() {
#ifdef __AVX2__
  _mm_sfence();
#endif
}

}  // namespace vectors
