#pragma once

/// What devices built, so that it is built once in a process however many runtimes and equal devices there are.

#include <cstddef>
#include <memory>
#include <vector>

#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/kernel/definition.hpp>

namespace dotcompute::detail {

// Shared by the memory and whoever is loading the image while the memory makes room for another.
using Image = std::shared_ptr<const std::vector<std::byte>>;

/// The kernel's image for a device: one that any device with the same driver has built before, else built now. Throws
/// what DeviceAccelerator::build throws. Thread-safe.
[[nodiscard]] Image image_for(const KernelDefinition& kernel, DeviceAccelerator& accelerator);

}  // namespace dotcompute::detail
