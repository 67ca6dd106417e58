#pragma once

/// The host memory that buffers are made of where their user names no other.

#include <cstddef>
#include <memory_resource>
#include <source_location>

#include <dotcompute/base/export.hpp>

namespace dotcompute {

class MemoryPool;

/// Aligned to 64 bytes; blocks of 2 MiB and more to 2 MiB, with huge pages asked for. Those are kept for the next block
/// of about their size when they are freed, so that their pages need not be made again; smaller ones are the heap's,
/// which does the same. One for the process, which it lives as long as. Thread-safe. A child that was forked off may
/// use what it inherited and give it back.
class DOTCOMPUTE_API HostResource final : public std::pmr::memory_resource {
 public:
  static constexpr std::size_t alignment_bytes = 64;
  static constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

  /// Throws std::bad_alloc.
  [[nodiscard]] static HostResource& instance();

  /// The same as `allocate`, but filled with zeros; pages that are new and zero anyway are not touched. `where` is
  /// named where the pool checks. Throws std::bad_alloc.
  [[nodiscard]] void* allocate_zeros(std::size_t size_bytes, std::size_t alignment = alignment_bytes,
                                     const std::source_location& where = std::source_location::current());

  /// Of the large blocks. In a child that was forked off it is another one.
  [[nodiscard]] MemoryPool& pool();

 private:
  HostResource() = default;
  [[nodiscard]] void* take(std::size_t size_bytes, std::size_t alignment, bool zeros,
                           const std::source_location& where);
  [[nodiscard]] void* do_allocate(std::size_t size_bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t size_bytes, std::size_t alignment) override;
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace dotcompute
