#pragma once

/// The context that the devices of one platform share, so that they copy from each other's memory and wait for each
/// other's commands.

#include <mutex>
#include <vector>

#include "handle.hpp"
#include "library.hpp"
#include "opencl_headers.hpp"

namespace dotcompute::opencl {

/// Made when a device first needs it. A device that the driver gives no context together with the others, as one that
/// another program uses alone, has one by itself. Thread-safe.
class PlatformContext {
 public:
  /// Before any device asks: `id` is one of those that share.
  void add(cl_device_id id) { devices_.push_back(id); }

  /// The context of all devices; null if the driver gives none, and then always.
  [[nodiscard]] cl_context shared(const Library& library) noexcept;

 private:
  std::vector<cl_device_id> devices_;
  std::mutex mutex_;  // guards what follows
  bool was_tried_ = false;
  Handle<cl_context> context_;
};

}  // namespace dotcompute::opencl
