#pragma once

/// The memory behind a UnifiedBuffer, on the host and on at most one device, shared by the buffer and the launches that
/// use it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include <dotcompute/base/export.hpp>
#include <dotcompute/memory/coherence.hpp>
#include <dotcompute/memory/device_replica.hpp>
#include <dotcompute/memory/mapping_count.hpp>

namespace dotcompute::detail {

/// How new memory starts out.
enum class InitialContent { zeros, unspecified };

/// A block of host memory with a count of its holders and, once a device has used it, a replica there. A launch that
/// holds it allocates nothing, and the memory lives until the last holder lets go. Thread-safe, except that the bytes
/// themselves are the holders' to order.
class DOTCOMPUTE_API BufferStorage {
 public:
  /// `count` elements of `element_size_bytes`, held once by the caller. The first byte is aligned to 64 bytes, and to
  /// 2 MiB with huge pages asked for where the block is that large. Throws MemoryError.
  [[nodiscard]] static BufferStorage* create(std::uint64_t count, std::size_t element_size_bytes,
                                             InitialContent content);

  BufferStorage(const BufferStorage&) = delete;
  BufferStorage& operator=(const BufferStorage&) = delete;

  /// On the host, current or not.
  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  [[nodiscard]] BufferState state() const noexcept { return state_.load(std::memory_order_acquire); }
  /// Of the replica, for comparison only: without the lock it may be gone. Null if there is none.
  [[nodiscard]] const DeviceSession* session() const noexcept { return session_.load(std::memory_order_relaxed); }

  /// Makes the host's bytes ready for a use by the caller: current for one that reads, with the device's stale from now
  /// on for one that writes. Returns the bytes that were copied from the device. Throws MemoryError if the content was
  /// lost, and DeviceError if it cannot be copied. Costs one load where there is nothing to do.
  std::uint64_t use_on_host(Use use) {
    const BufferState now = state();
    const bool is_ready = host_is_newer(now) || (now == BufferState::synchronized && use == Use::read);
    return is_ready ? 0 : use_on_host_and_device(use);
  }

  /// Who holds the host's bytes for longer than a call.
  [[nodiscard]] MappingCount& mappings() noexcept { return mappings_; }

  // A launch on a device locks all its buffers in the order of their addresses, then makes them ready, enqueues, and
  // notes its use. The following members need the lock.

  [[nodiscard]] std::mutex& mutex() noexcept { return mutex_; }
  /// What the buffer's content was lost to; empty if it was not.
  [[nodiscard]] const std::string& loss() const noexcept { return loss_; }
  /// Gives it memory on the device, and brings its content home from another. Returns the bytes that were copied from
  /// that one. Throws OutOfMemoryError or DeviceError.
  std::uint64_t move_to(DeviceSession& session);
  /// Enqueues what makes the replica ready for a launch on `stream`, which the caller has locked. Returns the bytes
  /// that are copied to the device.
  std::uint64_t place(SharedStream& stream, Use use);
  /// The launch that uses it was enqueued and is complete at `mark`.
  void note_use(const StreamMark& mark, Use use) noexcept;
  /// Null if there is none.
  [[nodiscard]] const DeviceReplica* replica() const noexcept { return replica_.get(); }

  /// The launch that wrote it until `mark` failed: what it has is no content, unless it was written again since. The
  /// caller does not hold the lock; `why` says what failed.
  void lose(const StreamMark& mark, const std::string& why) noexcept;
  /// The same for a launch on the host.
  void lose(const std::string& why) noexcept;

  /// Gives up a replica of this session; what only the device has is copied home or, where that fails, lost.
  void leave(DeviceSession& session) noexcept;

  void retain() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  /// Unless the last holder let go already.
  [[nodiscard]] bool try_retain() noexcept;
  void release() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

 private:
  BufferStorage(std::byte* data, std::uint64_t size_bytes, std::uint64_t mapped_bytes, BufferState state) noexcept
      : data_(data), size_bytes_(size_bytes), mapped_bytes_(mapped_bytes), state_(state) {}
  ~BufferStorage() = default;
  void destroy() noexcept;

  std::uint64_t use_on_host_and_device(Use use);
  /// Copies the content from the device; where that fails it is lost.
  void bring_home();
  void set_lost(const std::string& why) noexcept;
  void drop_replica() noexcept;

  std::byte* data_;
  std::uint64_t size_bytes_;
  std::uint64_t mapped_bytes_;  ///< 0 where the block came from operator new.
  std::atomic<std::uint32_t> holders_{1};
  std::atomic<BufferState> state_;
  MappingCount mappings_;
  std::mutex mutex_;
  std::unique_ptr<DeviceReplica> replica_;
  std::atomic<const DeviceSession*> session_{nullptr};
  std::string loss_;
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
