// seed 41 size 301 grid 307 1 1 groups 0 0 0 0
// Indices of 32 bits, some of which wrap around between the lanes of a vector.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <dotcompute/kernel.hpp>

namespace fuzz {
// The conversions that C++ defines; 0 for all others, whose values differ between devices.
template <class To, class From>
inline To to_integer(From x) {
  constexpr int bits = std::numeric_limits<To>::digits;
  constexpr From beyond = From(std::uint64_t{1} << (bits - 1)) * From(2);
  constexpr From least = std::is_signed_v<To> ? -beyond : From(0);
  return x >= least && x < beyond ? static_cast<To>(x) : To(0);
}
// A number's bits; those of a NaN differ between devices.
template <class T>
inline auto bits(T x) {
  if constexpr (std::is_same_v<T, float>) {
    return x == x ? std::bit_cast<std::uint32_t>(x) : 0u;
  } else if constexpr (std::is_same_v<T, double>) {
    return x == x ? std::bit_cast<std::uint64_t>(x) : std::uint64_t{0};
  } else {
    return x;
  }
}
// The sign of a NaN differs between devices.
template <class T>
inline T number(T x) {
  return x == x ? x : T(1);
}
}  // namespace fuzz

namespace narrow_indices {
DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint32_t> in0, std::span<std::uint32_t> out0,
                              std::span<std::uint32_t> out1, std::span<double> out2) {
  const std::uint32_t n = static_cast<std::uint32_t>(in0.size());
  const int i = static_cast<int>(dotcompute::global_id<0>());
  if (i >= static_cast<int>(n)) return;
  std::uint32_t sum = 0;
  for (std::uint32_t k = 0; k < 7; ++k) {
    const std::uint32_t j = static_cast<std::uint32_t>(i) + k - 3u;
    sum += j < n ? in0[j] : 7u;
    const int s = i + 3 - static_cast<int>(k);
    if (s >= 0 && s < static_cast<int>(n)) sum ^= in0[static_cast<std::size_t>(s)];
    const std::uint32_t back = n - 1u - static_cast<std::uint32_t>(i) + k;
    if (back < n) sum += 3u * in0[back];
    const std::uint32_t far = static_cast<std::uint32_t>(i) * 2u + (k << 31);
    if (far < n) sum += 5u * in0[far];
    const std::size_t wide = static_cast<std::uint32_t>(i) + k * 3u - 2u;
    if (wide < in0.size()) sum += 7u * in0[wide];
  }
  out0[static_cast<std::uint32_t>(i)] = sum;
  for (std::uint32_t k = 0; k < 3; ++k) {
    const std::uint32_t j = static_cast<std::uint32_t>(i) + k - 1u;
    if (j < n && j % 3u == k) out1[j] = sum + k;
  }
  double numbers = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    numbers += static_cast<double>(static_cast<std::size_t>(i) + k - 2);
    numbers += static_cast<double>(static_cast<std::int64_t>(i) - static_cast<std::int64_t>(k));
    if (static_cast<std::size_t>(i) - k < 200) numbers += 0.5;
  }
  out2[static_cast<std::size_t>(i)] = numbers;
}
}  // namespace narrow_indices
