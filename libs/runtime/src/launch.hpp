#pragma once

/// The pipeline's steps for a launch of a sequence, whose end is waited for later.

#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/launch_options.hpp>
#include <dotcompute/runtime/report.hpp>

#include "device_launch.hpp"

namespace dotcompute::detail {

/// The call with the plan of the device that it runs on; its own is open.
[[nodiscard]] BoundCall place_call(const LaunchOptions& options, const BoundCall& bound);

/// Enqueues a placed call on its device where the device and the uses of its buffers keep it in order: `work` is to be
/// waited for, and `report` is what it will be then. False, with nothing done, where `run_bound` has to run it: on the
/// host, with memory that is no buffer, checked, timed, stopped or empty, or behind others that use its buffers.
[[nodiscard]] bool enqueue_bound(const LaunchOptions& options, const BoundCall& bound, DeviceWork& work,
                                 LaunchReport& report);

}  // namespace dotcompute::detail
