#pragma once

/// What a device says of itself, gathered by clGetDeviceInfo.

#include <cstdint>
#include <optional>
#include <string>

#include <dotcompute/device/accelerator.hpp>

#include "library.hpp"
#include "opencl_headers.hpp"

namespace dotcompute::opencl {

/// What builds and launches need to know and AcceleratorInfo does not say.
struct DeviceTraits {
  std::uint64_t address_bits = 64;  ///< Of the device: sizes of grids and of memory have as many.
  std::uint64_t sub_buffer_alignment_bytes = 128;
  bool rounds_division_correctly = false;  ///< If asked to, float / and sqrt are as IEEE 754 has them.
  bool has_out_of_order_queues = false;
  bool waits_for_others = true;           ///< Whether its commands can wait for those of the platform's other devices.
  bool has_sound_optimiser = true;        ///< Whether what the driver's compiler optimises, the device can run.
  std::uint64_t usual_group_items = 256;  ///< Of a group that nobody asked for.
};

/// Whether a program may contract, reorder and approximate (DOTCOMPUTE_FEATURE_FAST_MATH).
enum class Arithmetic { strict, fast };

struct DeviceDescription {
  AcceleratorInfo info;
  DeviceTraits traits;
  std::optional<std::string> unusable;  ///< Why the device cannot be used, in a sentence.
};

/// The options that kernels are built with for this device; a part of `info.driver`.
[[nodiscard]] std::string build_options(const DeviceTraits& traits, Arithmetic arithmetic = Arithmetic::strict);

/// A text that a platform says of itself; empty if it does not.
[[nodiscard]] std::string platform_text(const Library& library, cl_platform_id platform, cl_platform_info what);

[[nodiscard]] DeviceDescription describe_device(const Library& library, cl_platform_id platform, cl_device_id device,
                                                std::string id);

}  // namespace dotcompute::opencl
