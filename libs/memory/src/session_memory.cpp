#include <dotcompute/memory/session_memory.hpp>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include <dotcompute/memory/buffer_storage.hpp>
#include <dotcompute/memory/device_session.hpp>

namespace dotcompute::detail {

namespace {

/// So many of the replicas that were used least of late are asked whether they are elsewhere too, before any is copied.
constexpr std::size_t asked_first = 256;

constexpr std::uint64_t least_threshold_bytes = std::uint64_t{64} << 20;
constexpr std::uint64_t parts_kept = 8;

MemoryPoolOptions pool_options(const AcceleratorInfo& device, const AcceleratorMemoryOptions& options) {
  MemoryPoolOptions pool;
  const std::uint64_t has_bytes = device.limits.memory_bytes;
  pool.cap_bytes = options.cap_bytes;
  if (has_bytes != 0 && (pool.cap_bytes == 0 || pool.cap_bytes > has_bytes)) pool.cap_bytes = has_bytes;
  pool.release_threshold_bytes = options.release_threshold_bytes;
  if (options.release_threshold_bytes == AcceleratorMemoryOptions::automatic) {
    pool.release_threshold_bytes = std::max(pool.cap_bytes / parts_kept, least_threshold_bytes);
  }
  pool.checks = options.checks == MemoryChecks::on;
  return pool;
}

}  // namespace

/// A replica that is asked for its memory; its storage is held meanwhile.
class SessionMemory::Victim {
 public:
  enum class Found { none, one, gone };

  Victim() noexcept = default;
  explicit Victim(BufferStorage* storage) noexcept : found(Found::gone) {
    if (!storage->try_retain()) return;
    hold = StorageHold(storage);
    found = Found::one;
  }

  Found found = Found::none;
  StorageHold hold;
};

SessionMemory::SessionMemory(DeviceSession& session, const AcceleratorMemoryOptions& options)
    : session_(session),
      source_(session.accelerator()),
      pool_(source_, pool_options(session.accelerator().info(), options)) {}

MemoryStatistics SessionMemory::statistics() const noexcept {
  MemoryStatistics all = pool_.statistics();
  all.spills = spills_.load(std::memory_order_relaxed);
  all.spilled_bytes = spilled_bytes_.load(std::memory_order_relaxed);
  return all;
}

PoolBlock SessionMemory::allocate(std::uint64_t size_bytes, const SharedStream* stream,
                                  const std::source_location& where) {
  PoolBlock block = pool_.try_allocate(size_bytes, stream, where);
  const std::uint64_t cap_bytes = pool_.options().cap_bytes;
  const bool may_fit = cap_bytes == 0 || size_bytes <= cap_bytes;
  if (!block && may_fit) block = spill(size_bytes, stream, where);
  if (block) return block;
  const std::string& id = session_.accelerator().info().id;
  const OutOfMemoryError error(may_fit ? Remedy::retry : Remedy::fix_input, pool_.describe_shortage(size_bytes),
                               {.kernel = {}, .device = id, .source = {}, .cause = {}});
  if (may_fit) throw MemoryIsBusyError(error, pool_.statistics().live_blocks);
  throw error;
}

PoolBlock SessionMemory::spill(std::uint64_t size_bytes, const SharedStream* stream,
                               const std::source_location& where) {
  const std::lock_guard lock(spill_mutex_);
  for (const Eviction kind : {Eviction::clean, Eviction::any_kind}) {
    const std::uint64_t search = ++searches_;
    for (std::size_t asked = 0; kind == Eviction::any_kind || asked < asked_first; ++asked) {
      Victim victim = next_victim(search);
      if (victim.found == Victim::Found::none) break;
      const std::optional<std::uint64_t> freed =
          victim.found == Victim::Found::one ? victim.hold.storage()->evict(session_, kind) : std::nullopt;
      if (freed.value_or(0) == 0) continue;
      spills_.fetch_add(1, std::memory_order_relaxed);
      spilled_bytes_.fetch_add(*freed, std::memory_order_relaxed);
      if (PoolBlock block = pool_.try_allocate(size_bytes, stream, where)) return block;
    }
  }
  return pool_.try_allocate(size_bytes, stream, where);
}

SessionMemory::Victim SessionMemory::next_victim(std::uint64_t search) noexcept {
  const std::lock_guard lock(replicas_mutex_);
  // Each may be passed over once for having been used; then all of them have been looked at.
  for (std::size_t steps = 2 * replica_count_; steps > 0; --steps) {
    ReplicaLink& replica = *last_;
    if (replica.looked_at == search) return {};
    unlink(replica);
    link_first(replica);
    if (replica.is_used.exchange(false, std::memory_order_relaxed)) continue;
    replica.looked_at = search;
    return Victim(replica.storage);
  }
  return {};
}

void SessionMemory::link_first(ReplicaLink& replica) noexcept {
  replica.before = nullptr;
  replica.after = first_;
  (first_ == nullptr ? last_ : first_->before) = &replica;
  first_ = &replica;
  ++replica_count_;
}

void SessionMemory::unlink(ReplicaLink& replica) noexcept {
  (replica.before == nullptr ? first_ : replica.before->after) = replica.after;
  (replica.after == nullptr ? last_ : replica.after->before) = replica.before;
  --replica_count_;
}

void SessionMemory::add(ReplicaLink& replica) noexcept {
  const std::lock_guard lock(replicas_mutex_);
  link_first(replica);
}

void SessionMemory::remove(ReplicaLink& replica) noexcept {
  const std::lock_guard lock(replicas_mutex_);
  unlink(replica);
}

void SessionMemory::send_buffers_home() noexcept {
  for (;;) {
    StorageHold hold;
    {
      const std::lock_guard lock(replicas_mutex_);
      if (first_ == nullptr) return;
      // A storage whose last holder let go a moment ago is about to leave the list by itself.
      if (first_->storage->try_retain()) hold = StorageHold(first_->storage);
    }
    if (hold.storage() == nullptr) {
      std::this_thread::yield();
    } else {
      hold.storage()->leave(session_);
    }
  }
}

void SessionMemory::abandon(std::unique_ptr<SessionMemory> memory) noexcept {
  if (memory != nullptr) static_cast<void>(memory.release());
}

}  // namespace dotcompute::detail
