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
  [[nodiscard]] std::unique_ptr<PinnedMemory> allocate_pinned(std::uint64_t size_bytes) override;
  [[nodiscard]] bool can_access_peer(const DeviceAccelerator& other) const noexcept override;
  [[nodiscard]] std::unique_ptr<DeviceMemory> adopt(std::uintptr_t native_handle, std::uint64_t size_bytes,
                                                    Ownership ownership) override;
  [[nodiscard]] std::uintptr_t native_context() override {
    return reinterpret_cast<std::uintptr_t>(device_->context());
  }

 private:
  /// Why an address of others cannot be this device's block of so many bytes, in a part of a sentence.
  [[nodiscard]] std::optional<std::string> reason_against(DeviceAddress address, std::uint64_t size_bytes,
                                                          Ownership ownership);

  /// Shared with all that it made, some of which may outlive it.
  const std::shared_ptr<CudaDevice> device_;
};

}  // namespace dotcompute::cuda
