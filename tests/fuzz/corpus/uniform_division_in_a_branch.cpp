// seed 300021 size 32 grid 17 2 2 groups 0 0 0 0
// A division that is the same for all items, in a branch: the other lanes read at random places on x86-64-v4.
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

namespace seed_300021 {
struct S0 {
  std::int16_t f0;
  bool f1;
  std::uint64_t f2;
};
DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint32_t> in0, std::span<std::int64_t> out0, std::span<bool> out1) {
  const std::size_t i = dotcompute::global_id<0>() +
                        dotcompute::global_size<0>() *
                            (dotcompute::global_id<1>() + dotcompute::global_size<1>() * (dotcompute::global_id<2>()));
  if (i >= out0.size()) return;
  S0 v3 =
      S0{static_cast<std::int16_t>(static_cast<std::int32_t>(static_cast<std::int16_t>(dotcompute::global_size<2>()))),
         (in0[std::uint64_t{8u} % in0.size()] != static_cast<std::uint32_t>(out1[i])), std::uint64_t{1u}};
  switch (((~out0[i]) % 2)) {
    case 0: {
      std::uint16_t v12 = static_cast<std::uint16_t>(static_cast<std::int32_t>((v3.f1 = false)));
      break;
    }
    default: {
      for (int c13 = 0; c13 < 2; ++c13) {
      }
    }
  }
  (out0[i] = ((out0[i] * std::int64_t{31}) + fuzz::bits(v3.f0)));
  (out0[i] = ((out0[i] * std::int64_t{31}) + fuzz::bits(v3.f1)));
  (out0[i] = static_cast<std::int64_t>(((out0[i] * std::int64_t{31}) + std::uint64_t{1u})));
}
}  // namespace seed_300021
