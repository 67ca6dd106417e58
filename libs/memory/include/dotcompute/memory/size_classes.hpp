#pragma once

/// The sizes that blocks of a pool have: eight between one power of two and the next, so that a block is at most an
/// eighth larger than what was asked for.

#include <bit>
#include <cstddef>
#include <cstdint>

namespace dotcompute::detail {

inline constexpr std::uint64_t smallest_class_bytes = 64;
/// More than any memory has; a larger request is a mistake.
inline constexpr std::uint64_t largest_class_bytes = std::uint64_t{1} << 47;
inline constexpr unsigned classes_per_power = 8;

/// The smallest class whose blocks hold `size_bytes`, which is at most `largest_class_bytes`.
[[nodiscard]] constexpr std::size_t size_class(std::uint64_t size_bytes) noexcept {
  if (size_bytes <= smallest_class_bytes) return 0;
  const std::uint64_t last = size_bytes - 1;
  const auto power = static_cast<unsigned>(std::bit_width(last)) - 1;
  // The three bits behind the highest say which eighth of the way to the next power of two it is in.
  const auto eighth = static_cast<unsigned>(last >> (power - 3)) & (classes_per_power - 1);
  constexpr auto smallest_power = static_cast<unsigned>(std::countr_zero(smallest_class_bytes));
  return std::size_t{power - smallest_power} * classes_per_power + eighth + 1;
}

/// What a block of the class has.
[[nodiscard]] constexpr std::uint64_t class_bytes(std::size_t index) noexcept {
  const std::uint64_t power = smallest_class_bytes << (index / classes_per_power);
  return power + power / classes_per_power * (index % classes_per_power);
}

inline constexpr std::size_t size_class_count = size_class(largest_class_bytes) + 1;

static_assert(class_bytes(size_class(1)) == 64 && class_bytes(size_class(65)) == 72);
static_assert(class_bytes(size_class_count - 1) == largest_class_bytes);

}  // namespace dotcompute::detail
