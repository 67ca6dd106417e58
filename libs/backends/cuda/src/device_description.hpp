#pragma once

/// What the driver says of a device.

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include <dotcompute/device/accelerator.hpp>

#include "driver.hpp"

namespace dotcompute::cuda {

/// The smallest compute capability that the driver's and NVRTC's versions here have in common.
inline constexpr int oldest_architecture = 50;

struct DeviceDescription {
  DeviceHandle handle = 0;
  int architecture = 0;                         ///< Of the machine code: 90 is compute capability 9.0.
  std::array<std::uint64_t, 3> largest_grid{};  ///< In groups.
  AcceleratorInfo info;

  /// "sm_90"
  [[nodiscard]] std::string target() const { return "sm_" + std::to_string(architecture); }
};

/// Fills `description` for the driver's device of this number. Gives the reason if the device cannot be used.
[[nodiscard]] std::optional<std::string> describe_device(const Driver& driver, int ordinal,
                                                         DeviceDescription& description);

/// What the device may reach. Cores per multiprocessor are those of NVIDIA's table of arithmetic throughput ("CUDA C++
/// Programming Guide", "Maximize Instruction Throughput"), one operation each per clock; memory moves twice per clock
/// over its bus. Where the driver does not tell the clocks: 1.5 GHz, 300 bytes per ns.
[[nodiscard]] DeviceSpeed estimate_speed(int architecture, int multiprocessors, int clock_khz, int memory_clock_khz,
                                         int bus_width_bits);

}  // namespace dotcompute::cuda
