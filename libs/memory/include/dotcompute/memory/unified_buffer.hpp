#pragma once

/// An array that belongs to a computation: one owner in the program, a replica on each device that used it.
///
///     dotcompute::UnifiedBuffer<float> x(1'000'000);            // zeros
///     dotcompute::UnifiedBuffer<float> y(values);               // a copy of a vector or span
///     runtime.run(demo::saxpy, 2.0f, x, y);
///     for (float v : y.span()) ...

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <dotcompute/memory/buffer_storage.hpp>

namespace dotcompute {

/// Asks for memory whose content is unspecified until it is written.
struct Uninitialized {};
inline constexpr Uninitialized uninitialized{};

/// A move-only array of `size()` elements, aligned to 64 bytes (2 MiB where it is that large). A launch that uses it
/// keeps its memory alive by itself: the buffer may be moved or destroyed meanwhile. Reading or writing elements while
/// a launch that writes them is under way is a data race, as with any memory.
template <class T>
class UnifiedBuffer {
  static_assert(std::is_trivially_copyable_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T>,
                "dotcompute::UnifiedBuffer<T>: T must be a trivially copyable type without const or volatile, because "
                "devices copy it as bytes");
  static_assert(alignof(T) <= 64, "dotcompute::UnifiedBuffer<T>: T must not need more than 64-byte alignment");

 public:
  using value_type = T;

  /// An empty buffer.
  UnifiedBuffer() noexcept = default;

  /// `size` elements whose bytes are all zero. Throws MemoryError.
  explicit UnifiedBuffer(std::uint64_t size) : UnifiedBuffer(size, detail::InitialContent::zeros) {}

  /// `size` elements of unspecified content. Throws MemoryError.
  UnifiedBuffer(std::uint64_t size, Uninitialized) : UnifiedBuffer(size, detail::InitialContent::unspecified) {}

  /// A copy of `values`. Throws MemoryError.
  explicit UnifiedBuffer(std::span<const T> values) : UnifiedBuffer(values.size(), uninitialized) { copy_from(values); }
  explicit UnifiedBuffer(const std::vector<T>& values)
    requires(!std::same_as<T, bool>)
      : UnifiedBuffer(std::span<const T>(values)) {}

  UnifiedBuffer(UnifiedBuffer&& other) noexcept
      : storage_(std::move(other.storage_)), size_(std::exchange(other.size_, 0)) {}
  UnifiedBuffer& operator=(UnifiedBuffer&& other) noexcept {
    if (this != &other) {
      storage_ = std::exchange(other.storage_, detail::StorageHold());
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~UnifiedBuffer() = default;

  /// In elements.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_ * sizeof(T); }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  /// The elements on the host, for reading. Valid while the buffer lives and is not moved from.
  [[nodiscard]] std::span<const T> span() const noexcept { return {data(), static_cast<std::size_t>(size_)}; }

  /// The elements on the host, for writing; other replicas become stale. Valid as for `span`.
  [[nodiscard]] std::span<T> mutable_span() noexcept { return {data(), static_cast<std::size_t>(size_)}; }

  /// Overwrites all elements. Throws MemoryError if the sizes differ.
  void copy_from(std::span<const T> values) {
    if (values.size() != size_) detail::throw_copy_sizes_differ(size_, values.size());
    if (size_ != 0) std::memmove(data(), values.data(), values.size_bytes());
  }

  /// Reads all elements. Throws MemoryError if the sizes differ.
  void copy_to(std::span<T> values) const {
    if (values.size() != size_) detail::throw_copy_sizes_differ(values.size(), size_);
    if (size_ != 0) std::memmove(values.data(), data(), values.size_bytes());
  }

  void fill(const T& value) noexcept { std::fill_n(data(), size_, value); }

  /// For a launch: one more hold on the memory.
  [[nodiscard]] detail::StorageHold share_storage() const noexcept { return storage_.share(); }

 private:
  UnifiedBuffer(std::uint64_t size, detail::InitialContent content)
      : storage_(detail::BufferStorage::create(size, sizeof(T), content)), size_(size) {}

  [[nodiscard]] T* data() const noexcept { return reinterpret_cast<T*>(storage_.data()); }

  detail::StorageHold storage_;
  std::uint64_t size_ = 0;
};

template <class T>
UnifiedBuffer(const std::vector<T>&) -> UnifiedBuffer<T>;
template <class T, std::size_t N>
UnifiedBuffer(std::span<T, N>) -> UnifiedBuffer<std::remove_const_t<T>>;

}  // namespace dotcompute
