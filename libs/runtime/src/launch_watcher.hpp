#pragma once

/// Somebody who is told how far one launch is.

#include "device_launch.hpp"

namespace dotcompute::detail {

/// Stays until the launch is complete.
class LaunchWatcher {
 public:
  /// The stream has it, and the launch is not told of its end before this returns. Nobody holds the stream's lock.
  virtual void enqueued(const DeviceWork& work) noexcept = 0;
  virtual void begun_on_host() noexcept = 0;
  virtual void ended_on_host() noexcept = 0;

 protected:
  ~LaunchWatcher() = default;
};

}  // namespace dotcompute::detail
