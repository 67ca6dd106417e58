#pragma once

/// One of NVIDIA's devices.

#include <memory>

#include <dotcompute/device/device_accelerator.hpp>

#include "cuda_device.hpp"

namespace dotcompute::cuda {

class CudaAccelerator final : public DeviceAccelerator {
 public:
  explicit CudaAccelerator(std::shared_ptr<CudaDevice> device) noexcept : device_(std::move(device)) {}

  [[nodiscard]] const AcceleratorInfo& info() const noexcept override { return device_->info(); }
  [[nodiscard]] std::optional<std::string> refusal(const KernelDefinition& kernel) const override;
  [[nodiscard]] std::unique_ptr<DeviceMemory> allocate(std::uint64_t size_bytes) override;
  [[nodiscard]] std::unique_ptr<Stream> create_stream() override;
  [[nodiscard]] std::vector<std::byte> build(const KernelDefinition& kernel) override;
  [[nodiscard]] std::unique_ptr<DeviceKernel> load(const KernelDefinition& kernel,
                                                   std::span<const std::byte> image) override;
  [[nodiscard]] std::optional<std::string> loss() const override { return device_->loss(); }

 private:
  /// Shared with all that it made, some of which may outlive it.
  const std::shared_ptr<CudaDevice> device_;
};

}  // namespace dotcompute::cuda
