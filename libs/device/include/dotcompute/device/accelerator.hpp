#pragma once

/// The device contract: what the runtime asks of every backend.
///
/// An Accelerator is one device. `load` turns a kernel's definition into a CompiledKernel once; launches then go to the
/// CompiledKernel. All members may be called from several threads at once.

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <dotcompute/kernel/abi.h>
#include <dotcompute/kernel/definition.hpp>

namespace dotcompute {

/// What a device says of itself.
struct AcceleratorInfo {
  std::string id;           ///< What `on(...)` takes: "cpu", "reference", "opencl:0".
  std::string name;         ///< For people: "AMD EPYC, x86-64-v4, 2 threads".
  std::string backend;      ///< "cpu", "reference", "opencl" ...
  std::size_t concurrency;  ///< Hardware threads or compute units.
};

/// One launch as a device sees it. The argument block and the memory that its spans name stay valid until completion.
struct LaunchDescription {
  const std::byte* arguments = nullptr;  ///< Laid out as the kernel's parameters say.
  dotcompute_grid grid{{1, 1, 1}};       ///< Sizes in work-items; any of them may be 0.
  std::stop_token stop;                  ///< Looked at between chunks, never inside one.
};

/// How a launch ended.
enum class LaunchOutcome {
  completed,  ///< Every work-item ran.
  stopped,    ///< A stop was requested before the last chunk; what was written is unspecified.
};

/// An asynchronous launch in flight. The caller owns it, keeps it at its address until `completed` was called, and
/// derives from it to be told. `scratch` belongs to the backend from `start` to `completed`, so that a launch needs no
/// heap.
class PendingLaunch {
 public:
  PendingLaunch() = default;
  PendingLaunch(const PendingLaunch&) = delete;
  PendingLaunch& operator=(const PendingLaunch&) = delete;

  /// Called exactly once, on a thread of the library, never on a driver's callback thread; `error` is null unless the
  /// launch failed. The object may be destroyed from inside.
  virtual void completed(LaunchOutcome outcome, std::exception_ptr error) noexcept = 0;

  LaunchDescription launch;
  alignas(64) std::byte scratch[256];

 protected:
  ~PendingLaunch() = default;
};

/// A kernel made ready for one device. Valid while its Accelerator and the object that holds the kernel's record live.
class CompiledKernel {
 public:
  virtual ~CompiledKernel() = default;

  /// Runs the launch and returns when it is complete. Allocates nothing when warm and takes no lock shared by callers.
  /// Throws ExecutionError or DeviceError.
  virtual LaunchOutcome run(const LaunchDescription& launch) const = 0;

  /// Starts the launch and returns; `pending.completed` is called when it ended, possibly before `start` returns.
  virtual void start(PendingLaunch& pending) const = 0;

  /// Helps a launch that `start` began along and returns when it is complete: a thread that waits does work instead.
  /// `done` tells whether `completed` has been called.
  virtual void help(PendingLaunch& pending, bool (*done)(const PendingLaunch&) noexcept) const = 0;
};

class Accelerator {
 public:
  virtual ~Accelerator() = default;

  [[nodiscard]] virtual const AcceleratorInfo& info() const noexcept = 0;

  /// Why this device cannot run the kernel, in a sentence; empty if it can.
  [[nodiscard]] virtual std::optional<std::string> refusal(const KernelDefinition& kernel) const = 0;

  /// Throws DeviceError with `refusal`'s reason where there is one.
  [[nodiscard]] virtual std::unique_ptr<CompiledKernel> load(const KernelDefinition& kernel) = 0;
};

}  // namespace dotcompute
