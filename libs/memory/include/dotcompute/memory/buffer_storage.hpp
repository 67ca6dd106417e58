#pragma once

/// The memory behind a UnifiedBuffer, on the host and on any number of devices, shared by the buffer and the launches
/// that use it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/memory/access.hpp>
#include <dotcompute/memory/byte_range.hpp>
#include <dotcompute/memory/coherence.hpp>
#include <dotcompute/memory/device_replica.hpp>
#include <dotcompute/memory/host_memory.hpp>
#include <dotcompute/memory/host_uses.hpp>

namespace dotcompute::detail {

/// A lock that can be tried by a thread that may hold it already.
class BufferMutex {
 public:
  void lock() {
    mutex_.lock();
    is_held_.store(true, std::memory_order_relaxed);
  }
  void unlock() {
    is_held_.store(false, std::memory_order_relaxed);
    mutex_.unlock();
  }
  /// False also where the calling thread holds it.
  [[nodiscard]] bool try_lock() {
    if (is_held_.load(std::memory_order_relaxed) || !mutex_.try_lock()) return false;
    is_held_.store(true, std::memory_order_relaxed);
    return true;
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> is_held_{false};
};

/// Which replicas may go.
enum class Eviction : std::uint8_t {
  clean,     ///< Those whose content is elsewhere too.
  any_kind,  ///< What only they have is copied home first.
};

/// What is called when adopted memory is used no more; nothing where it is null.
struct Release {
  void (*function)(void* context) noexcept = nullptr;
  void* context = nullptr;
};

/// A block of host memory with a count of its holders and a replica on each device that used it. A launch that holds it
/// allocates nothing, and the memory lives until the last holder lets go. Thread-safe, except that the bytes themselves
/// are the holders' to order. Ranges are of bytes, within the block.
class DOTCOMPUTE_API BufferStorage {
 public:
  /// `count` elements of `element_size_bytes` from `resource` (null: from the system; see HostMemory), held once by the
  /// caller; made at `where`. Throws MemoryError.
  [[nodiscard]] static BufferStorage* create(std::uint64_t count, std::size_t element_size_bytes,
                                             InitialContent content, std::pmr::memory_resource* resource = nullptr,
                                             const std::source_location& where = std::source_location::current());
  /// Memory of the user with its content, which must outlive the last hold. It is never freed; its owner is told by
  /// `release`, after everything that used it. Throws MemoryError if the heap is exhausted, and releases nothing then.
  [[nodiscard]] static BufferStorage* adopt(std::span<std::byte> memory, Release release = {},
                                            const std::source_location& where = std::source_location::current());

  BufferStorage(const BufferStorage&) = delete;
  BufferStorage& operator=(const BufferStorage&) = delete;

  /// On the host, current or not.
  [[nodiscard]] std::byte* data() const noexcept { return memory_.data(); }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return memory_.size_bytes(); }
  [[nodiscard]] ByteRange whole() const noexcept { return {0, size_bytes()}; }
  /// In the program.
  [[nodiscard]] const std::source_location& where() const noexcept { return where_; }
  [[nodiscard]] BufferState state() const noexcept { return status_.load(std::memory_order_acquire).state; }
  /// False while devices had none of the content yet. Costs one load.
  [[nodiscard]] bool may_be_on_devices() const noexcept {
    const BufferState now = state();
    return now != BufferState::uninitialized && now != BufferState::host_only;
  }

  /// Makes the host's bytes ready for a use by the caller: current for one that reads, with those of devices stale from
  /// now on for one that writes. Returns the bytes that were copied from devices. Throws MemoryError if content of the
  /// range was lost, and DeviceError if it cannot be copied. Costs one load where there is nothing to do.
  std::uint64_t use_on_host(Use use) { return use_on_host(use, whole()); }
  std::uint64_t use_on_host(Use use, const ByteRange& range) {
    return is_ready_on_host(use) ? 0 : use_on_host_and_devices(use, range);
  }
  /// Whether `use_on_host` has nothing to do, for any range. Costs one load.
  [[nodiscard]] bool is_ready_on_host(Use use) const noexcept {
    const Status now = status_.load(std::memory_order_acquire);
    return use == Use::read ? now.is_ready_to_read : now.is_ready_to_write;
  }

  /// Who uses the host's memory: whoever touches it takes a use first, and holds none of the locks below then.
  /// So does a Mapping.
  [[nodiscard]] HostUses& uses() noexcept { return uses_; }

  // A launch on a device locks all its buffers in the order of their addresses, then makes them ready, enqueues, and
  // notes its use. The following members need the lock.

  [[nodiscard]] BufferMutex& mutex() noexcept { return mutex_; }
  /// What was lost of a range, for a message; empty if nothing was.
  [[nodiscard]] std::string loss(const ByteRange& range) const;
  /// Of the range the bytes that a device lacks, or the host where `session` is null.
  [[nodiscard]] std::uint64_t stale_bytes(const DeviceSession* session, const ByteRange& range) const noexcept;
  /// Gives it memory on the device, and brings home what the use wants there and the device cannot copy from where it
  /// is. Nobody holds a stream's lock. Returns the bytes that were copied home. Throws MemoryError if content of the
  /// range was lost, OutOfMemoryError or DeviceError.
  std::uint64_t prepare_replica(DeviceSession& session, Use use, const ByteRange& range,
                                const SharedStream* user = nullptr);
  /// Enqueues what makes the prepared replica ready for a use on `stream`, which is one of the session's and locked by
  /// the caller. Returns the bytes that are copied to the device.
  std::uint64_t place(SharedStream& stream, DeviceSession& session, Use use, const ByteRange& range);
  /// The launch that uses it there was enqueued and is complete at `mark`.
  void note_use(DeviceSession& session, const StreamMark& mark, Use use, const ByteRange& range) noexcept;
  /// A session that has all of a range where the host has not; null if there is none.
  [[nodiscard]] DeviceSession* newest_on(const ByteRange& range) const noexcept;
  /// Null if there is none.
  [[nodiscard]] DeviceReplica* replica(const DeviceSession& session) const noexcept;
  /// The number of writes that were noted: all on devices, and on the host those that made a device's content stale.
  [[nodiscard]] std::uint64_t version() const noexcept { return coherence_.version(); }

  // These take the lock themselves.

  /// Device memory that was made elsewhere becomes the replica there, with the buffer's content; `release` is called
  /// as for `adopt`. The session has no replica yet. Throws std::bad_alloc.
  void adopt_replica(DeviceSession& session, std::unique_ptr<DeviceMemory> memory, Release release);
  /// Others get to know the replica's memory, which was placed for this access: it stays where it is until the session
  /// or the buffer goes. What they write there is the range's newest content. Returns when nothing uses it. Throws as
  /// `prepare_replica`.
  void give_out(DeviceSession& session, const ByteRange& range, Access access);

  /// The launch that wrote something until `mark` failed: what it has is no content, where it was not written again
  /// since. `why` says what failed.
  void lose(const StreamMark& mark, const std::string& why) noexcept;
  /// The same for a launch on the host that wrote a range.
  void lose(const ByteRange& range, const std::string& why) noexcept;

  /// Gives up the replica of this session; what only it has is copied home or, where that fails, lost.
  void leave(DeviceSession& session) noexcept;
  /// The same to make room on the device, and only where nothing is lost: not while another thread uses the buffer, or
  /// this one holds its lock, for which the answer is empty. Returns the bytes of the device's memory that became free,
  /// after everything that used them. The caller holds no stream's lock.
  std::optional<std::uint64_t> evict(DeviceSession& session, Eviction eviction) noexcept;

  void retain() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  /// Unless the last holder let go already.
  [[nodiscard]] bool try_retain() noexcept;
  void release() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

 private:
  /// At a time: another one takes the place of one of these. Place 63 is nobody's.
  static constexpr std::size_t most_replicas = PlaceSet::capacity - 2;

  /// What may be known without the lock. Aligned so that it is one atomic word.
  struct alignas(4) Status {
    BufferState state = BufferState::uninitialized;
    bool is_ready_to_read = false;   ///< On the host, any part of it.
    bool is_ready_to_write = false;  ///< The same.
  };
  static_assert(std::atomic<Status>::is_always_lock_free);

  BufferStorage(HostMemory memory, bool has_content, const std::source_location& where) noexcept;
  ~BufferStorage() = default;
  [[nodiscard]] static BufferStorage* create(HostMemory memory, bool has_content, const std::source_location& where);
  void destroy() noexcept;

  std::uint64_t use_on_host_and_devices(Use use, const ByteRange& range);
  /// Others see what the coherence says from now on.
  void publish() noexcept;
  void throw_if_lost(Use use, const ByteRange& range) const;
  /// A range was lost because it could not be copied home from these devices.
  [[noreturn]] void throw_not_copied(const ByteRange& range, const std::string& ids, const std::exception& error) const;
  [[nodiscard]] std::string describe_loss(const std::string& why) const;

  /// The place of a session's replica; empty if it has none.
  [[nodiscard]] std::optional<Place> find_place(const DeviceSession& session) const noexcept {
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      if (replicas_[i] != nullptr && &replicas_[i]->session() == &session) return static_cast<Place>(i + 1);
    }
    return std::nullopt;
  }
  [[nodiscard]] Place make_place(DeviceSession& session, const SharedStream* user);
  [[nodiscard]] DeviceReplica& replica_at(Place place) const noexcept { return *replicas_[place - 1]; }
  [[nodiscard]] PlaceSet reachable_from(const DeviceSession& session) const noexcept;
  void note_failed_writes();

  enum class OnFailure { lose, keep };
  /// Copies what the host lacks of a range from devices. What cannot be copied is lost.
  std::uint64_t bring_home(const ByteRange& range);
  void copy_home(const PartInPlaces& part, OnFailure on_failure);
  /// Has a device and the host have what only devices have that it cannot reach; the bytes that were copied.
  std::uint64_t bring_over_host(DeviceSession& session, Place place, const PartInPlaces& part);
  void wait_for_uploads(const ByteRange& range) const noexcept;
  void give_up(Place place) noexcept;
  /// Nothing is there alone.
  void drop_replica(Place place) noexcept;

  [[nodiscard]] LossNumber number_of(const std::string& why) noexcept;
  void lose_part(const ByteRange& range, const std::string& why) noexcept;

  HostMemory memory_;
  std::source_location where_;
  std::atomic<std::uint32_t> holders_{1};
  std::atomic<Status> status_;
  HostUses uses_;
  Release release_;
  BufferMutex mutex_;
  Coherence coherence_;
  std::vector<std::unique_ptr<DeviceReplica>> replicas_;  ///< Of place 1 and so on; null where one has gone.
  std::vector<std::string> losses_;                       ///< That the coherence has numbers of, from 1.
};

/// One hold on a storage; empty for none.
class StorageHold {
 public:
  StorageHold() noexcept = default;
  /// Takes over a hold that the caller has.
  explicit StorageHold(BufferStorage* held) noexcept : storage_(held) {}
  StorageHold(StorageHold&& other) noexcept : storage_(std::exchange(other.storage_, nullptr)) {}
  StorageHold& operator=(StorageHold&& other) noexcept {
    std::swap(storage_, other.storage_);
    return *this;
  }
  ~StorageHold() {
    if (storage_ != nullptr) storage_->release();
  }

  /// A further hold on the same storage.
  [[nodiscard]] StorageHold share() const noexcept {
    if (storage_ != nullptr) storage_->retain();
    return StorageHold(storage_);
  }
  /// Borrowed; null for none.
  [[nodiscard]] BufferStorage* storage() const noexcept { return storage_; }
  [[nodiscard]] std::byte* data() const noexcept { return storage_ == nullptr ? nullptr : storage_->data(); }

 private:
  BufferStorage* storage_ = nullptr;
};

}  // namespace dotcompute::detail
