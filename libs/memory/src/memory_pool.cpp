#include <dotcompute/memory/memory_pool.hpp>

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <limits>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "pool_checks.hpp"
#include "pooled_memory.hpp"

namespace dotcompute {

using detail::PooledMemory;
using detail::PoolShard;

namespace {

/// Blocks larger than this part of the cap have the size that was asked for: rounding up costs too much of the room,
/// and the source's own time for so large a block costs little beside its use.
constexpr std::uint64_t parts_of_cap = 64;
constexpr std::uint64_t exact_step_bytes = 64;

constinit std::atomic<unsigned> threads{0};
constinit thread_local unsigned this_threads_number = 0;

/// Here, not a member, so that the calls of a hit need no table of the shared library.
inline std::size_t shard_of_this_thread() noexcept {
  // 0 is a thread that was not counted yet.
  if (this_threads_number == 0) this_threads_number = threads.fetch_add(1, std::memory_order_relaxed) + 1;
  return this_threads_number % MemoryPool::shard_count;
}

constexpr std::uint64_t rounded_up(std::uint64_t size) noexcept {
  return std::max(size + exact_step_bytes - 1, exact_step_bytes) / exact_step_bytes * exact_step_bytes;
}

void report(const MemoryPoolOptions& options, const std::string& fault) noexcept {
  if (fault.empty()) return;
  if (options.on_fault) {
    options.on_fault(fault);
  } else {
    std::fprintf(stderr, "dotcompute: %s\n", fault.c_str());
  }
}

}  // namespace

// ---- blocks

DeviceMemory& PoolBlock::memory() const noexcept {
  assert(memory_->device != nullptr);
  return *memory_->device;
}
std::span<std::byte> PoolBlock::bytes() const noexcept {
  return {memory_->host, static_cast<std::size_t>(memory_->size_bytes)};
}
std::uint64_t PoolBlock::size_bytes() const noexcept { return memory_->size_bytes; }
std::uint64_t PoolBlock::capacity_bytes() const noexcept { return memory_->capacity_bytes; }
bool PoolBlock::is_new() const noexcept { return memory_->is_new; }
std::span<const detail::StreamMark> PoolBlock::pending() const noexcept { return memory_->pending.marks(); }

void PoolBlock::order(detail::SharedStream& stream) const {
  for (const detail::StreamMark& mark : pending()) {
    if (mark.stream == &stream || mark.is_reached()) continue;
    stream.stream().wait_for(mark.stream->stream(), mark.point);
  }
}

void PoolBlock::give_back(std::span<const detail::StreamMark> uses) noexcept {
  PooledMemory& memory = *std::exchange(memory_, nullptr);
  memory.pending.add(uses);
  if (memory.pool != nullptr) {
    memory.pool->put_back(memory);
  } else {
    const std::unique_ptr<PooledMemory> last(&memory);
  }
}

PressureRegistration::~PressureRegistration() {
  if (pool_ != nullptr) pool_->remove_callback(number_);
}

// ---- the pool

MemoryPool::MemoryPool(MemorySource& source, MemoryPoolOptions options)
    : source_(source),
      options_(std::move(options)),
      exact_from_bytes_(options_.cap_bytes == 0 ? std::numeric_limits<std::uint64_t>::max()
                                                : options_.cap_bytes / parts_of_cap),
      shards_(std::make_unique<PoolShard[]>(shard_count)) {}

MemoryPool::~MemoryPool() {
  PooledMemory* next = blocks_;
  while (next != nullptr) {
    PooledMemory* const memory = std::exchange(next, next->after_of_all);
    memory->pending.wait();
    if (options_.checks) {
      report(options_,
             memory->is_free ? detail::check_unused(*memory, source_) : detail::describe_leak(*memory, source_));
    }
    if (memory->is_free) {
      const std::unique_ptr<PooledMemory> last(memory);
      continue;
    }
    memory->pool = nullptr;
    memory->device = nullptr;
    memory->host = nullptr;
    memory->memory.reset();
  }
}

PoolShard& MemoryPool::own_shard() const noexcept { return shards_[shard_of_this_thread()]; }

PoolBlock MemoryPool::allocate(std::uint64_t size_bytes, const detail::SharedStream* stream,
                               const std::source_location& where) {
  PoolBlock block = try_allocate(size_bytes, stream, where);
  if (!block) {
    const bool never_fits = options_.cap_bytes != 0 && size_bytes > options_.cap_bytes;
    throw OutOfMemoryError(never_fits ? Remedy::fix_input : Remedy::retry, describe_shortage(size_bytes),
                           {.kernel = {}, .device = std::string(source_.name()), .source = {}, .cause = {}});
  }
  return block;
}

PoolBlock MemoryPool::try_allocate(std::uint64_t size_bytes, const detail::SharedStream* stream,
                                   const std::source_location& where) {
  if (size_bytes > detail::largest_class_bytes - detail::canary_bytes) {
    refusals_.fetch_add(1, std::memory_order_relaxed);
    return {};
  }
  const std::uint64_t needed = options_.checks ? size_bytes + detail::canary_bytes : size_bytes;
  PoolShard& shard = shards_[shard_of_this_thread()];
  shard.lock.lock();
  PooledMemory* const memory = shard.find(detail::size_class(needed), needed, stream);
  if (memory == nullptr) {
    shard.lock.unlock();
    return allocate_slowly(size_bytes, stream, where);
  }
  shard.remove(*memory);
  PoolShard::add(shard.hits, 1);
  PoolShard::add(shard.requested_bytes, size_bytes);
  shard.lock.unlock();
  if (options_.checks) return hand_out(*memory, size_bytes, where);
  memory->size_bytes = size_bytes;
  memory->where = where;
  return PoolBlock(memory);
}

PoolBlock MemoryPool::hand_out(PooledMemory& memory, std::uint64_t size_bytes, const std::source_location& where) {
  if (options_.checks && !memory.is_new) report(options_, detail::check_unused(memory, source_));
  memory.size_bytes = size_bytes;
  memory.where = where;
  if (options_.checks) detail::arm(memory, source_);
  return PoolBlock(&memory);
}

PoolBlock MemoryPool::allocate_slowly(std::uint64_t size_bytes, const detail::SharedStream* stream,
                                      const std::source_location& where) {
  const std::uint64_t needed = options_.checks ? size_bytes + detail::canary_bytes : size_bytes;
  bool is_hit = true;
  PooledMemory* memory = take_free(needed, stream, Wanted::idle_only);
  if (memory == nullptr) {
    memory = take_new(needed);
    is_hit = memory == nullptr;
    if (is_hit) memory = take_free(needed, stream, Wanted::pending_too);
  }
  if (memory == nullptr) {
    memory = make_room(needed);
    is_hit = false;
  }
  if (memory == nullptr) {
    refusals_.fetch_add(1, std::memory_order_relaxed);
    return {};
  }
  PoolShard& shard = own_shard();
  {
    const std::lock_guard lock(shard.lock);
    if (is_hit) PoolShard::add(shard.hits, 1);
    PoolShard::add(shard.requested_bytes, size_bytes);
  }
  if (!is_hit) misses_.fetch_add(1, std::memory_order_relaxed);
  return hand_out(*memory, size_bytes, where);
}

PooledMemory* MemoryPool::take_free(std::uint64_t needed_bytes, const detail::SharedStream* stream,
                                    Wanted wanted) noexcept {
  const std::size_t size_class = detail::size_class(needed_bytes);
  for (std::size_t i = 0; i < shard_count; ++i) {
    PoolShard& shard = shards_[i];
    const std::lock_guard lock(shard.lock);
    PooledMemory* memory = shard.find(size_class, needed_bytes, stream);
    if (memory == nullptr && wanted == Wanted::pending_too) memory = shard.find_pending(size_class, needed_bytes);
    if (memory == nullptr) continue;
    shard.remove(*memory);
    return memory;
  }
  return nullptr;
}

PooledMemory* MemoryPool::take_new(std::uint64_t needed_bytes) {
  const std::uint64_t exact_bytes = rounded_up(needed_bytes);
  const std::uint64_t of_class = detail::class_bytes(detail::size_class(needed_bytes));
  if (exact_bytes < exact_from_bytes_) {
    if (PooledMemory* const memory = ask_source(of_class)) return memory;
    if (of_class <= exact_bytes) return nullptr;
  }
  return ask_source(std::min(exact_bytes, of_class));
}

PooledMemory* MemoryPool::ask_source(std::uint64_t capacity_bytes) {
  std::uint64_t held = held_bytes_.load(std::memory_order_relaxed);
  do {
    if (options_.cap_bytes != 0 && (capacity_bytes > options_.cap_bytes || held > options_.cap_bytes - capacity_bytes))
      return nullptr;
  } while (!held_bytes_.compare_exchange_weak(held, held + capacity_bytes, std::memory_order_relaxed));
  std::string why_not;
  auto memory = std::make_unique<PooledMemory>();
  try {
    memory->memory = source_.allocate(capacity_bytes, why_not);
  } catch (...) {
    held_bytes_.fetch_sub(capacity_bytes, std::memory_order_relaxed);
    throw;
  }
  const std::lock_guard lock(blocks_mutex_);
  if (memory->memory == nullptr) {
    held_bytes_.fetch_sub(capacity_bytes, std::memory_order_relaxed);
    last_refusal_ = std::move(why_not);
    return nullptr;
  }
  peak_bytes_.store(std::max(peak_bytes_.load(std::memory_order_relaxed), held + capacity_bytes),
                    std::memory_order_relaxed);
  source_allocations_.fetch_add(1, std::memory_order_relaxed);
  memory->pool = this;
  memory->device = memory->memory->device();
  memory->host = memory->memory->host();
  memory->capacity_bytes = capacity_bytes;
  memory->size_class = static_cast<std::uint32_t>(detail::size_class(capacity_bytes));
  memory->after_of_all = blocks_;
  if (blocks_ != nullptr) blocks_->before_of_all = memory.get();
  blocks_ = memory.release();
  return blocks_;
}

PooledMemory* MemoryPool::make_room(std::uint64_t needed_bytes) {
  const auto release_and_take = [&]() -> PooledMemory* {
    for (const bool waits : {false, true}) {
      for (;;) {
        const std::uint64_t cached = cached_bytes();
        if (release_oldest(cached > needed_bytes ? cached - needed_bytes : 0, waits) == 0) break;
        if (PooledMemory* const memory = take_new(needed_bytes)) return memory;
      }
    }
    return nullptr;
  };
  if (options_.cap_bytes != 0 && needed_bytes > options_.cap_bytes) return nullptr;
  if (PooledMemory* const memory = release_and_take()) return memory;
  // What a callback says it freed need not be of use here, or be true.
  constexpr int most_rounds = 4;
  for (int round = 0; round < most_rounds && ask_callbacks(needed_bytes) != 0; ++round) {
    if (PooledMemory* const memory = take_new(needed_bytes)) return memory;
    if (PooledMemory* const memory = release_and_take()) return memory;
  }
  return nullptr;
}

void MemoryPool::put_back(PooledMemory& memory) noexcept {
  if (options_.checks) report(options_, detail::check_given_back(memory, source_));
  memory.is_new = false;
  PoolShard& shard = shards_[shard_of_this_thread()];
  const std::uint64_t capacity = memory.capacity_bytes;
  shard.lock.lock();
  PoolShard::add(shard.given_back, 1);
  PoolShard::add(shard.requested_bytes, 0 - memory.size_bytes);
  shard.push(memory);
  const bool is_much = shard.credit_bytes < capacity;
  if (!is_much) shard.credit_bytes -= capacity;
  shard.lock.unlock();
  if (is_much) enforce_threshold();
}

void MemoryPool::enforce_threshold() noexcept {
  const std::uint64_t threshold = options_.release_threshold_bytes;
  if (cached_bytes() > threshold) release_oldest(threshold, false);
  const std::uint64_t cached = cached_bytes();
  is_over_threshold_.store(cached > threshold, std::memory_order_relaxed);
  PoolShard& shard = own_shard();
  const std::lock_guard lock(shard.lock);
  // All shards together cannot give back more than the threshold leaves. Where it cannot be kept, because the blocks
  // are in use, looking at each block would not help.
  shard.credit_bytes = cached > threshold ? threshold / parts_of_cap : (threshold - cached) / shard_count;
}

std::uint64_t MemoryPool::release_oldest(std::uint64_t most_cached_bytes, bool waits) noexcept {
  std::uint64_t released = 0;
  for (std::size_t i = 0; i < shard_count; ++i) {
    PoolShard& shard = shards_[i];
    while (shard.cached_bytes.load(std::memory_order_relaxed) != 0 && cached_bytes() > most_cached_bytes) {
      PooledMemory* memory = nullptr;
      {
        const std::lock_guard lock(shard.lock);
        memory = shard.find_oldest(waits);
        if (memory != nullptr) shard.remove(*memory);
      }
      if (memory == nullptr) break;
      memory->pending.wait();
      released += memory->capacity_bytes;
      release(*memory);
    }
  }
  return released;
}

void MemoryPool::release(PooledMemory& memory) noexcept {
  if (options_.checks) report(options_, detail::check_unused(memory, source_));
  const std::unique_ptr<PooledMemory> last(&memory);
  {
    const std::lock_guard lock(blocks_mutex_);
    (memory.before_of_all == nullptr ? blocks_ : memory.before_of_all->after_of_all) = memory.after_of_all;
    if (memory.after_of_all != nullptr) memory.after_of_all->before_of_all = memory.before_of_all;
  }
  memory.memory.reset();
  source_releases_.fetch_add(1, std::memory_order_relaxed);
  held_bytes_.fetch_sub(memory.capacity_bytes, std::memory_order_relaxed);
}

std::uint64_t MemoryPool::trim(std::uint64_t bytes_to_keep) noexcept { return release_oldest(bytes_to_keep, false); }

std::uint64_t MemoryPool::cached_bytes() const noexcept {
  std::uint64_t cached = 0;
  for (std::size_t i = 0; i < shard_count; ++i) cached += shards_[i].cached_bytes.load(std::memory_order_relaxed);
  return cached;
}

}  // namespace dotcompute
