#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <dotcompute/device/device_accelerator.hpp>

#include "device.hpp"
#include "handle.hpp"

namespace dotcompute::opencl {

/// A buffer in memory of the host that the driver chose, mapped as long as it lives: the way to have pinned memory from
/// OpenCL. As an operand it is a plain address.
class PinnedBuffer final : public PinnedMemory {
 public:
  /// `buffer` was made with CL_MEM_ALLOC_HOST_PTR. Throws OutOfMemoryError and DeviceError.
  PinnedBuffer(Device& device, Handle<cl_mem> buffer, std::uint64_t size_bytes);
  PinnedBuffer(const PinnedBuffer&) = delete;
  PinnedBuffer& operator=(const PinnedBuffer&) = delete;
  ~PinnedBuffer() override;

  [[nodiscard]] std::span<std::byte> bytes() const noexcept override { return bytes_; }

 private:
  Device& device_;
  Handle<cl_mem> buffer_;
  Handle<cl_command_queue> queue_;  ///< For the mapping and its end only.
  std::span<std::byte> bytes_;
};

}  // namespace dotcompute::opencl
