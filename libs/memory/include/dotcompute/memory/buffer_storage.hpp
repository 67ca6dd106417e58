#pragma once

/// The memory behind a UnifiedBuffer, shared by the buffer and the launches that use it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <dotcompute/base/export.hpp>

namespace dotcompute::detail {

/// How new memory starts out.
enum class InitialContent { zeros, unspecified };

/// A block of host memory with a count of its holders. A launch that holds it allocates nothing, and the memory lives
/// until the last holder lets go. Thread-safe, except that the bytes themselves are the holders' to order.
class DOTCOMPUTE_API BufferStorage {
 public:
  /// `count` elements of `element_size_bytes`, held once by the caller. The first byte is aligned to 64 bytes, and to
  /// 2 MiB with huge pages asked for where the block is that large. Throws MemoryError.
  [[nodiscard]] static BufferStorage* create(std::uint64_t count, std::size_t element_size_bytes,
                                             InitialContent content);

  BufferStorage(const BufferStorage&) = delete;
  BufferStorage& operator=(const BufferStorage&) = delete;

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  void retain() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

 private:
  BufferStorage(std::byte* data, std::uint64_t size_bytes, std::uint64_t mapped_bytes) noexcept
      : data_(data), size_bytes_(size_bytes), mapped_bytes_(mapped_bytes) {}
  ~BufferStorage() = default;
  void destroy() noexcept;

  std::byte* data_;
  std::uint64_t size_bytes_;
  std::uint64_t mapped_bytes_;  ///< 0 where the block came from operator new.
  std::atomic<std::uint32_t> holders_{1};
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
  [[nodiscard]] std::byte* data() const noexcept { return storage_ == nullptr ? nullptr : storage_->data(); }

 private:
  BufferStorage* storage_ = nullptr;
};

/// Throws MemoryError: `destination` and `source` hold different numbers of elements.
[[noreturn]] DOTCOMPUTE_API void throw_copy_sizes_differ(std::uint64_t destination, std::uint64_t source);

}  // namespace dotcompute::detail
