#pragma once

/// The memory that a runtime has of one accelerator, for those who want to see and steer it.
///
///     auto memory = runtime.memory("opencl:0");
///     std::cout << memory.statistics().cached_bytes;
///     memory.trim();  // before a library of another vendor wants much

#include <cstdint>
#include <functional>
#include <utility>

#include <dotcompute/base/export.hpp>
#include <dotcompute/memory/memory_pool.hpp>
#include <dotcompute/memory/memory_statistics.hpp>

namespace dotcompute {

namespace detail {
class SessionMemory;
}

/// A handle, valid as long as its Runtime. Of an accelerator that uses the host's memory it is the large blocks of all
/// buffers of the process. Thread-safe.
class DOTCOMPUTE_API AcceleratorMemory {
 public:
  AcceleratorMemory(MemoryPool& pool, detail::SessionMemory* session) noexcept : pool_(&pool), session_(session) {}

  [[nodiscard]] MemoryStatistics statistics() const noexcept;

  /// Gives free blocks that nothing uses back, until at most `bytes_to_keep` are kept. Returns how many bytes went
  /// back.
  std::uint64_t trim(std::uint64_t bytes_to_keep = 0) const noexcept { return pool_->trim(bytes_to_keep); }

  /// `callback` is asked for memory when there is no room, before buffers have to leave the device, until the
  /// registration is destroyed, which must happen before the runtime is; see MemoryPool::on_pressure.
  [[nodiscard]] PressureRegistration on_pressure(
      std::function<std::uint64_t(std::uint64_t wanted_bytes)> callback) const {
    return pool_->on_pressure(std::move(callback));
  }

 private:
  MemoryPool* pool_;
  detail::SessionMemory* session_;  ///< Null on the host.
};

}  // namespace dotcompute
