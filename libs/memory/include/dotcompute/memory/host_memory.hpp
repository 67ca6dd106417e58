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

  /// `count` elements of `element_size_bytes` from `resource`, or from the system if that is null: aligned to 64 bytes,
  /// and of the system's to 2 MiB with huge pages asked for where the block is that large. The resource outlives the
  /// block. Throws MemoryError.
  HostMemory(std::uint64_t count, std::size_t element_size_bytes, InitialContent content,
             std::pmr::memory_resource* resource = nullptr);
  /// Memory that somebody else owns, and that outlives this object.
  HostMemory(std::byte* data, std::uint64_t size_bytes) noexcept
      : data_(data), size_bytes_(size_bytes), source_(Source::adopted) {}
  HostMemory(HostMemory&& other) noexcept;
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;
  ~HostMemory();

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  [[nodiscard]] bool is_adopted() const noexcept { return source_ == Source::adopted; }

 private:
  enum class Source : std::uint8_t { heap, mapping, resource, adopted };

  void take_from_system(InitialContent content);
  void take_from(std::pmr::memory_resource& resource, InitialContent content);

  std::byte* data_ = nullptr;
  std::uint64_t size_bytes_ = 0;
  std::pmr::memory_resource* resource_ = nullptr;
  Source source_ = Source::heap;
};

}  // namespace dotcompute::detail
