#pragma once

/// saxpy by hand on the first OpenCL device: the driver's own cost of a launch.

#include <cstddef>
#include <memory>
#include <string>

namespace launch {

class OpenClSaxpy {
 public:
  /// Makes a kernel and two buffers of `n` zeros on the first device. Null, with the reason in `problem`, where there
  /// is none.
  static std::unique_ptr<OpenClSaxpy> create(std::size_t n, std::string& problem);
  virtual ~OpenClSaxpy() = default;

  /// Sets the arguments and enqueues the kernel so many times, and waits for all of them.
  virtual void run(float a, int launches) = 0;
};

}  // namespace launch
