#pragma once

/// A kernel made ready for a device.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <dotcompute/device/device_accelerator.hpp>

#include "cuda_device.hpp"
#include "cuda_module.hpp"
#include "image.hpp"
#include "launch_geometry.hpp"

namespace dotcompute::cuda {

/// How one launch of a kernel runs.
struct LaunchPlan {
  const CudaModule* module = nullptr;
  Convention convention = Convention::narrow;
  Sizes group{};
  Sizes groups{};
  dotcompute_grid grid{};  ///< In whole groups, where the kernel uses them.
};

class CudaKernel final : public DeviceKernel {
 public:
  /// Throws DeviceError if the image is none of this device, or damaged.
  CudaKernel(std::shared_ptr<CudaDevice> device, const KernelDefinition& kernel, std::span<const std::byte> image);

  [[nodiscard]] const KernelDefinition& definition() const noexcept { return definition_; }
  /// Lives as long as the device.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Checks the launch against the limits of device and kernel. Throws ExecutionError. The first launch that needs
  /// numbers of 64 bits compiles the kernel again and may throw what `build` does.
  [[nodiscard]] LaunchPlan plan(const DeviceLaunch& asked) const;

 private:
  [[nodiscard]] Sizes checked_group(const DeviceLaunch& launch, const CudaModule& module) const;
  void check_raw_groups(const Sizes& groups, const Sizes& group) const;
  [[nodiscard]] const CudaModule& wide_module() const;

  /// Shared with the accelerator and all that it made.
  const std::shared_ptr<CudaDevice> device_;
  const KernelDefinition definition_;
  const std::string& name_;
  Convention convention_ = Convention::narrow;
  std::optional<CudaModule> module_;

  /// Compiled when a launch first needs it; the mutex is for that only.
  mutable std::atomic<const CudaModule*> wide_{nullptr};
  mutable std::mutex wide_mutex_;
  mutable std::optional<CudaModule> wide_module_;
};

}  // namespace dotcompute::cuda
