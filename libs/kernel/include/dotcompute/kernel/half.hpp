#pragma once

/// Half precision: numbers of two bytes that are computed with in float.
///
///     DOTCOMPUTE_KERNEL void scale(float a, std::span<dotcompute::half> x) {
///       const std::size_t i = dotcompute::global_id();
///       if (i < x.size()) x[i] = dotcompute::half(a * x[i]);
///     }

#include <bit>
#include <cstdint>
#include <type_traits>

namespace dotcompute {

namespace detail {

// Both conversions are the language of kernels, so that they mean the same on every device and in the reference; they
// choose between values rather than branch, so that they become vectors. kernelc knows them by their names and calls
// the device's own instruction where it gives the same bits. Numbers below the smallest normal half take the way
// through a sum or product of normal floats: devices may flush subnormal floats to zero.

/// The bits of the half that is nearest to `value`, of two equally near the even one. A NaN stays one and is quiet.
[[nodiscard]] constexpr std::uint16_t half_from_float(float value) noexcept {
  constexpr std::uint32_t infinity = 0x7f800000u;         // of float
  constexpr std::uint32_t smallest_normal = 0x38800000u;  // of half, as a float: 2^-14
  constexpr std::uint32_t bias = 0x38000000u;             // the difference of the exponents' biases
  const std::uint32_t all = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t bits = all & 0x7fffffffu;
  // 0.5 + |value| has steps of 2^-24, as subnormal halves have: the sum rounds.
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(std::bit_cast<float>(bits) + 0.5f) - 0x3f000000u;
  const std::uint32_t rounded = (bits - bias + 0xfffu + (bits >> 13 & 1u)) >> 13;
  const std::uint32_t normal = rounded < 0x7c00u ? rounded : 0x7c00u;
  const std::uint32_t number = bits < smallest_normal ? subnormal : normal;
  const std::uint32_t nan = 0x7e00u | (bits >> 13 & 0x3ffu);
  return static_cast<std::uint16_t>((bits > infinity ? nan : number) | (all >> 16 & 0x8000u));
}

/// The value of a half; every half is a float. A NaN keeps its payload and is quiet.
[[nodiscard]] constexpr float half_to_float(std::uint16_t half) noexcept {
  const std::uint32_t bits = half & 0x7fffu;
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(static_cast<float>(bits) * 0x1p-24f);
  const std::uint32_t quiet = bits > 0x7c00u ? 0x400000u : 0u;
  const std::uint32_t special = bits << 13 | 0x7f800000u | quiet;
  const std::uint32_t normal = (bits << 13) + 0x38000000u;
  const std::uint32_t number = bits >= 0x7c00u ? special : normal;
  return std::bit_cast<float>((bits < 0x400u ? subnormal : number) | sign);
}

}  // namespace detail

/// An IEEE 754 binary16 number, for storage: in spans, structs and arguments. It turns into a float by itself, so that
/// arithmetic and comparison are float's; the way back is written out, because it rounds: `x[i] = half(a * x[i])`.
/// Trivially copyable, two bytes; without a value until it is given one.
class half {
 public:
  half() = default;

  /// The half nearest to `value`, of two equally near the even one; beyond 65504 by half a step or more an infinity.
  /// A double is rounded to float first.
  explicit constexpr half(float value) noexcept : bits_(detail::half_from_float(value)) {}

  /// The half with these bits.
  [[nodiscard]] static constexpr half from_bits(std::uint16_t bits) noexcept {
    half result;
    result.bits_ = bits;
    return result;
  }

  [[nodiscard]] constexpr std::uint16_t bits() const noexcept { return bits_; }

  /// The same number: exact.
  [[nodiscard]] constexpr operator float() const noexcept { return detail::half_to_float(bits_); }

 private:
  std::uint16_t bits_;
};

static_assert(sizeof(half) == 2 && std::is_trivially_copyable_v<half> &&
              std::is_trivially_default_constructible_v<half>);

}  // namespace dotcompute
