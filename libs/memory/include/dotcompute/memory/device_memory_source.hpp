#pragma once

/// A device's memory as the source of a MemoryPool.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/memory_source.hpp>

namespace dotcompute {

/// The accelerator outlives it.
class DOTCOMPUTE_API DeviceMemorySource final : public MemorySource {
 public:
  explicit DeviceMemorySource(DeviceAccelerator& accelerator) noexcept : accelerator_(accelerator) {}

  [[nodiscard]] std::string_view name() const noexcept override { return accelerator_.info().id; }
  /// Throws DeviceError if the device is lost.
  [[nodiscard]] std::unique_ptr<SourceMemory> allocate(std::uint64_t size_bytes, std::string& why_not) override;
  [[nodiscard]] bool read(const SourceMemory& from, std::uint64_t offset_bytes, std::span<std::byte> to) override;
  [[nodiscard]] bool write(const SourceMemory& to, std::uint64_t offset_bytes,
                           std::span<const std::byte> from) override;

 private:
  [[nodiscard]] Stream& stream();

  DeviceAccelerator& accelerator_;
  std::mutex mutex_;                ///< For the stream of the checks,
  std::unique_ptr<Stream> stream_;  ///< which is opened when there are any.
};

}  // namespace dotcompute
