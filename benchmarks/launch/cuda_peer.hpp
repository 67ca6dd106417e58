#pragma once

/// saxpy by hand through the CUDA driver: the driver's own cost of a launch.

#include <cstddef>
#include <memory>
#include <string>

namespace launch {

class CudaSaxpy {
 public:
  /// Makes a kernel and two arrays of `n` zeros on the first GPU. Null, with the reason in `problem`, where there is
  /// none.
  static std::unique_ptr<CudaSaxpy> create(std::size_t n, std::string& problem);
  virtual ~CudaSaxpy() = default;

  /// Launches the kernel so many times, and waits for all of them.
  virtual void run(float a, int launches) = 0;
};

}  // namespace launch
