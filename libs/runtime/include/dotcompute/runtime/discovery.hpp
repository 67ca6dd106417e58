#pragma once

/// When a runtime looks for devices.

#include <cstdint>

namespace dotcompute {

/// When the devices of backends with a driver of their own are looked for: opening drivers takes a time that a short
/// program should not pay. A device that is named, and a list of all, is looked for at once in any case.
enum class Discovery : std::uint8_t {
  /// Once the launches that name no device are estimated to have taken 20 ms of computing, of which those below 10 us
  /// do not count, or if one of them can run on no device that is known.
  automatic,
  eager,       ///< When the runtime is made.
  named_only,  ///< Never for launches that name no device.
};

}  // namespace dotcompute
