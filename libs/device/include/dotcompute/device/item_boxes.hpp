#pragma once

/// A grid cut into boxes: the chunks of work that a host device runs one by one.

#include <algorithm>
#include <cstdint>

#include <dotcompute/kernel/abi.h>

namespace dotcompute {

/// The number of work-items of a grid; false if it does not fit 64 bits. An empty grid has none, however long its other
/// sides are.
[[nodiscard]] inline bool count_items(const dotcompute_grid& grid, std::uint64_t& items) noexcept {
  items = 0;
  if (grid.size[0] == 0 || grid.size[1] == 0 || grid.size[2] == 0) return true;
  return !__builtin_mul_overflow(grid.size[0], grid.size[1], &items) &&
         !__builtin_mul_overflow(items, grid.size[2], &items);
}

[[nodiscard]] inline dotcompute_box whole_box(const dotcompute_grid& grid) noexcept {
  return {{0, 0, 0}, {grid.size[0], grid.size[1], grid.size[2]}};
}

/// Disjoint boxes that cover a grid. Planes stay together where they fit a box, else rows, else pieces of a row whose
/// ends are multiples of 64 items, so that vectors and cache lines are not cut.
class ItemBoxes {
 public:
  static constexpr std::uint64_t row_granularity = 64;

  ItemBoxes() = default;

  /// Boxes of about `items_per_box` items (at least 1). The grid's items fit 64 bits. Where what is counted are groups
  /// and not items, pieces of a row may end anywhere: `granularity` is 1.
  ItemBoxes(const dotcompute_grid& grid, std::uint64_t items_per_box,
            std::uint64_t granularity = row_granularity) noexcept
      : size_{grid.size[0], grid.size[1], grid.size[2]}, step_{grid.size[0], grid.size[1], grid.size[2]} {
    const std::uint64_t row = size_[0];
    const std::uint64_t plane = row * size_[1];
    if (plane == 0 || size_[2] == 0) return;
    if (plane <= items_per_box) {
      step_[2] = std::min(size_[2], items_per_box / plane);
    } else if (row <= items_per_box) {
      step_[2] = 1;
      step_[1] = items_per_box / row;
    } else {
      step_[2] = 1;
      step_[1] = 1;
      step_[0] = std::max(items_per_box / granularity, std::uint64_t{1}) * granularity;
    }
    for (int d = 0; d < 3; ++d) counts_[d] = (size_[d] - 1) / step_[d] + 1;
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return counts_[0] * counts_[1] * counts_[2]; }

  /// The box at `index` < `count()`; neighbours in index are neighbours in memory.
  [[nodiscard]] dotcompute_box operator[](std::uint64_t index) const noexcept {
    std::uint64_t place[3] = {index, 0, 0};
    if (counts_[1] * counts_[2] != 1) {
      place[0] = index % counts_[0];
      place[1] = index / counts_[0] % counts_[1];
      place[2] = index / counts_[0] / counts_[1];
    }
    dotcompute_box box;
    for (int d = 0; d < 3; ++d) {
      box.begin[d] = place[d] * step_[d];
      box.end[d] = box.begin[d] + std::min(step_[d], size_[d] - box.begin[d]);
    }
    return box;
  }

 private:
  std::uint64_t size_[3] = {0, 0, 0};
  std::uint64_t step_[3] = {1, 1, 1};    ///< The sides of a box.
  std::uint64_t counts_[3] = {0, 0, 0};  ///< Of boxes along each dimension.
};

}  // namespace dotcompute
