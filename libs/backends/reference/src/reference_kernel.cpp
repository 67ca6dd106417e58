#include "reference_kernel.hpp"

#include <fmt/format.h>

#include <new>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/host_fp_environment.hpp>
#include <dotcompute/device/item_boxes.hpp>

#include "launch_line.hpp"

namespace dotcompute::reference {

namespace {

/// Between two looks at the stop token.
constexpr std::uint64_t items_per_chunk = 16'384;

}  // namespace

std::uint64_t ReferenceKernel::items_of(const LaunchDescription& launch) const {
  std::uint64_t items = 0;
  if (count_items(launch.grid, items)) return items;
  ErrorContext context;
  context.kernel = record_.name;
  context.device = "reference";
  throw ExecutionError(Remedy::fix_input,
                       fmt::format("the grid {}x{}x{} of '{}' has more work-items than 64 bits count; make it smaller",
                                   launch.grid.size[0], launch.grid.size[1], launch.grid.size[2], record_.name),
                       std::move(context));
}

LaunchOutcome ReferenceKernel::run_items(const LaunchDescription& launch) const noexcept {
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
