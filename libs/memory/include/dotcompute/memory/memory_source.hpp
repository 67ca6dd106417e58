#pragma once

/// Where a MemoryPool gets its memory from: a device, pinned memory, the host. One engine serves all of them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>

namespace dotcompute {

/// A block as its source gave it. Destroying it gives it back: nothing may use it any more.
class DOTCOMPUTE_API SourceMemory {
 public:
  virtual ~SourceMemory() = default;
  /// Null where it is no device's.
  [[nodiscard]] virtual DeviceMemory* device() const noexcept { return nullptr; }
  /// Null where the program cannot reach it.
  [[nodiscard]] virtual std::byte* host() const noexcept { return nullptr; }
};

/// Outlives the pool on it. Thread-safe.
class DOTCOMPUTE_API MemorySource {
 public:
  virtual ~MemorySource() = default;

  /// For messages: "opencl:0". Lives as long as the source.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// A block of at least `size_bytes`, which is not 0. Null if there is no room, and why in `why_not`; throws for other
  /// failures only.
  [[nodiscard]] virtual std::unique_ptr<SourceMemory> allocate(std::uint64_t size_bytes, std::string& why_not) = 0;

  /// For a pool that checks: copies bytes of a block that nothing uses, and returns when that is done. False where it
  /// cannot. As they are, they serve memory that the program can reach.
  [[nodiscard]] virtual bool read(const SourceMemory& from, std::uint64_t offset_bytes, std::span<std::byte> to);
  [[nodiscard]] virtual bool write(const SourceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from);
};

}  // namespace dotcompute
