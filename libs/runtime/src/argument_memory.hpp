#pragma once

/// Memory on a device for the arguments of a launch, or why there is none.

#include <mutex>

#include <dotcompute/memory/device_session.hpp>
#include <dotcompute/memory/session_memory.hpp>

#include "device_arguments.hpp"
#include "device_launch.hpp"
#include "plan.hpp"

namespace dotcompute::detail {

/// The turns of a launch that found memory busy. It holds no lock when it waits.
class Admission {
 public:
  explicit Admission(DeviceSession& session) noexcept : session_(session) {}

  /// Whether a launch that found no room, and others in it or not, should try again.
  [[nodiscard]] bool has_more_tries(bool others_hold_memory) noexcept;
  /// Returns when it is worth while.
  void wait();

 private:
  DeviceSession& session_;
  std::unique_lock<std::mutex> lock_;
  int tries_ = 0;
  int tries_alone_ = 0;
};

/// Gives every argument of a launch on `work`'s stream memory on its device. The buffers are locked. Throws
/// OutOfMemoryError with kernel, argument and sizes: at once for arguments that do not fit there together;
/// MemoryIsBusyError for a launch that should wait and try again; ExecutionError for a buffer whose content was lost,
/// and DeviceError.
void allocate_arguments(const LaunchPlan& plan, DeviceSession& session, DeviceArguments& arguments, DeviceWork& work,
                        Admission& admission);

}  // namespace dotcompute::detail
