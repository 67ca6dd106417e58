#pragma once

/// The CUDA driver, opened at run time.

#include <memory>
#include <span>
#include <string>

#include "driver_api.hpp"

namespace dotcompute::cuda {

struct Driver : DriverFunctions {
  std::string path;
  int version = 0;  ///< Of CUDA, as the driver counts: 13000 is 13.0.

  /// "13.0"
  [[nodiscard]] std::string version_name() const;
  /// "CUDA_ERROR_ILLEGAL_ADDRESS (an illegal memory access was encountered)"
  [[nodiscard]] std::string describe(Result result) const;
};

/// The driver, initialised, or why there is none: every place that was tried, and what to do.
struct DriverLoad {
  /// Shared by the devices: the last of them to go takes the table of functions along.
  std::shared_ptr<const Driver> driver;
  std::string reason;
};

[[nodiscard]] DriverLoad open_driver(std::span<const std::string> paths);

}  // namespace dotcompute::cuda
