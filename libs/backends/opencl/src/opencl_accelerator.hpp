#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include <dotcompute/device/device_accelerator.hpp>

#include "device.hpp"
#include "handle.hpp"

namespace dotcompute::opencl {

/// One device of OpenCL. Its library outlives it.
class OpenClAccelerator final : public DeviceAccelerator {
 public:
  OpenClAccelerator(const Library& library, cl_device_id id, DeviceDescription description,
                    std::shared_ptr<PlatformContext> platform, bool out_of_order);

  const AcceleratorInfo& info() const noexcept override { return device_.info(); }
  std::optional<std::string> refusal(const KernelDefinition& kernel) const override;
  std::unique_ptr<DeviceMemory> allocate(std::uint64_t size_bytes) override;
  std::unique_ptr<Stream> create_stream() override;
  std::vector<std::byte> build(const KernelDefinition& kernel) override;
  std::unique_ptr<DeviceKernel> load(const KernelDefinition& kernel, std::span<const std::byte> image) override;
  std::optional<std::string> loss() const override { return device_.loss(); }
  std::unique_ptr<PinnedMemory> allocate_pinned(std::uint64_t size_bytes) override;
  bool can_access_peer(const DeviceAccelerator& other) const noexcept override;
  std::unique_ptr<DeviceMemory> adopt(std::uintptr_t native_handle, std::uint64_t size_bytes,
                                      Ownership ownership) override;
  std::uintptr_t native_context() override { return reinterpret_cast<std::uintptr_t>(device_.context()); }

 private:
  [[nodiscard]] Handle<cl_mem> create_buffer(std::uint64_t size_bytes, cl_mem_flags flags);
  /// Why a cl_mem of others cannot be this device's block of so many bytes, in a part of a sentence.
  [[nodiscard]] std::optional<std::string> reason_against(cl_mem buffer, std::uint64_t size_bytes);
  [[nodiscard]] cl_mem empty_buffer();
  void require_accepted(const KernelDefinition& kernel) const;

  Device device_;
  bool out_of_order_;
  std::mutex mutex_;  // guards empty_
  Handle<cl_mem> empty_;
  std::atomic<std::uint64_t> next_serial_{1};
  std::atomic<std::size_t> next_stream_{0};
};

}  // namespace dotcompute::opencl
