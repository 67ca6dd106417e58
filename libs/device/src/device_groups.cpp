#include <dotcompute/device/device_groups.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/group_shape.hpp>

namespace dotcompute {

namespace {

[[noreturn]] void refuse(const dotcompute_kernel& kernel, std::string_view device, const std::string& message) {
  ErrorContext context;
  context.kernel = kernel.name;
  context.device = device;
  throw ExecutionError(Remedy::fix_input, message, std::move(context));
}

}  // namespace

std::optional<std::string> group_refusal(const dotcompute_kernel& kernel, const DeviceLimits& limits,
                                         std::string_view device) {
  if (!uses_groups(kernel)) return std::nullopt;
  if (kernel.shared_bytes > limits.local_memory_bytes) {
    return fmt::format(
        "the shared arrays of '{}' take {} bytes for each group, and {} has {}; make them smaller, or run on another "
        "device",
        kernel.name, kernel.shared_bytes, device, limits.local_memory_bytes);
  }
  if (kernel.fixed_group[0] == 0) return std::nullopt;
  const GroupShape group = group_shape(kernel, {{0, 0, 0}});
  for (std::size_t d = 0; d < 3; ++d) {
    if (group.size[d] <= limits.largest_group[d]) continue;
    return fmt::format("'{}' has groups of {} work-items along dimension {} (DOTCOMPUTE_GROUP), and {} allows {}; {}",
                       kernel.name, group.size[d], d, device, limits.largest_group[d],
                       advice_for_smaller_groups(kernel));
  }
  if (group.items() <= limits.largest_group_items) return std::nullopt;
  return fmt::format("'{}' has groups of {} work-items (DOTCOMPUTE_GROUP), and {} allows {}; {}", kernel.name,
                     group.items(), device, limits.largest_group_items, advice_for_smaller_groups(kernel));
}

DeviceLaunch settle_groups(const dotcompute_kernel& kernel, const DeviceLaunch& launch, std::string_view device) {
  if (const std::optional<std::string> problem = group_problem(kernel, launch.group)) {
    refuse(kernel, device, fmt::format("kernel {} {}", kernel.name, *problem));
  }
  DeviceLaunch settled = launch;
  const GroupShape group = group_shape(kernel, launch.group);
  if (uses_groups(kernel)) {
    std::copy(std::begin(group.size), std::end(group.size), settled.group.size);
    if (round_to_groups(settled.grid, group)) return settled;
    refuse(kernel, device,
           fmt::format("the grid {}x{}x{} of '{}' in whole groups has more work-items than 64 bits count; make it "
                       "smaller",
                       launch.grid.size[0], launch.grid.size[1], launch.grid.size[2], kernel.name));
  }
  if (kernel.fixed_group[0] != 0) {
    for (std::uint32_t d = 0; d < 3; ++d) settled.group.size[d] = d < kernel.dimensions ? group.size[d] : 1;
  }
  return settled;
}

std::string_view advice_for_smaller_groups(const dotcompute_kernel& kernel) noexcept {
  if (kernel.fixed_group[0] != 0) return "give DOTCOMPUTE_GROUP a smaller size, or run on another device";
  if (uses_groups(kernel)) return "ask for smaller groups with in_groups_of, or run on another device";
  return "ask for smaller groups, or leave them to the device";
}

}  // namespace dotcompute
