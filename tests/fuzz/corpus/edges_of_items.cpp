// seed 43 size 201 grid 211 1 1 groups 0 0 0 0
// Items at edges: before small constants and from other bounds on, with sums that wrap around.
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

namespace edges_of_items {
DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint32_t> in0, std::span<std::uint32_t> out0,
                              std::span<std::uint32_t> out1, std::span<std::uint32_t> out2,
                              std::span<std::uint32_t> out3, std::uint64_t a0) {
  const std::size_t x = dotcompute::global_id<0>();
  const std::size_t n = in0.size();
  const std::size_t a = a0 % 8;
  if (x >= n || x + 3 >= n + 3) return;
  std::uint32_t sum = x == 0 ? 1u : in0[x - 1];
  sum += x + 1 == n ? 2u : in0[x + 1];
  if (x >= 2 && x + 2 < n) sum += 3u * in0[x - 2] + 5u * in0[x + 2];
  if (x != n / 2) sum += 7u;
  if (x > 5) sum ^= 9u;
  if (x <= n - 4) sum += 11u;
  out0[x] = sum;
  out1[x] = x - 3 < n ? in0[x - 3] : 13u;
  out2[x] = (x + a < n ? 17u : 19u) + (x + a + 5 <= n ? 23u : 29u) + (x + a == n - 9 ? 31u : 37u);
  out3[x] = (x < 1000000 ? 41u : 43u) + (x < 64 ? 47u : 53u) + (x == 65 ? 59u : 61u) + (a0 % 97 + 90 > x ? 67u : 71u);
}
}  // namespace edges_of_items
