#pragma once

/// An array that belongs to a computation: one owner in the program, a replica on each device that used it.
///
///     dotcompute::UnifiedBuffer<float> x(1'000'000);            // zeros
///     dotcompute::UnifiedBuffer<float> y(values);               // a copy of a vector or span
///     runtime.run(demo::saxpy, 2.0f, x, y);
///     for (float v : y.span()) ...

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <source_location>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <dotcompute/memory/buffer_storage.hpp>
#include <dotcompute/memory/buffer_view.hpp>

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
///
/// A buffer that was moved from has no elements, and may be assigned to or destroyed. Everything else with it throws
/// MemoryError; so does a launch, with ExecutionError.
///
/// Where a buffer was made is noted (`where`), for what the checks of a memory pool report of its memory.
///
/// What a BufferView does with a part of a buffer, a buffer does with all of it; see there.
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
  explicit UnifiedBuffer(std::uint64_t size, const std::source_location& where = std::source_location::current())
      : UnifiedBuffer(size, detail::InitialContent::zeros, nullptr, where) {}

  /// `size` elements of unspecified content. Throws MemoryError.
  UnifiedBuffer(std::uint64_t size, Uninitialized, const std::source_location& where = std::source_location::current())
      : UnifiedBuffer(size, detail::InitialContent::unspecified, nullptr, where) {}

  /// A copy of `values`. Throws MemoryError.
  explicit UnifiedBuffer(std::span<const T> values, const std::source_location& where = std::source_location::current())
      : UnifiedBuffer(values.size(), uninitialized, where) {
    copy_from(values);
  }
  explicit UnifiedBuffer(const std::vector<T>& values,
                         const std::source_location& where = std::source_location::current())
    requires(!std::same_as<T, bool>)
      : UnifiedBuffer(std::span<const T>(values), where) {}

  /// The same in host memory of `memory`, which outlives the buffer and what launches hold of it: zeros, unspecified
  /// content, a copy.
  UnifiedBuffer(std::uint64_t size, std::pmr::memory_resource& memory,
                const std::source_location& where = std::source_location::current())
      : UnifiedBuffer(size, detail::InitialContent::zeros, &memory, where) {}
  UnifiedBuffer(std::uint64_t size, Uninitialized, std::pmr::memory_resource& memory,
                const std::source_location& where = std::source_location::current())
      : UnifiedBuffer(size, detail::InitialContent::unspecified, &memory, where) {}
  UnifiedBuffer(std::span<const T> values, std::pmr::memory_resource& memory,
                const std::source_location& where = std::source_location::current())
      : UnifiedBuffer(values.size(), uninitialized, memory, where) {
    copy_from(values);
  }

  /// The caller's memory, with its content, as a buffer: nothing is copied, and it is never freed. The memory outlives
  /// the buffer and launches of it, and is read and written through the buffer only meanwhile. Throws MemoryError for
  /// memory that is not aligned for `T`, or cannot be there.
  [[nodiscard]] static UnifiedBuffer adopt(std::span<T> memory,
                                           const std::source_location& where = std::source_location::current()) {
    return adopt(memory, detail::Release{}, where);
  }
  /// The same, with `release()` called when the buffer and the last launch of it are done with the memory, on the
  /// thread that is. It is not called where this throws, and must not throw.
  template <std::invocable Released>
  [[nodiscard]] static UnifiedBuffer adopt(std::span<T> memory, Released release,
                                           const std::source_location& where = std::source_location::current()) {
    auto owned = std::make_unique<Released>(std::move(release));
    UnifiedBuffer buffer =
        adopt(memory,
              detail::Release{[](void* context) noexcept {
                                const std::unique_ptr<Released> last(static_cast<Released*>(context));
                                (*last)();
                              },
                              owned.get()},
              where);
    static_cast<void>(owned.release());
    return buffer;
  }

  /// `size` elements in memory of a device's driver (a cl_mem, a CUdeviceptr), with the content that they have there,
  /// as a buffer whose replica on that device is this memory. Nothing is copied until the host or another device wants
  /// it. What is enqueued by others that uses the memory must be complete. Borrowed memory outlives the buffer and
  /// launches of it; what is taken is given back to the driver after them, and stays the caller's where this throws. A
  /// buffer that outlives the runtime gets its content home and leaves the memory. Throws MemoryError for a null handle
  /// or no elements, and DeviceError if the device does not take it.
  [[nodiscard]] static UnifiedBuffer from_native(const Accelerator& accelerator, std::uintptr_t handle,
                                                 std::uint64_t size, Ownership ownership,
                                                 const std::source_location& where = std::source_location::current()) {
    return UnifiedBuffer(detail::adopt_native(accelerator, {handle, size, sizeof(T), ownership, where}, {}), size);
  }

  /// For the library: a hold on memory with `size` elements.
  UnifiedBuffer(detail::StorageHold storage, std::uint64_t size) noexcept : storage_(std::move(storage)), size_(size) {}

  UnifiedBuffer(UnifiedBuffer&& other) noexcept
      : storage_(std::move(other.storage_)), size_(std::exchange(other.size_, detail::moved_from_size)) {}
  UnifiedBuffer& operator=(UnifiedBuffer&& other) noexcept {
    if (this != &other) {
      storage_ = std::exchange(other.storage_, detail::StorageHold());
      size_ = std::exchange(other.size_, detail::moved_from_size);
    }
    return *this;
  }
  ~UnifiedBuffer() = default;

  /// In elements.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_ == detail::moved_from_size ? 0 : size_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size() * sizeof(T); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  /// Where the current content is.
  [[nodiscard]] BufferState state() const noexcept {
    return storage_.storage() == nullptr ? BufferState::uninitialized : storage_.storage()->state();
  }

  /// All elements. Not of a temporary buffer, which would be gone.
  [[nodiscard]] BufferView<T> view() & { return view_of(data()); }
  [[nodiscard]] BufferView<const T> view() const& { return view_of<const T>(data()); }
  void view() && = delete;
  void view() const&& = delete;
  [[nodiscard]] operator BufferView<T>() & { return view(); }             // NOLINT(google-explicit-constructor)
  [[nodiscard]] operator BufferView<const T>() const& { return view(); }  // NOLINT(google-explicit-constructor)

  /// Elements `first` up to, not including, `first + count`.
  [[nodiscard]] BufferView<T> slice(std::uint64_t first, std::uint64_t count) & { return view().slice(first, count); }
  [[nodiscard]] BufferView<const T> slice(std::uint64_t first, std::uint64_t count) const& {
    return view().slice(first, count);
  }
  void slice(std::uint64_t first, std::uint64_t count) && = delete;
  void slice(std::uint64_t first, std::uint64_t count) const&& = delete;

  /// The same bytes as elements of another type.
  template <class U>
  [[nodiscard]] BufferView<U> as() & {
    return view().template as<U>();
  }
  template <class U>
  [[nodiscard]] BufferView<const U> as() const& {
    return view().template as<U>();
  }
  template <class U>
  void as() && = delete;
  template <class U>
  void as() const&& = delete;

  /// The elements on the host, for reading. Valid while the buffer lives and is not moved from. After a launch that
  /// writes them on a device with memory of its own, take it again: the memory is the same, the elements are not
  /// current before.
  [[nodiscard]] std::span<const T> span() const { return view().span(); }

  /// The elements on the host, for writing; a device's copy becomes stale. Valid as for `span`, and after a launch on a
  /// device with memory of its own only when taken again: that device would not learn of what is written.
  [[nodiscard]] std::span<T> mutable_span() { return view().mutable_span(); }

  /// Copies `values.size()` elements from `first` on to the host's `values`.
  void read(std::uint64_t first, std::span<T> values) const { view().read(first, values); }
  /// Overwrites `values.size()` elements from `first` on.
  void write(std::uint64_t first, std::span<const T> values) { view().write(first, values); }

  /// Overwrites all elements. Throws MemoryError if the sizes differ.
  void copy_from(std::span<const T> values) { view().copy_from(values); }
  template <detail::ViewedAs<const T> Source>
  void copy_from(const Source& source) {
    view().copy_from(source);
  }

  /// Reads all elements. Throws MemoryError if the sizes differ.
  void copy_to(std::span<T> values) const { view().copy_to(values); }
  template <detail::ViewedAs<T> Destination>
  void copy_to(Destination&& destination) const {
    view().copy_to(destination);
  }

  /// Overwrites all elements.
  void fill(const T& value) { view().fill(value); }

  /// Brings the elements to the host where a device has newer ones.
  void synchronize() const { view().synchronize(); }

  /// Starts to copy to a device what is not current there, and returns.
  void prefetch(const Accelerator& accelerator) const { view().prefetch(accelerator); }

  /// Holds the elements on the host until the Mapping ends; launches of the buffer meanwhile are errors.
  [[nodiscard]] Mapping<T> map(Access access) { return view().map(access); }
  /// The same, for reading.
  [[nodiscard]] Mapping<const T> map() const { return view().map(); }

  /// What a device's driver calls the buffer's memory there (a cl_mem, a CUdeviceptr), for code of one's own: the
  /// content is current there, and nothing that was launched before still uses it. For an access that writes, what is
  /// written there is the buffer's content from now on, and everybody else's copy is stale.
  ///
  /// The memory stays the buffer's. The handle is valid until the buffer is destroyed or the runtime goes; what one may
  /// do with it ends with the next use of the buffer, by a launch or a member, before which one's own work must be
  /// complete. Ask again then: the handle is the same. Throws MemoryError for a device that uses the host's memory or a
  /// buffer without elements, and as `prefetch`.
  [[nodiscard]] std::uintptr_t native_handle(const Accelerator& accelerator) const {
    return detail::native_handle_of(view().part(), accelerator, Access::read);
  }
  [[nodiscard]] std::uintptr_t native_handle(const Accelerator& accelerator, Access access) {
    return detail::native_handle_of(view().part(), accelerator, access);
  }

  /// For a launch: one more hold on the memory.
  [[nodiscard]] detail::StorageHold share_storage() const noexcept { return storage_.share(); }
  /// For a launch: the memory, borrowed; null if there is none.
  [[nodiscard]] detail::BufferStorage* storage() const noexcept { return storage_.storage(); }
  /// For a launch: the elements' place on the host, current or not. Of a buffer that was moved from it is null, with
  /// `moved_from_size` elements.
  [[nodiscard]] detail::Places<T> places() noexcept { return {data(), size_}; }
  [[nodiscard]] detail::Places<const T> places() const noexcept { return {data(), size_}; }

 private:
  UnifiedBuffer(std::uint64_t size, detail::InitialContent content, std::pmr::memory_resource* memory,
                const std::source_location& where)
      : storage_(detail::BufferStorage::create(size, sizeof(T), content, memory, where)), size_(size) {}

  [[nodiscard]] static UnifiedBuffer adopt(std::span<T> memory, detail::Release release,
                                           const std::source_location& where) {
    auto* const data = reinterpret_cast<std::byte*>(memory.data());
    return UnifiedBuffer(detail::adopt_memory({data, memory.size(), sizeof(T), alignof(T), where}, release),
                         memory.size());
  }

  template <class U = T>
  [[nodiscard]] BufferView<U> view_of(U* data) const {
    if (size_ == detail::moved_from_size) detail::throw_moved_from();
    return {storage_.storage(), data, size_};
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
