#pragma once

/// prepare: kernel + device -> the kernel's code for the device.

#include <memory>

#include <dotcompute/device/host_accelerator.hpp>
#include <dotcompute/kernel/definition.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

namespace dotcompute::detail {

/// Throws DeviceError for a kernel that the device cannot run; the message says why and which devices can.
[[nodiscard]] std::unique_ptr<HostKernel> prepare_code(const KernelDefinition& kernel, const Device& device,
                                                           const RuntimeCore& runtime);

}  // namespace dotcompute::detail
