#include "launch_geometry.hpp"

#include <bit>

namespace dotcompute::cuda {

namespace {

/// The smallest power of two that is at least `size`; for sizes beyond all limits, a large one.
std::uint64_t power_of_two_for(std::uint64_t size) noexcept {
  return std::bit_ceil(std::min<std::uint64_t>(size, std::uint64_t{1} << 32));
}

std::uint64_t count(const Sizes& sizes) noexcept {
  constexpr std::uint64_t many = std::uint64_t{1} << 20;
  return std::min(sizes[0], many) * std::min(sizes[1], many) * std::min(sizes[2], many);
}

}  // namespace

Sizes choose_group(const Sizes& grid, const GroupChoice& choice) noexcept {
  const std::uint64_t budget = std::bit_floor(std::max<std::uint64_t>(1, choice.best_items));
  const bool is_line = grid[1] == 1 && grid[2] == 1;
  const auto longest = [&](std::size_t d) {
    return std::min(power_of_two_for(grid[d]), std::bit_floor(choice.largest[d]));
  };

  Sizes group{1, 1, 1};
  group[0] = std::min({longest(0), budget, is_line ? budget : warp_items});
  group[1] = std::min(longest(1), budget / group[0]);
  group[2] = std::min(longest(2), budget / (group[0] * group[1]));
  // What y and z did not need goes to x.
  group[0] = std::min(longest(0), budget / (group[1] * group[2]));

  while (group[0] * group[1] * group[2] > least_group_items &&
         count(groups_over(grid, group)) < choice.multiprocessors) {
    // From z first, so that x stays long.
    const std::size_t d = group[2] > 1 ? 2 : group[1] > 1 ? 1 : 0;
    group[d] /= 2;
  }
  return group;
}

bool has_narrow_indices(const Sizes& groups, const Sizes& group) noexcept {
  constexpr std::uint64_t end = std::uint64_t{1} << 32;
  for (std::size_t d = 0; d < 3; ++d) {
    if (groups[d] > end / group[d]) return false;
  }
  return true;
}

}  // namespace dotcompute::cuda
