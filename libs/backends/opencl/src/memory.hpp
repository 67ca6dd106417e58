#pragma once

#include <cstdint>
#include <utility>

#include <dotcompute/device/device_accelerator.hpp>

#include "handle.hpp"
#include "opencl_headers.hpp"

namespace dotcompute::opencl {

/// A buffer of OpenCL.
class Memory final : public DeviceMemory {
 public:
  /// `serial` is one that no other buffer of the device has or had: drivers use addresses of released buffers again.
  Memory(Handle<cl_mem> buffer, std::uint64_t size_bytes, std::uint64_t serial) noexcept
      : buffer_(std::move(buffer)), size_bytes_(size_bytes), serial_(serial) {}

  [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  [[nodiscard]] std::uintptr_t native_handle() const noexcept override {
    return reinterpret_cast<std::uintptr_t>(buffer_.get());
  }
  [[nodiscard]] cl_mem buffer() const noexcept { return buffer_.get(); }
  [[nodiscard]] std::uint64_t serial() const noexcept { return serial_; }

 private:
  Handle<cl_mem> buffer_;
  std::uint64_t size_bytes_;
  std::uint64_t serial_;
};

}  // namespace dotcompute::opencl
