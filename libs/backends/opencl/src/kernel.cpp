#include "kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/device_groups.hpp>
#include <dotcompute/device/item_boxes.hpp>

namespace dotcompute::opencl {

namespace {

constexpr std::uint64_t narrow_end = std::uint64_t{1} << 32;

/// Whether a number of the launch, or an index of an item beyond the grid, needs more than 32 bits.
bool needs_wide_indices(const DeviceLaunch& launch, const GridSlices& slices) {
  if (!slices.fits_32_bits()) return true;
  for (const std::uint64_t side : launch.grid.size) {
    if (side >= narrow_end) return true;
  }
  return std::any_of(launch.spans.begin(), launch.spans.end(), [](const DeviceSpan& span) {
    return span.count >= narrow_end || span.offset_bytes >= narrow_end;
  });
}

/// How many of a grid's dimensions are in use, at least as many as the kernel has.
int dimensions_of(const dotcompute_grid& grid, int kernel_dimensions) {
  const int used = grid.size[2] > 1 ? 3 : grid.size[1] > 1 ? 2 : 1;
  return std::max(used, kernel_dimensions);
}

}  // namespace

Kernel::Kernel(Device& device, const KernelDefinition& definition, Handle<cl_program> narrow, cl_mem empty)
    : device_(device),
      definition_(definition),
      name_(device.keep_name(definition.name())),
      raw_(is_raw(definition)),
      empty_(empty),
      narrow_(device, definition, std::move(narrow), IndexWidth::narrow, empty) {}

Kernel::~Kernel() { delete wide_.load(std::memory_order_acquire); }

LaunchPlan Kernel::plan(const DeviceLaunch& asked) const {
  const DeviceLaunch launch = settle_groups(definition_.record(), asked, device_.info().id);
  std::uint64_t items = 0;
  if (!count_items(launch.grid, items)) {
    throw ExecutionError(
        Remedy::fix_input,
        fmt::format("the grid {} x {} x {} of kernel '{}' on {} has more work-items than 64 bits count; "
                    "make it smaller",
                    launch.grid.size[0], launch.grid.size[1], launch.grid.size[2], name_, device_.label()),
        error_context());
  }
  LaunchPlan plan = plan_with(narrow_, launch);
  if (!raw_ && needs_wide_indices(launch, plan.slices)) plan = plan_with(wide_program(), launch);
  return plan;
}

LaunchPlan Kernel::plan_with(KernelProgram& program, const DeviceLaunch& launch) const {
  const auto& asked = launch.group.size;
  const bool is_asked = asked[0] != 0 || asked[1] != 0 || asked[2] != 0;
  // A raw kernel has no guard of its own against groups that reach beyond the grid; the driver finds one that fits.
  const bool driver_chooses = !is_asked && raw_ && program.limits().required[0] == 0;
  Sides group{1, 1, 1};
  if (is_asked) {
    group = asked_group(program, launch);
  } else if (!driver_chooses) {
    group = choose_group(definition_.dimensions(), launch.grid, program.limits());
  }
  require_whole_groups(launch, group);
  const GridSlices slices(launch.grid, group);
  if (raw_ && slices.count() > 1) {
    throw ExecutionError(
        Remedy::fix_input,
        fmt::format("kernel '{}' was to run on {} over {} x {} x {} work-items, but a source in OpenCL C "
                    "is enqueued at once and can have {} of them, {} along a dimension; run it over "
                    "parts of the data",
                    name_, device_.label(), launch.grid.size[0], launch.grid.size[1], launch.grid.size[2],
                    GridSlices::largest_items, GridSlices::largest_side),
        error_context());
  }
  const int dimensions = dimensions_of(launch.grid, definition_.dimensions());
  return {&program, static_cast<cl_uint>(dimensions), launch.grid, driver_chooses, group, slices};
}

Sides Kernel::asked_group(const KernelProgram& program, const DeviceLaunch& launch) const {
  Sides group;
  for (std::size_t d = 0; d < 3; ++d) group[d] = std::max(launch.group.size[d], std::uint64_t{1});
  if (const std::optional<std::string> problem = group_problem(group, program.limits())) {
    throw ExecutionError(Remedy::fix_input,
                         fmt::format("kernel '{}' was to run on {} in groups of {} x {} x {} work-items, but {}; {}",
                                     name_, device_.label(), group[0], group[1], group[2], *problem,
                                     advice_for_smaller_groups(definition_.record())),
                         error_context());
  }
  return group;
}

void Kernel::require_whole_groups(const DeviceLaunch& launch, const Sides& group) const {
  for (std::size_t d = 0; d < 3; ++d) {
    // A kernel that kernelc wrote guards itself in its own dimensions.
    if (!raw_ && d < static_cast<std::size_t>(definition_.dimensions())) continue;
    if (launch.grid.size[d] % group[d] == 0) continue;
    throw ExecutionError(
        Remedy::fix_input,
        fmt::format(
            "kernel '{}' was to run on {} over {} work-items along dimension {} in groups of {}, which does not "
            "divide them, and {}; make the grid a multiple of the group",
            name_, device_.label(), launch.grid.size[d], d, group[d],
            raw_ ? "a source in OpenCL C runs in whole groups" : "the kernel does not use that dimension"),
        error_context());
  }
}

KernelProgram& Kernel::wide_program() const {
  if (KernelProgram* const ready = wide_.load(std::memory_order_acquire)) return *ready;
  const std::lock_guard lock(wide_mutex_);
  if (KernelProgram* const ready = wide_.load(std::memory_order_relaxed)) return *ready;
  Handle<cl_program> program = build_program(device_, definition_, IndexWidth::wide);
  auto wide = std::make_unique<KernelProgram>(device_, definition_, std::move(program), IndexWidth::wide, empty_);
  wide_.store(wide.get(), std::memory_order_release);
  return *wide.release();
}

ErrorContext Kernel::error_context() const {
  ErrorContext context;
  context.kernel = name_;
  context.device = device_.info().id;
  return context;
}

}  // namespace dotcompute::opencl
