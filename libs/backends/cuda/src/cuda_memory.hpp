#pragma once

/// Memory of a device.

#include <memory>

#include <dotcompute/device/device_accelerator.hpp>

#include "cuda_device.hpp"

namespace dotcompute::cuda {

class CudaMemory final : public DeviceMemory {
 public:
  /// Throws OutOfMemoryError with what was asked for and what there is.
  CudaMemory(std::shared_ptr<CudaDevice> device, std::uint64_t size_bytes);
  ~CudaMemory() override;
  CudaMemory(const CudaMemory&) = delete;
  CudaMemory& operator=(const CudaMemory&) = delete;

  [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  [[nodiscard]] DeviceAddress address() const noexcept { return address_; }

 private:
  /// Shared with the accelerator, which may go first.
  const std::shared_ptr<CudaDevice> device_;
  const std::uint64_t size_bytes_;
  DeviceAddress address_ = 0;
};

/// `memory` is one of this backend's.
[[nodiscard]] inline DeviceAddress address_of(const DeviceMemory& memory) noexcept {
  return static_cast<const CudaMemory&>(memory).address();
}

}  // namespace dotcompute::cuda
