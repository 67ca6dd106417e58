#pragma once

/// The groups of a launch, for kernels that use them: their size, and the grid in whole groups.

#include <cstdint>
#include <optional>
#include <string>

#include <dotcompute/base/export.hpp>
#include <dotcompute/kernel/abi.h>

namespace dotcompute {

/// The most work-items of a group: what every device can do.
inline constexpr std::uint64_t largest_group_items = 1024;

/// Whether a kernel's grid is rounded up to whole groups.
[[nodiscard]] inline bool uses_groups(const dotcompute_kernel& kernel) noexcept { return kernel.group_features != 0; }

/// The size of a launch's groups, in work-items.
struct GroupShape {
  std::uint64_t size[3] = {1, 1, 1};

  [[nodiscard]] std::uint64_t items() const noexcept { return size[0] * size[1] * size[2]; }
};

/// The groups of a kernel's launch. `wanted` has zeros where the launch does not say: then they are what the kernel
/// fixes, or 256 items: 256, 16 x 16 or 8 x 8 x 4, on every device alike, because the result of a kernel that uses its
/// group may depend on the size. Only for a size that `group_problem` finds nothing wrong with.
[[nodiscard]] DOTCOMPUTE_API GroupShape group_shape(const dotcompute_kernel& kernel,
                                                    const dotcompute_grid& wanted) noexcept;

/// Why the kernel cannot be launched in groups of the wanted size, as a part of a sentence that follows the kernel's
/// name; nothing if it can. `wanted` as for `group_shape`. A kernel that does not use its group takes any size that
/// DOTCOMPUTE_GROUP does not contradict.
[[nodiscard]] DOTCOMPUTE_API std::optional<std::string> group_problem(const dotcompute_kernel& kernel,
                                                                      const dotcompute_grid& wanted);

/// Rounds the grid up to whole groups; false if it does not fit 64 bits then. An empty grid stays empty.
[[nodiscard]] inline bool round_to_groups(dotcompute_grid& grid, const GroupShape& group) noexcept {
  for (int d = 0; d < 3; ++d) {
    const std::uint64_t rest = grid.size[d] % group.size[d];
    if (rest != 0 && __builtin_add_overflow(grid.size[d], group.size[d] - rest, &grid.size[d])) return false;
  }
  return true;
}

/// The number of groups in each dimension of a grid in whole groups.
[[nodiscard]] inline dotcompute_grid group_counts(const dotcompute_grid& grid, const GroupShape& group) noexcept {
  return {{grid.size[0] / group.size[0], grid.size[1] / group.size[1], grid.size[2] / group.size[2]}};
}

/// The items of a box that counts groups.
[[nodiscard]] inline dotcompute_box items_of(const dotcompute_box& groups, const GroupShape& group) noexcept {
  dotcompute_box items;
  for (int d = 0; d < 3; ++d) {
    items.begin[d] = groups.begin[d] * group.size[d];
    items.end[d] = groups.end[d] * group.size[d];
  }
  return items;
}

/// What the entry of a kernel that uses its group is given for its grid, which is in whole groups.
[[nodiscard]] inline dotcompute_group_grid group_grid(const dotcompute_grid& grid, const GroupShape& group,
                                                      void* memory, const dotcompute_fibers* fibers) noexcept {
  return {grid, {group.size[0], group.size[1], group.size[2]}, memory, fibers};
}

/// Bytes of the memory that CPU code and the reference need for a group; see dotcompute_group_grid.
[[nodiscard]] inline std::uint64_t group_memory_bytes(const dotcompute_kernel& kernel,
                                                      const GroupShape& group) noexcept {
  return kernel.shared_bytes + kernel.item_bytes * ((group.items() + 63) / 64 * 64);
}

}  // namespace dotcompute
