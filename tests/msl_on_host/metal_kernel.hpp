#pragma once

/// A kernel's Metal text as code of this process.

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include <dotcompute/device/device_accelerator.hpp>

namespace msl_on_host {

/// Borrowed for the call.
struct MetalLaunch {
  const std::byte* arguments = nullptr;    ///< The argument block, aligned as the kernel's record says.
  std::span<const dotcompute_span> spans;  ///< One for each span parameter, at its place in this process.
  dotcompute_grid grid{{1, 1, 1}};         ///< In work-items, as `settle_groups` has it.
  dotcompute_grid group{{0, 0, 0}};        ///< The same; zeros leave it to the device.
  bool wide_indices = false;               ///< 64 bits also where 32 would do.
};

class MetalKernel final : public dotcompute::DeviceKernel {
 public:
  /// Loads what `compile_text` made. Throws DeviceError if it cannot be loaded.
  MetalKernel(const dotcompute::KernelDefinition& kernel, std::span<const std::byte> object);
  ~MetalKernel() override;

  [[nodiscard]] const dotcompute::KernelDefinition& definition() const noexcept { return kernel_; }

  /// Runs every item, group after group; those of a group with barriers on fibers. Several threads may call it. Throws
  /// ExecutionError for a group or grid that cannot be, if the items of a group
  /// come by different barriers, and if the text does what Metal leaves undefined.
  void run(const MetalLaunch& launch) const;

 private:
  struct Object;

  [[noreturn]] void refuse(const std::string& message) const;

  dotcompute::KernelDefinition kernel_;
  std::unique_ptr<const Object> object_;
  bool has_group_arrays_;  ///< The object has one place for each: then one group runs at a time.
  mutable std::mutex one_group_at_a_time_;
};

}  // namespace msl_on_host
