#pragma once

/// place and launch on a device with memory of its own: copies what is not current there, and enqueues.

#include <cstdint>
#include <exception>
#include <string_view>

#include <dotcompute/memory/shared_stream.hpp>
#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/launch_options.hpp>
#include <dotcompute/runtime/report.hpp>

#include "launch_uses.hpp"
#include "step_clock.hpp"

namespace dotcompute::detail {

/// A launch that a stream was given.
struct DeviceWork {
  SharedStream* stream = nullptr;
  StreamPoint placed = 0;    ///< At which its plain memory is there; 0 if it has none.
  StreamPoint launched = 0;  ///< At which the kernel has run,
  StreamPoint complete = 0;  ///< and at which its results in plain memory are back.
  std::uint64_t bytes_to_device = 0;
  std::uint64_t bytes_to_host = 0;
};

/// Where a launch is to go.
struct StreamWish {
  SharedStream* stream = nullptr;  ///< Null: where it need not wait for others, or they for it.
  bool is_told_of = false;         ///< Somebody wants to be told of its end.
};

/// Places the call's arguments and enqueues its launch on a stream of its plan's device. Where it throws, nothing of
/// the call is under way any more: ExecutionError for what the device cannot do, OutOfMemoryError, DeviceError.
[[nodiscard]] DeviceWork enqueue_on_device(const LaunchOptions& options, const BoundCall& bound, const StreamWish& wish,
                                           StepClock& clock);

/// Waits for the launch. Where it failed, the buffers it writes lose their content and the error says what failed.
void wait_on_device(const LaunchPlan& plan, BufferStorage* const* buffers, const DeviceWork& work);

/// What the launch wrote of buffers has no content, but for what was written since: the launch "failed", or `how` else.
void lose_results(const LaunchPlan& plan, BufferStorage* const* buffers, const DeviceWork& work, std::string_view how);

/// The launch failed with `error`, which Stream::wait threw. Returns the error for the caller.
[[nodiscard]] std::exception_ptr fail_on_device(const LaunchPlan& plan, BufferStorage* const* buffers,
                                                const DeviceWork& work, const std::exception_ptr& error);

/// Frees device memory that was kept for launches, where it is much. The work is complete.
void tidy_after(const LaunchPlan& plan) noexcept;

/// Enqueues a blocking call and gives back its uses; fills the report but for the outcome.
[[nodiscard]] DeviceWork begin_on_device(const LaunchOptions& options, const BoundCall& bound, LaunchReport& report,
                                         StepClock& clock, HeldUses& uses);

/// All of the above for a blocking call.
void run_on_device(const LaunchOptions& options, const BoundCall& bound, LaunchReport& report, StepClock& clock,
                   HeldUses& uses);

}  // namespace dotcompute::detail
