#pragma once

/// Memory of a device.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <dotcompute/device/device_accelerator.hpp>

#include "cuda_device.hpp"

namespace dotcompute::cuda {

class CudaMemory final : public DeviceMemory {
 public:
  /// Throws OutOfMemoryError with what was asked for and what there is.
  CudaMemory(std::shared_ptr<CudaDevice> device, std::uint64_t size_bytes);
  /// Memory that others made. `address` is one of this device's.
  CudaMemory(std::shared_ptr<CudaDevice> device, DeviceAddress address, std::uint64_t size_bytes,
             Ownership ownership) noexcept;
  ~CudaMemory() override;
  CudaMemory(const CudaMemory&) = delete;
  CudaMemory& operator=(const CudaMemory&) = delete;

  [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  [[nodiscard]] std::uintptr_t native_handle() const noexcept override { return address_; }
  [[nodiscard]] DeviceAddress address() const noexcept { return address_; }
  [[nodiscard]] CudaDevice& device() const noexcept { return *device_; }

 private:
  /// Shared with the accelerator, which may go first.
  const std::shared_ptr<CudaDevice> device_;
  const std::uint64_t size_bytes_;
  DeviceAddress address_ = 0;
  Ownership ownership_ = Ownership::taken;
};

/// Memory of the host that the driver pinned, for all of its devices.
class CudaPinnedMemory final : public PinnedMemory {
 public:
  /// Throws OutOfMemoryError.
  CudaPinnedMemory(std::shared_ptr<CudaDevice> device, std::uint64_t size_bytes);
  ~CudaPinnedMemory() override;
  CudaPinnedMemory(const CudaPinnedMemory&) = delete;
  CudaPinnedMemory& operator=(const CudaPinnedMemory&) = delete;

  [[nodiscard]] std::span<std::byte> bytes() const noexcept override { return bytes_; }

 private:
  const std::shared_ptr<CudaDevice> device_;
  std::span<std::byte> bytes_;
};

/// `memory` is one of this backend's.
[[nodiscard]] inline DeviceAddress address_of(const DeviceMemory& memory) noexcept {
  return static_cast<const CudaMemory&>(memory).address();
}

}  // namespace dotcompute::cuda
