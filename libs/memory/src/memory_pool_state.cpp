// What a MemoryPool says of itself, and whom it asks for memory.

#include <algorithm>

#include <fmt/format.h>

#include <dotcompute/memory/memory_pool.hpp>

#include "pooled_memory.hpp"

namespace dotcompute {

namespace {

/// A callback that wants memory of the pool itself gets none from the callbacks.
constinit thread_local bool is_in_callback = false;

}  // namespace

MemoryStatistics MemoryPool::statistics() const noexcept {
  MemoryStatistics all;
  std::uint64_t given_back = 0;
  for (std::size_t i = 0; i < shard_count; ++i) {
    const detail::PoolShard& shard = shards_[i];
    given_back += shard.given_back.load(std::memory_order_relaxed);
    all.hits += shard.hits.load(std::memory_order_relaxed);
    all.requested_bytes += shard.requested_bytes.load(std::memory_order_relaxed);
  }
  all.cached_bytes = cached_bytes();
  all.misses = misses_.load(std::memory_order_relaxed);
  all.source_allocations = source_allocations_.load(std::memory_order_relaxed);
  all.source_releases = source_releases_.load(std::memory_order_relaxed);
  all.refusals = refusals_.load(std::memory_order_relaxed);
  all.held_bytes = held_bytes_.load(std::memory_order_relaxed);
  all.peak_bytes = peak_bytes_.load(std::memory_order_relaxed);
  all.live_bytes = all.held_bytes - std::min(all.held_bytes, all.cached_bytes);
  all.live_blocks = all.hits + all.misses - std::min(all.hits + all.misses, given_back);
  all.cap_bytes = options_.cap_bytes;
  return all;
}

std::string MemoryPool::describe_shortage(std::uint64_t size_bytes) const {
  const MemoryStatistics now = statistics();
  std::string text =
      fmt::format("{} has no room for {} bytes: {} bytes are in use in {} blocks and {} bytes are cached",
                  source_.name(), size_bytes, now.live_bytes, now.live_blocks, now.cached_bytes);
  if (now.cap_bytes != 0) text += fmt::format(", and {} bytes are the most that it may hold", now.cap_bytes);
  if (size_bytes > detail::largest_class_bytes) return text + "; no memory can hold that much, ask for less";
  const std::lock_guard lock(blocks_mutex_);
  if (!last_refusal_.empty()) text += fmt::format("; {}", last_refusal_);
  return text + (now.cap_bytes != 0 ? "; give memory back, ask for less, or raise the cap"
                                    : "; give memory back or ask for less");
}

PressureRegistration MemoryPool::on_pressure(std::function<std::uint64_t(std::uint64_t)> callback) {
  const std::lock_guard lock(callbacks_mutex_);
  callbacks_.push_back({next_callback_, std::move(callback)});
  return {*this, next_callback_++};
}

void MemoryPool::remove_callback(std::uint64_t number) noexcept {
  const std::lock_guard lock(callbacks_mutex_);
  std::erase_if(callbacks_, [&](const Callback& callback) { return callback.number == number; });
}

std::uint64_t MemoryPool::ask_callbacks(std::uint64_t wanted_bytes) noexcept {
  if (is_in_callback) return 0;
  is_in_callback = true;
  std::uint64_t freed = 0;
  {
    const std::lock_guard lock(callbacks_mutex_);
    for (const Callback& callback : callbacks_) {
      if (freed >= wanted_bytes) break;
      try {
        freed += callback.call(wanted_bytes - freed);
      } catch (...) {
        // It freed nothing that is known of.
      }
    }
  }
  is_in_callback = false;
  return freed;
}

}  // namespace dotcompute
