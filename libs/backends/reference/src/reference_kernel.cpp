#include "reference_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/fibers.hpp>
#include <dotcompute/device/group_memory.hpp>
#include <dotcompute/device/group_shape.hpp>
#include <dotcompute/device/host_fp_environment.hpp>
#include <dotcompute/device/item_boxes.hpp>

#include "launch_line.hpp"

namespace dotcompute::reference {

namespace {

/// Between two looks at the stop token.
constexpr std::uint64_t items_per_chunk = 16'384;

}  // namespace

void ReferenceKernel::refuse(const std::string& message) const {
  ErrorContext context;
  context.kernel = record_.name;
  context.device = "reference";
  throw ExecutionError(Remedy::fix_input, message, std::move(context));
}

std::uint64_t ReferenceKernel::items_of(const LaunchDescription& launch) const {
  if (const std::optional<std::string> problem = group_problem(record_, launch.group)) {
    refuse(fmt::format("kernel {} {}", record_.name, *problem));
  }
  dotcompute_grid grid = launch.grid;
  std::uint64_t items = 0;
  if ((!uses_groups(record_) || round_to_groups(grid, group_shape(record_, launch.group))) &&
      count_items(grid, items)) {
    return items;
  }
  refuse(fmt::format("the grid {}x{}x{} of '{}' has more work-items than 64 bits count; make it smaller",
                     launch.grid.size[0], launch.grid.size[1], launch.grid.size[2], record_.name));
}

LaunchOutcome ReferenceKernel::run_groups(const LaunchDescription& launch) const {
  const GroupShape group = group_shape(record_, launch.group);
  dotcompute_grid grid = launch.grid;
  static_cast<void>(round_to_groups(grid, group));  // has been checked
  Fibers& fibers = fibers_of_thread();
  fibers.prepare(group.items(), (record_.group_features & DOTCOMPUTE_GROUP_BARRIER) != 0);
  std::byte* memory = group_memory(DOTCOMPUTE_PUBLISHED_BYTES + record_.shared_bytes);
  const dotcompute_group_grid all = group_grid(grid, group, memory, fibers.table());
  const ItemBoxes chunks(group_counts(grid, group), std::max(items_per_chunk / group.items(), std::uint64_t{1}), 1);
  const HostFpEnvironment environment;
  for (std::uint64_t i = 0; i < chunks.count(); ++i) {
    if (launch.stop.stop_requested()) return LaunchOutcome::stopped;
    const dotcompute_box chunk = dotcompute::items_of(chunks[i], group);
    record_.reference(launch.arguments, &all.grid, &chunk);
    if (fibers.problem()) refuse(fmt::format("kernel {}: {}", record_.name, *fibers.problem()));
  }
  return LaunchOutcome::completed;
}

LaunchOutcome ReferenceKernel::run_items(const LaunchDescription& launch) const {
  if (uses_groups(record_)) return run_groups(launch);
  const HostFpEnvironment environment;
  if (!launch.stop.stop_possible()) {
    const dotcompute_box all = whole_box(launch.grid);
    record_.reference(launch.arguments, &launch.grid, &all);
    return LaunchOutcome::completed;
  }
  const ItemBoxes chunks(launch.grid, items_per_chunk);
  for (std::uint64_t i = 0; i < chunks.count(); ++i) {
    if (launch.stop.stop_requested()) return LaunchOutcome::stopped;
    const dotcompute_box chunk = chunks[i];
    record_.reference(launch.arguments, &launch.grid, &chunk);
  }
  return LaunchOutcome::completed;
}

LaunchOutcome ReferenceKernel::run(const LaunchDescription& launch) const {
  return items_of(launch) == 0 ? LaunchOutcome::completed : run_items(launch);
}

void ReferenceKernel::start(PendingLaunch& pending) const {
  if (items_of(pending.launch) == 0) return pending.completed(LaunchOutcome::completed, nullptr);
  line_.append(*new (pending.scratch) LaunchInLine{this, &pending});
}

void ReferenceKernel::help(PendingLaunch& pending, bool (*done)(const PendingLaunch&) noexcept) const {
  // A launch that ended inside `start` is done and stood in no line.
  if (done(pending)) return;
  line_.help(*std::launder(reinterpret_cast<LaunchInLine*>(pending.scratch)), done);
}

}  // namespace dotcompute::reference
