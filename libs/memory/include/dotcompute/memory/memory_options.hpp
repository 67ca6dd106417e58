#pragma once

/// How a runtime uses the memory of a device.

#include <cstdint>
#include <limits>
#include <string>

namespace dotcompute {

/// Whether pools look for misuse of their blocks; see MemoryPoolOptions::checks.
enum class MemoryChecks : std::uint8_t {
  automatic,  ///< By a Runtime of a library that was built for debugging.
  on,
  off,
};

struct AcceleratorMemoryOptions {
  /// Leaves the threshold to the runtime: an eighth of what it may hold.
  static constexpr std::uint64_t automatic = std::numeric_limits<std::uint64_t>::max();

  std::string accelerator = {};  ///< The id of the device that this is for; empty for every one that none is for.
  std::uint64_t cap_bytes = 0;   ///< The most that is taken of its memory; 0 for all it has.
  std::uint64_t release_threshold_bytes = automatic;  ///< Free blocks beyond this go back to the driver.
  MemoryChecks checks = MemoryChecks::automatic;
};

}  // namespace dotcompute
