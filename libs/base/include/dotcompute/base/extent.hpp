#pragma once

/// The size of a grid of work-items in one, two or three dimensions.

#include <cstddef>
#include <cstdint>

namespace dotcompute {

/// Sizes in work-items, x fastest. A dimension that was not given is 1. A size of 0 is an empty grid.
struct Extent {
  std::uint64_t x = 1;
  std::uint64_t y = 1;
  std::uint64_t z = 1;

  constexpr Extent() = default;
  // Implicit, so that `.over(n)` and `.over({w, h})` read naturally.
  constexpr Extent(std::uint64_t size_x, std::uint64_t size_y = 1, std::uint64_t size_z = 1) noexcept
      : x(size_x), y(size_y), z(size_z) {}

  /// The number of work-items. The caller has checked that it fits (see `count_overflows`).
  [[nodiscard]] constexpr std::uint64_t count() const noexcept { return x * y * z; }

  [[nodiscard]] constexpr bool count_overflows() const noexcept {
    std::uint64_t product = 0;
    return __builtin_mul_overflow(x, y, &product) || __builtin_mul_overflow(product, z, &product);
  }

  /// 1, 2 or 3: the highest dimension whose size is not 1.
  [[nodiscard]] constexpr int dimensions() const noexcept { return z != 1 ? 3 : y != 1 ? 2 : 1; }

  friend constexpr bool operator==(const Extent&, const Extent&) = default;
};

}  // namespace dotcompute
