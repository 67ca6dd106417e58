// seed 37 size 255 grid 255 1 1 groups 0 0 0 0
// A loop whose only way out lies behind a `continue`: lanes that skip it are there again in the next round.
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

namespace exit_behind_a_continue {
DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint32_t> in0, std::span<std::uint32_t> out0) {
  const std::size_t i = dotcompute::global_id<0>();
  if (i >= out0.size()) return;
  std::uint32_t sum = in0[i] % 7u;
  for (std::uint32_t k = in0[i] % 5u;; ++k) {
    if (k % 3u == in0[i] % 3u) continue;
    sum += k;
    if (k > 12u) break;
  }
  std::uint32_t n = in0[i] % 20u;
  do {
    if (n % 3u == 0u) continue;
    sum += n;
    if (sum > 60u) break;
  } while (n-- > 1u);
  out0[i] = sum;
}
}  // namespace exit_behind_a_continue
