#pragma once

/// A part of a UnifiedBuffer, or all of it, borrowed; and the same held on the host for a while.
///
///     dotcompute::BufferView<float> second_half = buffer.slice(500, 500);
///     runtime.run(demo::saxpy, 2.0f, buffer.slice(0, 500), second_half);
///     second_half.read(10, ten_values);                          // copies from the device what is read, no more
///     const auto mapping = buffer.map(dotcompute::Access::write);   // until it is destroyed, no launch may use buffer
///     std::ranges::generate(mapping.mutable_span(), next);

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include <dotcompute/memory/buffer_part.hpp>
#include <dotcompute/memory/host_writes.hpp>

namespace dotcompute {

template <class T>
class BufferView;
template <class T>
class Mapping;

namespace detail {

/// What the elements of a buffer may be.
template <class T>
concept BufferElement =
    std::is_trivially_copyable_v<T> && std::is_object_v<T> && !std::is_volatile_v<T> && alignof(T) <= 64;

/// A buffer or view of it, and nothing that is a span by itself.
template <class Source, class T>
concept ViewedAs = std::convertible_to<Source, BufferView<T>> && !std::convertible_to<Source, std::span<T>>;

}  // namespace detail

/// `size()` elements of a buffer: of `T`, or of `const T` for a view that only reads. A value as std::span is one:
/// copying it copies no elements, and a const view of `T` may still write. It is valid while the buffer's memory lives:
/// until the buffer, or the one that it was moved to, is destroyed or assigned to. A launch that it is an argument of
/// keeps the memory by itself.
///
/// Reading or writing moves the bytes of these elements, and no others, between the host and devices. Errors and
/// threads are UnifiedBuffer's. Members that take a place and a count throw MemoryError where elements past the end are
/// meant.
template <class T>
class BufferView {
  static_assert(detail::BufferElement<T>,
                "dotcompute::BufferView<T>: T must be a trivially copyable type that needs no more than 64-byte "
                "alignment, const or not");
  static constexpr bool is_writable = !std::is_const_v<T>;

 public:
  using element_type = T;
  using value_type = std::remove_const_t<T>;

  /// Of no elements.
  BufferView() noexcept = default;
  /// A view that writes is also one that reads.
  template <std::same_as<value_type> Mutable>
    requires(!is_writable)
  BufferView(const BufferView<Mutable>& other) noexcept  // NOLINT(google-explicit-constructor): as std::span does
      : storage_(other.storage()), data_(other.places().data()), size_(other.size()) {}

  /// In elements.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_ * sizeof(T); }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  /// Elements `first` up to, not including, `first + count`.
  [[nodiscard]] BufferView slice(std::uint64_t first, std::uint64_t count) const {
    detail::check_slice({size_, sizeof(T)}, first, count);
    return {storage_, data_ + first, count};
  }

  /// The same bytes as elements of another type, const ones for a view that only reads. Throws MemoryError unless they
  /// are a whole number of those and begin at a multiple of their size, which devices need.
  template <detail::BufferElement U>
  [[nodiscard]] auto as() const {
    using Seen = std::conditional_t<is_writable, U, const U>;
    detail::check_cast(part(), {sizeof(T), sizeof(U), alignof(U)});
    return BufferView<Seen>(storage_, reinterpret_cast<Seen*>(data_), size_bytes() / sizeof(U));
  }

  /// The elements on the host, for reading, as UnifiedBuffer::span.
  [[nodiscard]] std::span<const value_type> span() const {
    detail::use_part_on_host(part(), detail::Use::read);
    return {data_, static_cast<std::size_t>(size_)};
  }
  /// The elements on the host, for writing, as UnifiedBuffer::mutable_span.
  [[nodiscard]] std::span<T> mutable_span() const
    requires is_writable
  {
    detail::use_part_on_host(part(), detail::Use::update);
    return {data_, static_cast<std::size_t>(size_)};
  }

  /// Copies `values.size()` elements from `first` on to the host's `values`.
  void read(std::uint64_t first, std::span<value_type> values) const { slice(first, values.size()).copy_to(values); }
  /// Overwrites `values.size()` elements from `first` on.
  void write(std::uint64_t first, std::span<const value_type> values) const
    requires is_writable
  {
    slice(first, values.size()).copy_from(values);
  }

  /// Overwrites all elements. Throws MemoryError if the sizes differ.
  void copy_from(std::span<const value_type> values) const
    requires is_writable
  {
    if (values.size() != size_) throw_sizes_differ(size_, values.size());
    if (size_ == 0) return;
    const detail::HeldUse held = detail::hold_part_on_host(part(), detail::Use::overwrite);
    detail::copy_on_host(reinterpret_cast<std::byte*>(data_), std::as_bytes(values));
  }
  /// The same from a buffer or view, on the device where that has the newest elements. They may overlap.
  template <detail::ViewedAs<const value_type> Source>
  void copy_from(const Source& source) const
    requires is_writable
  {
    const BufferView<const value_type> from = source;
    if (from.size() != size_) throw_sizes_differ(size_, from.size());
    detail::copy_part(part(), from.part());
  }

  /// Reads all elements. Throws MemoryError if the sizes differ.
  void copy_to(std::span<value_type> values) const {
    if (values.size() != size_) throw_sizes_differ(values.size(), size_);
    if (size_ == 0) return;
    const detail::HeldUse held = detail::hold_part_on_host(part(), detail::Use::read);
    std::memmove(values.data(), data_, values.size_bytes());
  }
  /// The same to a buffer or view.
  template <detail::ViewedAs<value_type> Destination>
  void copy_to(Destination&& destination) const {
    const BufferView<value_type> to = destination;
    to.copy_from(*this);
  }

  /// Overwrites all elements.
  void fill(const value_type& value) const
    requires is_writable
  {
    const value_type copy = value;  // It may be one of the elements, and those need not be current.
    const detail::HeldUse held = detail::hold_part_on_host(part(), detail::Use::overwrite);
    detail::fill_on_host(std::span<value_type>(data_, size_), copy);
  }

  /// Brings the elements to the host where a device has newer ones, and returns when they are there.
  void synchronize() const { detail::use_part_on_host(part(), detail::Use::read); }

  /// Starts to copy to a device what is not current there, and returns. For one that uses the host's memory it is
  /// `synchronize`. Throws OutOfMemoryError, DeviceError, or MemoryError for a device of no runtime.
  void prefetch(const Accelerator& accelerator) const { detail::prefetch_part(part(), accelerator); }

  /// Holds the elements on the host until the Mapping ends. Launches that its buffer must not take part in meanwhile
  /// are errors: those that write it, and all for a mapping that writes. Throws MemoryError where another mapping of
  /// the buffer writes, or this one would and there is another.
  [[nodiscard]] Mapping<T> map(Access access) const
    requires is_writable
  {
    return Mapping<T>(*this, access);
  }
  /// The same, for reading.
  [[nodiscard]] Mapping<T> map() const
    requires(!is_writable)
  {
    return Mapping<T>(*this, Access::read);
  }

  /// For a launch: one more hold on the memory.
  [[nodiscard]] detail::StorageHold share_storage() const noexcept {
    if (storage_ != nullptr) storage_->retain();
    return detail::StorageHold(storage_);
  }
  /// For a launch: the memory, borrowed; null if there is none.
  [[nodiscard]] detail::BufferStorage* storage() const noexcept { return storage_; }
  /// For a launch: the elements' place on the host, current or not.
  [[nodiscard]] detail::Places<T> places() const noexcept { return {data_, size_}; }
  /// For the library: the bytes of the elements.
  [[nodiscard]] detail::BufferPart part() const noexcept {
    if (storage_ == nullptr) return {};
    const auto begin = static_cast<std::uint64_t>(reinterpret_cast<const std::byte*>(data_) - storage_->data());
    return {storage_, {begin, begin + size_bytes()}};
  }

 private:
  template <class>
  friend class BufferView;
  template <class>
  friend class UnifiedBuffer;

  BufferView(detail::BufferStorage* storage, T* data, std::uint64_t size) noexcept
      : storage_(storage), data_(data), size_(size) {}

  [[noreturn]] static void throw_sizes_differ(std::uint64_t destination, std::uint64_t source) {
    detail::throw_copy_sizes_differ({destination, sizeof(T)}, {source, sizeof(T)});
  }

  detail::BufferStorage* storage_ = nullptr;
  T* data_ = nullptr;
  std::uint64_t size_ = 0;
};

/// Elements of a buffer that stay on the host, where the program may keep spans of them. It keeps the memory alive by
/// itself. Ending it, which its destructor does, is what makes the buffer usable for launches again. Move-only.
template <class T>
class Mapping {
 public:
  /// Made by `map`.
  Mapping(const BufferView<T>& view, Access access) : data_(view.places().data()), size_(view.size()), access_(access) {
    detail::map_part(view.part(), access);
    hold_ = view.share_storage();
  }
  Mapping(Mapping&& other) noexcept
      : hold_(std::move(other.hold_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        access_(other.access_) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(hold_, other.hold_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(access_, other.access_);
    return *this;
  }
  ~Mapping() {
    if (hold_.storage() != nullptr) detail::unmap_part(*hold_.storage(), access_);
  }

  [[nodiscard]] Access access() const noexcept { return access_; }
  /// In elements.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// For reading. Throws MemoryError if the mapping is for writing only.
  [[nodiscard]] std::span<const T> span() const {
    if (!reads(access_)) detail::throw_wrong_access(access_);
    return {data_, static_cast<std::size_t>(size_)};
  }
  /// For writing. Throws MemoryError if the mapping is for reading only.
  [[nodiscard]] std::span<T> mutable_span() const
    requires(!std::is_const_v<T>)
  {
    if (!writes(access_)) detail::throw_wrong_access(access_);
    return {data_, static_cast<std::size_t>(size_)};
  }

 private:
  detail::StorageHold hold_;
  T* data_;
  std::uint64_t size_;
  Access access_;
};

}  // namespace dotcompute
