#pragma once

/// Who holds the host's memory of a buffer for longer than a call.

#include <atomic>
#include <cstdint>

#include <dotcompute/memory/access.hpp>

namespace dotcompute::detail {

/// Any number of mappings that read, or one that writes. Thread-safe.
class MappingCount {
 public:
  /// False, and nothing changed, if a mapping that is there excludes this one.
  [[nodiscard]] bool try_add(Access access) noexcept {
    std::int32_t now = count_.load(std::memory_order_relaxed);
    do {
      if (writes(access) ? now != 0 : now < 0) return false;
    } while (!count_.compare_exchange_weak(now, writes(access) ? -1 : now + 1, std::memory_order_acquire,
                                           std::memory_order_relaxed));
    return true;
  }
  /// Ends one that was added with this access.
  void remove(Access access) noexcept { count_.fetch_add(writes(access) ? 1 : -1, std::memory_order_release); }

  [[nodiscard]] bool is_mapped() const noexcept { return count_.load(std::memory_order_acquire) != 0; }
  [[nodiscard]] bool is_mapped_for_writing() const noexcept { return count_.load(std::memory_order_acquire) < 0; }
  /// Whether a use by anybody else must not begin now.
  [[nodiscard]] bool excludes(bool use_writes) const noexcept {
    return use_writes ? is_mapped() : is_mapped_for_writing();
  }

 private:
  std::atomic<std::int32_t> count_{0};  ///< Of the readers; -1 for a writer.
};

}  // namespace dotcompute::detail
