#pragma once

/// The shape of a launch: its groups, and the slices in which a grid is enqueued. Nothing here calls the driver.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <dotcompute/kernel/abi.h>

namespace dotcompute::opencl {

/// Numbers of work-items along the three dimensions.
using Sides = std::array<std::uint64_t, 3>;

/// What bounds the groups of one kernel on one device.
struct GroupLimits {
  std::uint64_t items = 1;     ///< In a group, for this kernel.
  Sides sides{1, 1, 1};        ///< Of a group, for the device.
  std::uint64_t multiple = 1;  ///< Of items, that the device works on at once.
  std::uint64_t usual = 256;   ///< How many items a group has that nobody asked for, if they are allowed.
  Sides required{0, 0, 0};     ///< What the kernel's own attribute demands; zeros where it demands nothing.
};

/// The group of a launch that does not say which. It depends little on the grid: some drivers compile a kernel anew for
/// each size of groups.
[[nodiscard]] Sides choose_group(int dimensions, const dotcompute_grid& grid, const GroupLimits& limits) noexcept;

/// Why groups of this size cannot be had, in a part of a sentence; nothing if they can.
[[nodiscard]] std::optional<std::string> group_problem(const Sides& group, const GroupLimits& limits);

/// A part of a grid that is enqueued at once.
struct Slice {
  Sides first;   ///< Index of its first work-item.
  Sides global;  ///< Its size, in whole groups: it may reach beyond the grid.
};

/// Disjoint slices that cover a grid, in order; nearly always one.
class GridSlices {
 public:
  /// What one slice may have along a dimension: what fits a signed 32-bit number, as drivers count so in places.
  static constexpr std::uint64_t largest_side = std::uint64_t{1} << 31;
  /// What one slice may have altogether, unless a single row of groups has more.
  static constexpr std::uint64_t largest_items = std::uint64_t{1} << 32;

  /// No side of the grid is 0, and a group has at most `largest_side` items.
  GridSlices(const dotcompute_grid& grid, const Sides& group) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return counts_[0] * counts_[1] * counts_[2]; }
  [[nodiscard]] Slice operator[](std::uint64_t index) const noexcept;
  /// Whether every index of the slices, those beyond the grid included, is below 2^32.
  [[nodiscard]] bool fits_32_bits() const noexcept;

 private:
  Sides group_;
  Sides rounded_;  ///< The grid in whole groups.
  Sides step_;
  Sides counts_;
};

}  // namespace dotcompute::opencl
