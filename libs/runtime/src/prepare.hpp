#pragma once

/// prepare: kernel + device -> the kernel's code for the device.

#include <memory>

#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/device/host_accelerator.hpp>
#include <dotcompute/kernel/definition.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

namespace dotcompute::detail {

/// One of the two, as the device is.
struct PreparedCode {
  std::unique_ptr<HostKernel> host;
  std::unique_ptr<DeviceKernel> device;
};

/// Throws DeviceError for a kernel that the device cannot run; the message says why and which devices can. Throws
/// CompilationError if the device's compiler rejects it.
[[nodiscard]] PreparedCode prepare_code(const KernelDefinition& kernel, const Device& device,
                                        const RuntimeCore& runtime);

}  // namespace dotcompute::detail
