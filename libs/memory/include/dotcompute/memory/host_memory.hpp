#pragma once

/// The host's part of a buffer: memory of the system, of a std::pmr::memory_resource, or of the user.

#include <cstddef>
#include <cstdint>
#include <memory_resource>

#include <dotcompute/base/export.hpp>

namespace dotcompute::detail {

/// How new memory starts out.
enum class InitialContent { zeros, unspecified };

/// A block that is given back when it is destroyed, unless it was adopted.
class DOTCOMPUTE_API HostMemory {
 public:
  static constexpr std::size_t alignment_bytes = 64;

  /// `count` elements of `element_size_bytes` from `resource`, which outlives the block; null is HostResource. Aligned
  /// to 64 bytes. Throws MemoryError.
  HostMemory(std::uint64_t count, std::size_t element_size_bytes, InitialContent content,
             std::pmr::memory_resource* resource = nullptr);
  /// Memory that somebody else owns, and that outlives this object.
  HostMemory(std::byte* data, std::uint64_t size_bytes) noexcept : data_(data), size_bytes_(size_bytes) {}
  HostMemory(HostMemory&& other) noexcept;
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;
  ~HostMemory();

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

 private:
  std::byte* data_ = nullptr;
  std::uint64_t size_bytes_ = 0;
  std::pmr::memory_resource* resource_ = nullptr;  ///< That it goes back to, if it does.
};

}  // namespace dotcompute::detail
