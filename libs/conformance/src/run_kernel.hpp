#pragma once

/// Runs a kernel on prepared arguments, on either kind of device.

#include <cstdint>
#include <memory>
#include <vector>

#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/device/host_accelerator.hpp>

#include "random_arguments.hpp"

namespace dotcompute::conformance {

/// A grid of about `size` items in as many dimensions as the kernel has.
[[nodiscard]] dotcompute_grid grid_for(const KernelDefinition& kernel, std::uint64_t size);

/// The sizes of groups to try with so many elements; zeros leave it to the device. For a kernel that uses its group:
/// the usual size, one item, odd sizes, whole vectors and warps, and the largest; fewer of them for large sizes. None
/// has more than `largest_items` items, and none is larger than the device allows, where it says so.
[[nodiscard]] std::vector<dotcompute_grid> group_sizes_for(const KernelDefinition& kernel, std::uint64_t size,
                                                           const DeviceLimits& limits, std::uint64_t largest_items);

/// A kernel made ready for one device. A group of zeros leaves its size to the device. `run` leaves in the arguments
/// what the kernel wrote; it throws what the device throws, and ExecutionError if the kernel wrote beside the spans.
class LoadedKernel {
 public:
  virtual ~LoadedKernel() = default;
  virtual void run(Arguments& arguments, const dotcompute_grid& grid, const dotcompute_grid& group) = 0;
};

/// Builds and loads; throws what the device throws.
[[nodiscard]] std::unique_ptr<LoadedKernel> load_kernel(Accelerator& device, const KernelDefinition& kernel);

}  // namespace dotcompute::conformance
