#pragma once

/// The pinned host memory of a device, kept for the next one who wants some.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/memory_pool.hpp>
#include <dotcompute/memory/memory_source.hpp>
#include <dotcompute/memory/pool_resource.hpp>

namespace dotcompute {

/// A device's pinned memory as the source of a MemoryPool. The accelerator outlives it.
class DOTCOMPUTE_API PinnedMemorySource final : public MemorySource {
 public:
  explicit PinnedMemorySource(DeviceAccelerator& accelerator);

  /// "pinned memory of cuda:0"
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  /// Throws DeviceError if the device is lost.
  [[nodiscard]] std::unique_ptr<SourceMemory> allocate(std::uint64_t size_bytes, std::string& why_not) override;

 private:
  DeviceAccelerator& accelerator_;
  std::string name_;
};

/// A pool on it, which buffers and transfers share. What the system can spare is little: the pool takes a quarter of
/// the machine's memory at most, and keeps little that nobody uses. Thread-safe.
class DOTCOMPUTE_API PinnedMemoryPool {
 public:
  /// Null where the device has no pinned memory. Throws as DeviceAccelerator::allocate_pinned.
  [[nodiscard]] static std::unique_ptr<PinnedMemoryPool> create(DeviceAccelerator& accelerator);

  [[nodiscard]] MemoryPool& pool() noexcept { return pool_; }
  /// For buffers and containers, which go before the pool does.
  [[nodiscard]] PoolResource& resource() noexcept { return resource_; }

 private:
  explicit PinnedMemoryPool(DeviceAccelerator& accelerator);

  PinnedMemorySource source_;
  MemoryPool pool_;
  PoolResource resource_;
};

}  // namespace dotcompute
