#pragma once

/// The inside of a MemoryPool: its blocks, and the parts that threads use.

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>

#include <dotcompute/memory/memory_pool.hpp>
#include <dotcompute/memory/size_classes.hpp>
#include <dotcompute/memory/spin_lock.hpp>
#include <dotcompute/memory/stream_marks.hpp>

namespace dotcompute::detail {

/// A block, from when the source gave it until it goes back there. Whoever has it, or the lock of the shard that it is
/// free in, may use it.
struct PooledMemory {
  MemoryPool* pool = nullptr;  ///< Null once the pool is gone and the block is not.
  DeviceMemory* device = nullptr;
  std::byte* host = nullptr;
  std::uint64_t capacity_bytes = 0;
  std::uint64_t size_bytes = 0;  ///< What its user asked for.
  std::source_location where;    ///< Of its last allocation.
  bool is_new = true;
  bool is_free = false;
  bool has_canary = false;  ///< These two where the pool checks.
  bool is_poisoned = false;
  std::uint32_t size_class = 0;
  std::uint64_t age = 0;  ///< Of a free block: the shard's count when it was given back.
  PooledMemory* before = nullptr;
  PooledMemory* after = nullptr;
  StreamMarks pending;
  std::unique_ptr<SourceMemory> memory;
  PooledMemory* before_of_all = nullptr;  ///< In the list of the pool's blocks, which has a lock of its own.
  PooledMemory* after_of_all = nullptr;
};

/// The free blocks of a part of the threads. The numbers are written under the lock and read without.
struct alignas(128) PoolShard {
  struct List {
    PooledMemory* newest = nullptr;
    PooledMemory* oldest = nullptr;
  };

  SpinLock lock;
  std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> given_back{0};
  std::atomic<std::uint64_t> requested_bytes{0};  ///< Taken here less given back here: the sum over all shards counts.
  std::atomic<std::uint64_t> cached_bytes{0};
  std::uint64_t credit_bytes = 0;  ///< May be given back before the release threshold is looked at again.
  std::array<std::uint64_t, (size_class_count + 63) / 64> used_classes{};
  std::array<List, size_class_count> lists{};

  static void add(std::atomic<std::uint64_t>& number, std::uint64_t value) noexcept {
    number.store(number.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
  }

  void push(PooledMemory& memory) noexcept {
    List& list = lists[memory.size_class];
    memory.is_free = true;
    memory.age = given_back.load(std::memory_order_relaxed);
    memory.before = nullptr;
    memory.after = list.newest;
    if (list.newest == nullptr) {
      list.oldest = &memory;
      used_classes[memory.size_class / 64] |= std::uint64_t{1} << (memory.size_class % 64);
    } else {
      list.newest->before = &memory;
    }
    list.newest = &memory;
    add(cached_bytes, memory.capacity_bytes);
  }

  void remove(PooledMemory& memory) noexcept {
    List& list = lists[memory.size_class];
    memory.is_free = false;
    (memory.before == nullptr ? list.newest : memory.before->after) = memory.after;
    (memory.after == nullptr ? list.oldest : memory.after->before) = memory.before;
    if (list.newest == nullptr) used_classes[memory.size_class / 64] &= ~(std::uint64_t{1} << (memory.size_class % 64));
    add(cached_bytes, 0 - memory.capacity_bytes);
  }

  /// A free block of the class with room for `size_bytes` that nothing uses, or nothing but `stream`; null if there is
  /// none among the first few.
  [[nodiscard]] PooledMemory* find(std::size_t size_class, std::uint64_t size_bytes, const SharedStream* stream) {
    constexpr int few = 8;
    PooledMemory* memory = lists[size_class].newest;
    for (int looked_at = 0; memory != nullptr && looked_at < few; memory = memory->after, ++looked_at) {
      if (memory->capacity_bytes < size_bytes) continue;
      if (memory->pending.empty() || memory->pending.are_all_on(stream) || memory->pending.prune()) return memory;
    }
    return nullptr;
  }

  /// The same, whatever uses it; the oldest, which is likeliest to be over.
  [[nodiscard]] PooledMemory* find_pending(std::size_t size_class, std::uint64_t size_bytes) const noexcept {
    PooledMemory* memory = lists[size_class].oldest;
    while (memory != nullptr && memory->capacity_bytes < size_bytes) memory = memory->before;
    return memory;
  }

  /// The free block that was given back first; `waits` for one that something may still use. Null if there is none.
  [[nodiscard]] PooledMemory* find_oldest(bool waits) noexcept {
    PooledMemory* found = nullptr;
    for (std::size_t word = 0; word < used_classes.size(); ++word) {
      for (std::uint64_t bits = used_classes[word]; bits != 0; bits &= bits - 1) {
        PooledMemory* const memory = lists[word * 64 + static_cast<std::size_t>(std::countr_zero(bits))].oldest;
        if (found != nullptr && found->age <= memory->age) continue;
        if (waits || memory->pending.prune()) found = memory;
      }
    }
    return found;
  }
};

}  // namespace dotcompute::detail
