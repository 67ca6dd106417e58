#pragma once

/// The groups of a kernel on a device with a memory of its own, in front of what the device's driver says.

#include <optional>
#include <string>
#include <string_view>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>

namespace dotcompute {

/// Why a device with these limits cannot run the kernel's groups, whatever a launch asks for, in a sentence; nothing if
/// it can. `device` is how messages name it.
[[nodiscard]] DOTCOMPUTE_API std::optional<std::string> group_refusal(const dotcompute_kernel& kernel,
                                                                      const DeviceLimits& limits,
                                                                      std::string_view device);

/// The launch as the device is to run it. For a kernel that uses its group: the size of groups, as `group_shape` has
/// it, and the grid in whole groups. For another one: its size of groups, if the launch or DOTCOMPUTE_GROUP says one.
/// Allocates nothing. Throws ExecutionError with kernel, values and `device` where `group_problem` finds something, or
/// where the grid does not fit 64 bits then.
[[nodiscard]] DOTCOMPUTE_API DeviceLaunch settle_groups(const dotcompute_kernel& kernel, const DeviceLaunch& launch,
                                                        std::string_view device);

/// What to do about groups that are too large for a device, as the end of a sentence.
[[nodiscard]] DOTCOMPUTE_API std::string_view advice_for_smaller_groups(const dotcompute_kernel& kernel) noexcept;

}  // namespace dotcompute
