#include <dotcompute/kernel/half.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace dotcompute {
namespace {

/// The value of a half by the definition of IEEE 754, in double; not for NaNs.
double value_of(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  if (exponent == 31) magnitude = std::numeric_limits<double>::infinity();
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

bool is_nan(std::uint16_t bits) { return (bits & 0x7fff) > 0x7c00; }

/// The half nearest to a number, found by bisection among the positive halves.
std::uint16_t nearest(float value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const double wanted = std::fabs(static_cast<double>(value));
  std::uint16_t low = 0, high = 0x7c00;  // value_of(low) <= wanted <= value_of(high)
  while (high - low > 1) {
    const auto middle = static_cast<std::uint16_t>((low + high) / 2);
    (value_of(middle) <= wanted ? low : high) = middle;
  }
  // An infinity is as far away as the next number would be.
  const double above = high == 0x7c00 ? 65536.0 : value_of(high);
  const double to_low = wanted - value_of(low), to_high = above - wanted;
  const bool is_low = to_low < to_high || (to_low == to_high && low % 2 == 0);
  return static_cast<std::uint16_t>(sign | (is_low ? low : high));
}

void expect_rounded(std::uint32_t bits) {
  const auto value = std::bit_cast<float>(bits);
  const std::uint16_t result = half(value).bits();
  if (!std::isnan(value)) {
    ASSERT_EQ(result, nearest(value)) << std::hex << bits;
    return;
  }
  ASSERT_EQ(result, (bits >> 16 & 0x8000) | 0x7e00 | (bits >> 13 & 0x3ff)) << std::hex << bits;
}

TEST(Half, EveryHalfIsAFloatAndComesBack) {
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const float value = half::from_bits(bits);
    if (is_nan(bits)) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(value), (i & 0x8000) << 16 | 0x7fc00000 | (i & 0x3ff) << 13);
      ASSERT_EQ(half(value).bits(), bits | 0x200);
      continue;
    }
    ASSERT_EQ(static_cast<double>(value), value_of(bits)) << i;
    ASSERT_EQ(std::signbit(value), i >= 0x8000) << i;
    ASSERT_EQ(half(value).bits(), bits);
  }
}

TEST(Half, RoundsToTheNearestAndOfTwoToTheEvenOne) {
  for (std::uint32_t i = 0; i < 0x7c00; ++i) {
    const float low = half::from_bits(static_cast<std::uint16_t>(i));
    const double next = i == 0x7bff ? 65536.0 : value_of(static_cast<std::uint16_t>(i + 1));
    const auto middle = static_cast<float>((static_cast<double>(low) + next) / 2);
    for (const float at : {low, middle}) {
      for (const std::uint32_t beside : {0u, 1u, ~0u}) {
        const std::uint32_t bits = std::bit_cast<std::uint32_t>(at) + beside;
        if (at == 0 && beside == ~0u) continue;
        ASSERT_NO_FATAL_FAILURE(expect_rounded(bits));
        ASSERT_NO_FATAL_FAILURE(expect_rounded(bits | 0x80000000));
      }
    }
  }
}

TEST(Half, TakesEveryKindOfFloat) {
  for (const std::uint32_t bits : {0u, 1u, 0x7fffffu, 0x800000u, 0x33000000u, 0x33000001u, 0x477fefffu, 0x477ff000u,
                                   0x47800000u, 0x7f7fffffu, 0x7f800000u, 0x7f800001u, 0x7fc00000u, 0x7fffffffu}) {
    ASSERT_NO_FATAL_FAILURE(expect_rounded(bits));
    ASSERT_NO_FATAL_FAILURE(expect_rounded(bits | 0x80000000));
  }
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 1'000'000; ++i) ASSERT_NO_FATAL_FAILURE(expect_rounded(static_cast<std::uint32_t>(random())));
}

TEST(Half, ComputesInFloat) {
  constexpr half a(0.1f);
  constexpr half b(3);
  static_assert(std::is_same_v<decltype(a * b), float>);
  static_assert(a < b && b == 3 && b.bits() == 0x4200);
  EXPECT_EQ(a * b, static_cast<float>(a) * 3.0f);
  EXPECT_NE(half(a * b), a * b) << "the product was rounded";
  half values[2] = {a, b};
  values[0] = half(values[0] + values[1]);
  EXPECT_EQ(values[0], half(3.1f));
  EXPECT_FALSE(half(std::nanf("")) == half(std::nanf("")));
}

}  // namespace
}  // namespace dotcompute
