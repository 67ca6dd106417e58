#pragma once

/// A MemoryPool as a std::pmr::memory_resource.

#include <cstddef>
#include <memory_resource>
#include <span>

#include <dotcompute/base/export.hpp>
#include <dotcompute/memory/memory_pool.hpp>

namespace dotcompute {

/// For a pool on memory that the program can reach, such as a device's pinned memory; the pool outlives it. What it
/// gives is aligned to 64 bytes, and to more where that is asked for. `allocate` throws std::bad_alloc where there is
/// no room. Thread-safe.
class DOTCOMPUTE_API PoolResource final : public std::pmr::memory_resource {
 public:
  static constexpr std::size_t alignment_bytes = 64;

  explicit PoolResource(MemoryPool& pool) noexcept : pool_(pool) {}

  [[nodiscard]] MemoryPool& pool() const noexcept { return pool_; }

 private:
  [[nodiscard]] void* do_allocate(std::size_t size_bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t size_bytes, std::size_t alignment) override;
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  MemoryPool& pool_;
};

}  // namespace dotcompute
