#pragma once

/// The driver's own allocation of device memory, on the first OpenCL device.

#include <cstddef>
#include <memory>
#include <string>

namespace memory {

class OpenClBuffers {
 public:
  /// Null, with the reason in `problem`, where there is no device.
  static std::unique_ptr<OpenClBuffers> create(std::string& problem);
  virtual ~OpenClBuffers() = default;

  /// clCreateBuffer
  [[nodiscard]] virtual void* take(std::size_t size_bytes) = 0;
  /// clReleaseMemObject
  virtual void give_back(void* buffer) = 0;
};

}  // namespace memory
