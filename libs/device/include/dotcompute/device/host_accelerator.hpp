#pragma once

/// A device that runs kernels on the program's own memory: the cpu, the reference.

#include <memory>

#include <dotcompute/device/accelerator.hpp>
#include <dotcompute/device/launch.hpp>

namespace dotcompute {

/// A kernel made ready for one host device. Valid while its Accelerator and the object that holds the kernel's record
/// live.
class HostKernel {
 public:
  virtual ~HostKernel() = default;

  /// Runs the launch and returns when it is complete. Allocates nothing when warm and takes no lock shared by callers.
  /// Throws ExecutionError or DeviceError.
  virtual LaunchOutcome run(const LaunchDescription& launch) const = 0;

  /// Starts the launch and returns; `pending.completed` is called when it ended, possibly before `start` returns.
  virtual void start(PendingLaunch& pending) const = 0;

  /// Helps a launch that `start` began along and returns when it is complete: a thread that waits does work instead.
  /// `done` tells whether `completed` has been called.
  virtual void help(PendingLaunch& pending, bool (*done)(const PendingLaunch&) noexcept) const = 0;
};

class HostAccelerator : public Accelerator {
 public:
  /// Throws DeviceError with `refusal`'s reason where there is one.
  [[nodiscard]] virtual std::unique_ptr<HostKernel> load(const KernelDefinition& kernel) = 0;
};

}  // namespace dotcompute
