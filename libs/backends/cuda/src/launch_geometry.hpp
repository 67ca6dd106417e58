#pragma once

/// How a grid of work-items becomes grids of groups. Arithmetic only.

#include <algorithm>
#include <array>
#include <cstdint>

#include <dotcompute/kernel/abi.h>

namespace dotcompute::cuda {

using Sizes = std::array<std::uint64_t, 3>;

/// Groups are as large as this, at least, before they are made smaller so that each multiprocessor gets one.
inline constexpr std::uint64_t least_group_items = 64;

/// How many items the hardware runs in step; groups are multiples of it where the grid is.
inline constexpr std::uint64_t warp_items = 32;

[[nodiscard]] inline Sizes sizes_of(const dotcompute_grid& grid) noexcept {
  return {grid.size[0], grid.size[1], grid.size[2]};
}

/// How many groups cover the grid. No size of a group is 0.
[[nodiscard]] inline Sizes groups_over(const Sizes& grid, const Sizes& group) noexcept {
  Sizes groups{};
  for (std::size_t d = 0; d < 3; ++d) groups[d] = grid[d] / group[d] + (grid[d] % group[d] != 0 ? 1 : 0);
  return groups;
}

/// What a group's size is chosen from.
struct GroupChoice {
  std::uint64_t best_items = 256;  ///< A group should have so many.
  Sizes largest{1024, 1024, 64};   ///< Per dimension.
  std::uint64_t multiprocessors = 1;
};

/// A size for the groups of a grid in which no size is 0: powers of two, along x first so that neighbours run in step,
/// no longer than the grid needs, and small where large ones would leave multiprocessors without work.
[[nodiscard]] Sizes choose_group(const Sizes& grid, const GroupChoice& choice) noexcept;

/// Part of a launch, within what the device takes at once.
struct Slice {
  Sizes first_group{};  ///< Counted from the grid's start.
  Sizes groups{};
};

/// Calls `run(slice)` for slices that cover all groups once.
template <class Run>
void for_each_slice(const Sizes& groups, const Sizes& largest, Run run) {
  Slice slice;
  for (std::uint64_t z = 0; z < groups[2]; z += largest[2]) {
    for (std::uint64_t y = 0; y < groups[1]; y += largest[1]) {
      for (std::uint64_t x = 0; x < groups[0]; x += largest[0]) {
        slice.first_group = {x, y, z};
        slice.groups = {std::min(largest[0], groups[0] - x), std::min(largest[1], groups[1] - y),
                        std::min(largest[2], groups[2] - z)};
        run(slice);
      }
    }
  }
}

/// Whether every index that a group of the launch may compute, also beyond the grid, fits in 32 bits.
[[nodiscard]] bool has_narrow_indices(const Sizes& groups, const Sizes& group) noexcept;

}  // namespace dotcompute::cuda
