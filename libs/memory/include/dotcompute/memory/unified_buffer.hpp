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
///
/// A launch on a device with memory of its own copies the content there if the device has no current copy, and copies
/// nothing back: results stay where the next launch may want them. Reading on the host copies them home, once. A launch
/// that fails or is stopped leaves what it wrote without content; reading that is an error until `copy_from` or `fill`
/// has written it again.
///
/// Members that read or write elements throw DeviceError if a copy from a device fails, and MemoryError if the content
/// was lost. Several threads may read, and launch what reads, at once.
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

  /// Where the current content is.
  [[nodiscard]] BufferState state() const noexcept {
    return storage_.storage() == nullptr ? BufferState::uninitialized : storage_.storage()->state();
  }

  /// The elements on the host, for reading. Valid while the buffer lives and is not moved from. After a launch that
  /// writes them on a device with memory of its own, take it again: the memory is the same, the elements are not
  /// current before.
  [[nodiscard]] std::span<const T> span() const {
    use(detail::Use::read);
    return {data(), static_cast<std::size_t>(size_)};
  }

  /// The elements on the host, for writing; a device's copy becomes stale. Valid as for `span`, and after a launch on a
  /// device with memory of its own only when taken again: that device would not learn of what is written.
  [[nodiscard]] std::span<T> mutable_span() {
    use(detail::Use::update);
    return {data(), static_cast<std::size_t>(size_)};
  }

  /// Overwrites all elements. Throws MemoryError if the sizes differ.
  void copy_from(std::span<const T> values) {
    if (values.size() != size_) detail::throw_copy_sizes_differ(size_, values.size());
    if (size_ == 0) return;
    use(detail::Use::overwrite);
    std::memmove(data(), values.data(), values.size_bytes());
  }

  /// Reads all elements. Throws MemoryError if the sizes differ.
  void copy_to(std::span<T> values) const {
    if (values.size() != size_) detail::throw_copy_sizes_differ(values.size(), size_);
    if (size_ == 0) return;
    use(detail::Use::read);
    std::memmove(values.data(), data(), values.size_bytes());
  }

  /// Overwrites all elements.
  void fill(const T& value) {
    const T copy = value;  // It may be one of the elements, and those need not be current.
    use(detail::Use::overwrite);
    std::fill_n(data(), size_, copy);
  }

  /// For a launch: one more hold on the memory.
  [[nodiscard]] detail::StorageHold share_storage() const noexcept { return storage_.share(); }
  /// For a launch: the memory, borrowed; null if there is none.
  [[nodiscard]] detail::BufferStorage* storage() const noexcept { return storage_.storage(); }
  /// For a launch: the elements' place on the host, current or not.
  [[nodiscard]] std::span<T> places() noexcept { return {data(), static_cast<std::size_t>(size_)}; }
  [[nodiscard]] std::span<const T> places() const noexcept { return {data(), static_cast<std::size_t>(size_)}; }

 private:
  UnifiedBuffer(std::uint64_t size, detail::InitialContent content)
      : storage_(detail::BufferStorage::create(size, sizeof(T), content)), size_(size) {}

  void use(detail::Use how) const {
    if (storage_.storage() != nullptr) storage_.storage()->use_on_host(how);
  }
  [[nodiscard]] T* data() const noexcept { return reinterpret_cast<T*>(storage_.data()); }

  detail::StorageHold storage_;
  std::uint64_t size_ = 0;
};

template <class T>
UnifiedBuffer(const std::vector<T>&) -> UnifiedBuffer<T>;
template <class T, std::size_t N>
UnifiedBuffer(std::span<T, N>) -> UnifiedBuffer<std::remove_const_t<T>>;

}  // namespace dotcompute
