#pragma once

/// How a launch on the host ends, and what is known of one in flight.

#include <cstddef>
#include <exception>
#include <stop_token>

#include <dotcompute/kernel/abi.h>

namespace dotcompute {

/// One launch as a host device sees it. The argument block and the memory that its spans name stay valid until
/// completion.
struct LaunchDescription {
  const std::byte* arguments = nullptr;  ///< Laid out as the kernel's parameters say.
  dotcompute_grid grid{{1, 1, 1}};       ///< Sizes in work-items; any of them may be 0.
  std::stop_token stop;                  ///< Looked at between chunks, never inside one.
  dotcompute_grid group{{0, 0, 0}};      ///< In work-items; zeros leave it to the device. See group_shape.hpp.
};

/// How a launch ended.
enum class LaunchOutcome {
  completed,  ///< Every work-item ran.
  stopped,    ///< A stop was requested before the last chunk; what was written is unspecified.
};

/// An asynchronous launch in flight. The caller owns it, keeps it at its address until `completed` was called, and
/// derives from it to be told. `scratch` belongs to whoever runs the launch from its start to `completed`, so that a
/// launch needs no heap.
class PendingLaunch {
 public:
  PendingLaunch() = default;
  PendingLaunch(const PendingLaunch&) = delete;
  PendingLaunch& operator=(const PendingLaunch&) = delete;

  /// Called exactly once, on a thread of the library, never on a driver's callback thread; `error` is null unless the
  /// launch failed. The object may be destroyed from inside.
  virtual void completed(LaunchOutcome outcome, std::exception_ptr error) noexcept = 0;

  LaunchDescription launch;
  /// Whether a short launch may run inside the call that starts it. Not where whoever starts it has other work.
  bool may_run_in_start = true;
  alignas(64) std::byte scratch[256];

 protected:
  ~PendingLaunch() = default;
};

}  // namespace dotcompute
