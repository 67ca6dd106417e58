#pragma once

/// What views of buffers do with bytes, whatever the elements' type is.

#include <cstddef>
#include <cstdint>
#include <source_location>

#include <dotcompute/base/export.hpp>
#include <dotcompute/memory/access.hpp>
#include <dotcompute/memory/buffer_storage.hpp>
#include <dotcompute/memory/byte_range.hpp>

namespace dotcompute {
class Accelerator;
}  // namespace dotcompute

namespace dotcompute::detail {

/// Some bytes of a storage, which it borrows. Without a storage there are none.
struct BufferPart {
  BufferStorage* storage = nullptr;
  ByteRange range;

  /// On the host, current or not.
  [[nodiscard]] std::byte* data() const noexcept {
    return storage == nullptr ? nullptr : storage->data() + range.begin;
  }
  [[nodiscard]] bool empty() const noexcept { return storage == nullptr || range.empty(); }
};

/// So many elements of one size, for messages.
struct ElementCount {
  std::uint64_t count = 0;
  std::uint64_t element_size_bytes = 1;
};

/// The place in memory of elements that may be current elsewhere.
template <class T>
struct Places {
  using element_type = T;

  [[nodiscard]] T* data() const noexcept { return first; }
  [[nodiscard]] std::uint64_t size() const noexcept { return count; }

  T* first = nullptr;
  std::uint64_t count = 0;
};

/// The size of a buffer that was moved from: no buffer has as many elements.
inline constexpr std::uint64_t moved_from_size = ~std::uint64_t{0};

/// Throws MemoryError: a buffer was used after it was moved from.
[[noreturn]] DOTCOMPUTE_API void throw_moved_from();

/// Elements `first` and `count - 1` after it are among `whole`, or MemoryError.
DOTCOMPUTE_API void check_slice(const ElementCount& whole, std::uint64_t first, std::uint64_t count);

/// What the elements of a part are to be seen as.
struct ElementCast {
  std::uint64_t from_size_bytes = 1;
  std::uint64_t to_size_bytes = 1;
  std::uint64_t to_alignment = 1;
};
/// Throws MemoryError if the part is no whole number of such elements, or begins between two of them.
DOTCOMPUTE_API void check_cast(const BufferPart& part, const ElementCast& cast);

/// Waits for the launches that are in the way, and makes the part ready on the host, as BufferStorage::use_on_host
/// does. Launches wait for the caller while it has what is returned. Throws MemoryError if a mapping is in the way.
[[nodiscard]] DOTCOMPUTE_API HeldUse hold_part_on_host(const BufferPart& part, Use use);
/// The same for a caller whom launches do not know of.
inline void use_part_on_host(const BufferPart& part, Use use) { static_cast<void>(hold_part_on_host(part, use)); }

/// `to` and `from` have the same size in bytes. They may overlap, and be parts of one storage.
DOTCOMPUTE_API void copy_part(const BufferPart& to, const BufferPart& from);
/// The same on the device that has what is to be copied, for parts that do not overlap; it is started only. False, and
/// nothing done, if that is not worth while or there is no room for it.
[[nodiscard]] DOTCOMPUTE_API bool copy_on_device(const BufferPart& to, const BufferPart& from);

/// Throws MemoryError: `destination` and `source` hold different numbers of elements.
[[noreturn]] DOTCOMPUTE_API void throw_copy_sizes_differ(const ElementCount& destination, const ElementCount& source);

/// Starts to make the part current on an accelerator, and returns.
DOTCOMPUTE_API void prefetch_part(const BufferPart& part, const Accelerator& accelerator);

/// Memory of the user.
struct AdoptedMemory {
  std::byte* data = nullptr;
  std::uint64_t count = 0;
  std::uint64_t element_size_bytes = 1;
  std::uint64_t alignment = 1;
  std::source_location where = std::source_location::current();
};
/// Throws MemoryError for memory that cannot be there, and releases nothing then.
[[nodiscard]] DOTCOMPUTE_API StorageHold adopt_memory(const AdoptedMemory& memory, Release release);

/// Elements in memory of a device's driver.
struct NativeMemory {
  std::uintptr_t handle = 0;
  std::uint64_t count = 0;
  std::uint64_t element_size_bytes = 1;
  Ownership ownership = Ownership::borrowed;
  std::source_location where = std::source_location::current();
};
/// A storage whose only content is in memory that others made. Throws MemoryError or DeviceError, and releases nothing
/// then.
[[nodiscard]] DOTCOMPUTE_API StorageHold adopt_native(const Accelerator& accelerator, const NativeMemory& memory,
                                                      Release release);
/// What the driver calls the memory of a buffer on a device, where it is current and nothing uses it.
[[nodiscard]] DOTCOMPUTE_API std::uintptr_t native_handle_of(const BufferPart& whole, const Accelerator& accelerator,
                                                             Access access);

/// Brings the part to the host and keeps launches from it until `unmap_part`. Throws MemoryError if another mapping is
/// in the way; nothing is mapped then.
DOTCOMPUTE_API void map_part(const BufferPart& part, Access access);
DOTCOMPUTE_API void unmap_part(BufferStorage& storage, Access access) noexcept;
/// Throws MemoryError: a mapping is used for what it was not made for.
[[noreturn]] DOTCOMPUTE_API void throw_wrong_access(Access access);

}  // namespace dotcompute::detail
