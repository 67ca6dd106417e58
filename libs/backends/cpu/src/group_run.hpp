#pragma once

/// One thread's part in a launch of a kernel that uses its group.

#include <dotcompute/device/group_memory.hpp>
#include <dotcompute/device/group_shape.hpp>
#include <dotcompute/device/launch.hpp>

namespace dotcompute::cpu {

/// For the calling thread only, which has memory for one group.
class GroupRun {
 public:
  /// Throws OutOfMemoryError where the thread had less memory before.
  GroupRun(const dotcompute_kernel& kernel, dotcompute_entry entry, const LaunchDescription& launch,
           const GroupShape& shape)
      : entry_(entry), arguments_(launch.arguments), shape_(shape) {
    dotcompute_grid grid = launch.grid;
    static_cast<void>(round_to_groups(grid, shape));  // has been checked
    grid_ = group_grid(grid, shape, group_memory(group_memory_bytes(kernel, shape)), nullptr);
  }

  /// Runs the groups of a box that counts groups.
  void run(const dotcompute_box& groups) const {
    const dotcompute_box items = items_of(groups, shape_);
    entry_(arguments_, &grid_.grid, &items);
  }
  void run_all() const { run(whole_groups()); }

 private:
  [[nodiscard]] dotcompute_box whole_groups() const noexcept {
    const dotcompute_grid counts = group_counts(grid_.grid, shape_);
    return {{0, 0, 0}, {counts.size[0], counts.size[1], counts.size[2]}};
  }

  dotcompute_entry entry_;
  const std::byte* arguments_;
  GroupShape shape_;
  dotcompute_group_grid grid_{};
};

}  // namespace dotcompute::cpu
