#pragma once

/// What one runtime has of the memory of one device: a pool, and the replicas of buffers, which give their memory up
/// when others need it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <source_location>

#include <dotcompute/base/error.hpp>
#include <dotcompute/base/export.hpp>
#include <dotcompute/memory/device_memory_source.hpp>
#include <dotcompute/memory/memory_options.hpp>
#include <dotcompute/memory/memory_pool.hpp>
#include <dotcompute/memory/memory_statistics.hpp>

namespace dotcompute::detail {

class BufferStorage;
class DeviceSession;
enum class Eviction : std::uint8_t;

/// A place in the list of the replicas on a device, whose lock guards it.
struct ReplicaLink {
  BufferStorage* storage = nullptr;
  std::atomic<bool> is_used{true};  ///< Since it was last looked at for a victim. Set without the lock.
  std::uint64_t looked_at = 0;      ///< By the search of this number.
  ReplicaLink* before = nullptr;
  ReplicaLink* after = nullptr;
};

/// There is no room now, and there may be when other launches are done with what they hold.
class DOTCOMPUTE_API MemoryIsBusyError final : public OutOfMemoryError {
 public:
  MemoryIsBusyError(const OutOfMemoryError& error, std::uint64_t live_blocks)
      : OutOfMemoryError(error), live_blocks_(live_blocks) {}

  /// The pool's blocks that were in use when no replica was left that would give its memory up: of buffers that are
  /// locked, by the calling thread or another, and of launches that are on their way to the device.
  [[nodiscard]] std::uint64_t live_blocks() const noexcept { return live_blocks_; }

 private:
  std::uint64_t live_blocks_;
};

/// Thread-safe.
class DOTCOMPUTE_API SessionMemory {
 public:
  SessionMemory(DeviceSession& session, const AcceleratorMemoryOptions& options);
  SessionMemory(const SessionMemory&) = delete;
  SessionMemory& operator=(const SessionMemory&) = delete;
  /// Nothing of it is in use any more.
  ~SessionMemory() = default;

  [[nodiscard]] MemoryPool& pool() noexcept { return pool_; }
  [[nodiscard]] MemoryStatistics statistics() const noexcept;

  /// Memory for operations on `stream` first, if one is given. Where there is no room, replicas of buffers that no
  /// thread holds locked give theirs up, those used least of late first, and of these first those whose content is
  /// elsewhere too. The caller may hold locks of buffers, and holds none of a stream. Throws OutOfMemoryError with all
  /// sizes, which is a MemoryIsBusyError unless so much never fits, and DeviceError if the device is lost.
  [[nodiscard]] PoolBlock allocate(std::uint64_t size_bytes, const SharedStream* stream = nullptr,
                                   const std::source_location& where = std::source_location::current());

  /// Held by a launch that found memory busy, while it tries again: such launches take turns, so that two that need
  /// more than half of the memory each do not take it from each other for ever. Taken without any other lock.
  [[nodiscard]] std::mutex& admission() noexcept { return admission_; }

  void add(ReplicaLink& replica) noexcept;
  void remove(ReplicaLink& replica) noexcept;

  /// Takes the replicas from all buffers; what only the device has is copied home or, where that fails, lost.
  void send_buffers_home() noexcept;

  /// Leaves all of it to the process, for one that was forked off and may not give it back.
  static void abandon(std::unique_ptr<SessionMemory> memory) noexcept;

 private:
  class Victim;

  [[nodiscard]] PoolBlock spill(std::uint64_t size_bytes, const SharedStream* stream,
                                const std::source_location& where);
  [[nodiscard]] Victim next_victim(std::uint64_t search) noexcept;
  void link_first(ReplicaLink& replica) noexcept;
  void unlink(ReplicaLink& replica) noexcept;

  DeviceSession& session_;
  DeviceMemorySource source_;
  MemoryPool pool_;
  std::mutex admission_;
  std::mutex spill_mutex_;  ///< One thread looks for victims at a time.
  std::atomic<std::uint64_t> spills_{0};
  std::atomic<std::uint64_t> spilled_bytes_{0};
  std::uint64_t searches_ = 0;
  std::mutex replicas_mutex_;
  ReplicaLink* first_ = nullptr;
  ReplicaLink* last_ = nullptr;
  std::size_t replica_count_ = 0;
};

}  // namespace dotcompute::detail
