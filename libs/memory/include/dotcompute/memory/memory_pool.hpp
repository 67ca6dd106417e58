#pragma once

/// Memory that is used again instead of allocated again, in the order of streams.
///
///     MemoryPool pool(source, {.cap_bytes = 100'000'000});
///     PoolBlock block = pool.allocate(size_bytes, &stream);
///     block.order(stream);                        // behind what earlier users still do with it
///     stream.stream().write(block.memory(), ...);
///     block.give_back({{&stream, point}});        // free for the next user, who is ordered behind the point

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/memory_source.hpp>
#include <dotcompute/memory/memory_statistics.hpp>
#include <dotcompute/memory/shared_stream.hpp>

namespace dotcompute {

class MemoryPool;

namespace detail {
struct PooledMemory;
struct PoolShard;
class StreamMarks;
}  // namespace detail

/// A block of a pool's memory: whoever has it uses it alone, and gives it back by destroying it. Not thread-safe.
class DOTCOMPUTE_API PoolBlock {
 public:
  /// No block.
  PoolBlock() noexcept = default;
  PoolBlock(PoolBlock&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
  PoolBlock& operator=(PoolBlock&& other) noexcept {
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~PoolBlock() {
    if (memory_ != nullptr) give_back();
  }

  explicit operator bool() const noexcept { return memory_ != nullptr; }

  /// The block's memory on a device. Only for a pool on a device.
  [[nodiscard]] DeviceMemory& memory() const noexcept;
  /// The bytes that were asked for. Only for a pool on memory that the program can reach.
  [[nodiscard]] std::span<std::byte> bytes() const noexcept;
  /// What was asked for,
  [[nodiscard]] std::uint64_t size_bytes() const noexcept;
  /// and what there is.
  [[nodiscard]] std::uint64_t capacity_bytes() const noexcept;
  /// Whether nobody has used it since the source gave it.
  [[nodiscard]] bool is_new() const noexcept;

  /// What earlier users may still be doing with the memory: the user's first operations come behind it.
  [[nodiscard]] std::span<const detail::StreamMark> pending() const noexcept;
  /// Has what is enqueued on `stream` from now on begin behind `pending`. The caller has locked the stream.
  void order(detail::SharedStream& stream) const;

  /// Free for others, behind these operations and behind what is pending.
  void give_back(std::span<const detail::StreamMark> uses = {}) noexcept;
  void give_back(std::initializer_list<detail::StreamMark> uses) noexcept {
    give_back(std::span<const detail::StreamMark>(uses.begin(), uses.size()));
  }

  /// Leaves the memory to the process, for one that was forked off and may not give it back.
  void abandon() noexcept { memory_ = nullptr; }

 private:
  friend class HostResource;
  friend class MemoryPool;
  explicit PoolBlock(detail::PooledMemory* memory) noexcept : memory_(memory) {}

  detail::PooledMemory* memory_ = nullptr;
};

struct MemoryPoolOptions {
  /// What the pool takes from its source at most; 0 for no bound but the source's own.
  std::uint64_t cap_bytes = 0;
  /// Free blocks beyond this go back to the source.
  std::uint64_t release_threshold_bytes = std::uint64_t{256} << 20;
  /// Finds uses of blocks that were given back, writes behind the end of blocks, and blocks that are never given back.
  /// For debugging: it fills and reads memory at each use.
  bool checks = false;
  /// Is told what the checks find, in a sentence; empty for standard error. Called from any thread, and must not throw.
  std::function<void(const std::string& fault)> on_fault = {};
};

/// While it lives, a callback is asked for memory when a pool has no room. Outlived by its pool.
class DOTCOMPUTE_API PressureRegistration {
 public:
  PressureRegistration() noexcept = default;
  PressureRegistration(PressureRegistration&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), number_(other.number_) {}
  PressureRegistration& operator=(PressureRegistration&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(number_, other.number_);
    return *this;
  }
  /// Returns when the callback does not run and will not run again.
  ~PressureRegistration();

 private:
  friend class MemoryPool;
  PressureRegistration(MemoryPool& pool, std::uint64_t number) noexcept : pool_(&pool), number_(number) {}

  MemoryPool* pool_ = nullptr;
  std::uint64_t number_ = 0;
};

/// Blocks of eight sizes between one power of two and the next. A thread takes and gives back blocks of a part of the
/// pool that it shares with few others, under a lock that nobody else wants at the time: no heap, no cache line that
/// all threads write. A request that its part cannot serve looks for a free block in the others' parts, then asks the
/// source.
///
/// A block may be given back while operations use it. Its next user is one whose stream comes behind them anyway, if
/// there is one; another one gets it only when there is no room for a new block, and orders its stream by `pending`.
///
/// Where there is no room, the pool gives free blocks of other sizes back to the source, first those that nothing uses,
/// then those it can wait for, and asks the pressure callbacks.
///
/// Thread-safe. Outlives its blocks and registrations; a block that lives on is reported where the pool checks, and its
/// memory is gone.
class DOTCOMPUTE_API MemoryPool {
 public:
  static constexpr std::size_t shard_count = 16;

  explicit MemoryPool(MemorySource& source, MemoryPoolOptions options = {});
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;
  ~MemoryPool();

  /// A block of at least `size_bytes`, for use on `stream` first if one is given; `where` is named by the checks.
  /// Throws OutOfMemoryError with what was asked for and what there is, and what the source throws.
  [[nodiscard]] PoolBlock allocate(std::uint64_t size_bytes, const detail::SharedStream* stream = nullptr,
                                   const std::source_location& where = std::source_location::current());

  /// The same, but no block if there is no room.
  [[nodiscard]] PoolBlock try_allocate(std::uint64_t size_bytes, const detail::SharedStream* stream = nullptr,
                                       const std::source_location& where = std::source_location::current());

  /// Why there is no room for `size_bytes`: "opencl:0 has no room for 4096 bytes: ...", with all sizes.
  [[nodiscard]] std::string describe_shortage(std::uint64_t size_bytes) const;

  /// Gives free blocks that nothing uses back to the source, until at most `bytes_to_keep` are cached. Returns how many
  /// bytes went back. For other users of the same memory, too.
  std::uint64_t trim(std::uint64_t bytes_to_keep = 0) noexcept;

  /// Frees what was above the release threshold and in use when it was given back. Costs one load if there is nothing.
  void tidy() noexcept {
    if (is_over_threshold_.load(std::memory_order_relaxed)) enforce_threshold();
  }

  /// `callback` is called when there is no room, with the bytes that are wanted, on the thread that wants them, one
  /// call at a time; it frees what it can and returns how many bytes. Locks of a launch may be held: it may destroy
  /// buffers and trim pools, and must neither launch, nor read or write buffers, nor register or end a callback.
  [[nodiscard]] PressureRegistration on_pressure(std::function<std::uint64_t(std::uint64_t wanted_bytes)> callback);

  [[nodiscard]] MemoryStatistics statistics() const noexcept;
  [[nodiscard]] const MemoryPoolOptions& options() const noexcept { return options_; }
  [[nodiscard]] MemorySource& source() const noexcept { return source_; }

 private:
  friend class PoolBlock;
  friend class PressureRegistration;
  struct Callback {
    std::uint64_t number = 0;
    std::function<std::uint64_t(std::uint64_t)> call;
  };
  enum class Wanted { idle_only, pending_too };

  [[nodiscard]] detail::PoolShard& own_shard() const noexcept;
  [[nodiscard]] PoolBlock allocate_slowly(std::uint64_t size_bytes, const detail::SharedStream* stream,
                                          const std::source_location& where);
  [[nodiscard]] detail::PooledMemory* take_free(std::uint64_t needed_bytes, const detail::SharedStream* stream,
                                                Wanted wanted) noexcept;
  [[nodiscard]] detail::PooledMemory* take_new(std::uint64_t needed_bytes);
  [[nodiscard]] detail::PooledMemory* ask_source(std::uint64_t capacity_bytes);
  [[nodiscard]] detail::PooledMemory* make_room(std::uint64_t needed_bytes);
  [[nodiscard]] PoolBlock hand_out(detail::PooledMemory& memory, std::uint64_t size_bytes,
                                   const std::source_location& where);
  void put_back(detail::PooledMemory& memory) noexcept;
  void release(detail::PooledMemory& memory) noexcept;
  std::uint64_t release_oldest(std::uint64_t most_cached_bytes, bool waits) noexcept;
  void enforce_threshold() noexcept;
  [[nodiscard]] std::uint64_t cached_bytes() const noexcept;
  std::uint64_t ask_callbacks(std::uint64_t wanted_bytes) noexcept;
  void remove_callback(std::uint64_t number) noexcept;

  MemorySource& source_;
  MemoryPoolOptions options_;
  std::uint64_t exact_from_bytes_;  ///< Blocks from this size on are not rounded up to a class.
  std::unique_ptr<detail::PoolShard[]> shards_;
  std::atomic<bool> is_over_threshold_{false};

  // What follows changes only where no free block served.
  std::atomic<std::uint64_t> held_bytes_{0};
  std::atomic<std::uint64_t> peak_bytes_{0};
  std::atomic<std::uint64_t> misses_{0};
  std::atomic<std::uint64_t> source_allocations_{0};
  std::atomic<std::uint64_t> source_releases_{0};
  std::atomic<std::uint64_t> refusals_{0};
  mutable std::mutex blocks_mutex_;
  detail::PooledMemory* blocks_ = nullptr;  ///< All there are, free or not.
  std::string last_refusal_;                ///< Of the source.
  std::mutex callbacks_mutex_;
  std::vector<Callback> callbacks_;
  std::uint64_t next_callback_ = 1;
};

}  // namespace dotcompute
