#pragma once

/// Runs a kernel on prepared arguments, on either kind of device.

#include <cstdint>
#include <memory>

#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/device/host_accelerator.hpp>

#include "random_arguments.hpp"

namespace dotcompute::conformance {

/// A grid of about `size` items in as many dimensions as the kernel has.
[[nodiscard]] dotcompute_grid grid_for(const KernelDefinition& kernel, std::uint64_t size);

/// A kernel made ready for one device. `run` leaves in the arguments what the kernel wrote; it throws what the device
/// throws, and ExecutionError if the kernel wrote beside the spans.
class LoadedKernel {
 public:
  virtual ~LoadedKernel() = default;
  virtual void run(Arguments& arguments, const dotcompute_grid& grid) = 0;
};

/// Builds and loads; throws what the device throws.
[[nodiscard]] std::unique_ptr<LoadedKernel> load_kernel(Accelerator& device, const KernelDefinition& kernel);

}  // namespace dotcompute::conformance
