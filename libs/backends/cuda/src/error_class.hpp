#pragma once

/// What an error of the driver's means for the device.

#include "driver_api.hpp"

namespace dotcompute::cuda {

enum class ErrorClass {
  none,       ///< Success, or "not ready".
  request,    ///< The call was wrong. The device works on.
  memory,     ///< There is no room on the device. It works on.
  resources,  ///< A launch needs more than a group can have. The device works on.
  code,       ///< The driver does not take the code. The device works on.
  transient,  ///< The same call may succeed later.
  lost        ///< Sticky: every further call on the device fails in this process.
};

[[nodiscard]] ErrorClass classify(Result result) noexcept;

}  // namespace dotcompute::cuda
