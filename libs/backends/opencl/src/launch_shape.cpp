#include "launch_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace dotcompute::opencl {

namespace {

/// The longest row of a group of two or three dimensions: whole cache lines, and some rows to share.
constexpr std::uint64_t usual_row = 64;

/// A row of so few is one group of that many, because a processor spends time on those beyond the grid too. There is
/// one such size and not one for each grid: a driver may compile the kernel for every size that it meets.
constexpr std::uint64_t few_items = 64;

/// The power of two that is at least `side`, up to `most`.
std::uint64_t power_of_two_for(std::uint64_t side, std::uint64_t most) {
  return side >= most ? std::bit_floor(most) : std::min(std::bit_ceil(side), std::bit_floor(most));
}

std::uint64_t round_up(std::uint64_t number, std::uint64_t multiple) {
  const std::uint64_t rest = number % multiple;
  return rest == 0 ? number : number + (multiple - rest);
}

}  // namespace

Sides choose_group(int dimensions, const dotcompute_grid& grid, const GroupLimits& limits) noexcept {
  if (limits.required[0] != 0) return limits.required;
  std::uint64_t items = std::max(std::min(limits.usual, limits.items), std::uint64_t{1});
  if (dimensions == 1 && grid.size[0] <= few_items) items = std::min(items, few_items);
  if (items > limits.multiple) items -= items % limits.multiple;
  if (dimensions == 1) return {std::min(items, limits.sides[0]), 1, 1};
  Sides group{1, 1, 1};
  group[0] = power_of_two_for(grid.size[0], std::min({usual_row, items, limits.sides[0]}));
  group[1] = power_of_two_for(grid.size[1], std::min(items / group[0], limits.sides[1]));
  if (dimensions == 3) {
    group[2] = power_of_two_for(grid.size[2], std::min(items / (group[0] * group[1]), limits.sides[2]));
  }
  return group;
}

std::optional<std::string> group_problem(const Sides& group, const GroupLimits& limits) {
  if (limits.required[0] != 0 && group != limits.required) {
    return fmt::format("the kernel's reqd_work_group_size is {} x {} x {}", limits.required[0], limits.required[1],
                       limits.required[2]);
  }
  for (std::size_t d = 0; d < 3; ++d) {
    if (group[d] > limits.sides[d]) {
      return fmt::format("the device allows {} along dimension {}", limits.sides[d], d);
    }
  }
  std::uint64_t items = 0;
  if (__builtin_mul_overflow(group[0], group[1], &items) || __builtin_mul_overflow(items, group[2], &items) ||
      items > limits.items) {
    return fmt::format("the device allows {} work-items in a group of this kernel", limits.items);
  }
  return std::nullopt;
}

GridSlices::GridSlices(const dotcompute_grid& grid, const Sides& group) noexcept : group_(group) {
  std::uint64_t budget = largest_items;
  for (std::size_t d = 0; d < 3; ++d) {
    // Rounding up would wrap near 2^64; the last slice is rounded up by itself there.
    rounded_[d] = round_up(grid.size[d], group[d]);
    if (rounded_[d] < grid.size[d]) rounded_[d] = grid.size[d];
    const std::uint64_t most = std::max(std::min(budget, largest_side), group[d]);
    step_[d] = std::min(rounded_[d], most - most % group[d]);
    counts_[d] = (rounded_[d] - 1) / step_[d] + 1;
    budget = std::max(budget / step_[d], std::uint64_t{1});
  }
}

Slice GridSlices::operator[](std::uint64_t index) const noexcept {
  const Sides place{index % counts_[0], index / counts_[0] % counts_[1], index / counts_[0] / counts_[1]};
  Slice slice;
  for (std::size_t d = 0; d < 3; ++d) {
    slice.first[d] = place[d] * step_[d];
    slice.global[d] = round_up(std::min(step_[d], rounded_[d] - slice.first[d]), group_[d]);
  }
  return slice;
}

bool GridSlices::fits_32_bits() const noexcept {
  constexpr std::uint64_t ids = std::uint64_t{1} << 32;
  return rounded_[0] <= ids && rounded_[1] <= ids && rounded_[2] <= ids;
}

}  // namespace dotcompute::opencl
