#include <dotcompute/memory/buffer_storage.hpp>

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <new>
#include <system_error>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

namespace {

constexpr std::uint64_t huge_page_bytes = std::uint64_t{2} << 20;
constexpr std::align_val_t small_alignment{64};

/// Of a size that no kernel can map without overflowing its own rounding.
constexpr std::uint64_t largest_size_bytes = std::numeric_limits<std::uint64_t>::max() / 4;

constexpr std::uint64_t rounded_up(std::uint64_t size, std::uint64_t alignment) noexcept {
  return (size + alignment - 1) / alignment * alignment;
}

/// Maps `size` bytes, zero-filled, at a multiple of the huge page size; null with errno set if the system has no room.
std::byte* map_aligned(std::uint64_t size) noexcept {
  const std::uint64_t reserved = size + huge_page_bytes;
  void* const raw = ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return nullptr;
  const auto begin = reinterpret_cast<std::uintptr_t>(raw);
  const std::uintptr_t aligned = rounded_up(begin, huge_page_bytes);
  if (aligned != begin) ::munmap(raw, aligned - begin);
  const std::uintptr_t end = begin + reserved;
  if (end != aligned + size) ::munmap(reinterpret_cast<void*>(aligned + size), end - (aligned + size));
  auto* const data = reinterpret_cast<std::byte*>(aligned);
#ifdef MADV_HUGEPAGE
  // A wish: a system without huge pages runs the same, slower.
  ::madvise(data, size, MADV_HUGEPAGE);
#endif
  return data;
}

[[noreturn]] void throw_no_memory(std::uint64_t count, std::size_t element_size_bytes, const std::string& cause) {
  throw MemoryError(Remedy::retry,
                    fmt::format("cannot allocate {} elements of {} bytes each on the host: {}; free memory or use "
                                "fewer elements",
                                count, element_size_bytes, cause),
                    {.kernel = {}, .device = {}, .source = {}, .cause = cause});
}

}  // namespace

BufferStorage* BufferStorage::create(std::uint64_t count, std::size_t element_size_bytes, InitialContent content) {
  std::uint64_t size = 0;
  if (__builtin_mul_overflow(count, element_size_bytes, &size) || size > largest_size_bytes) {
    throw MemoryError(Remedy::fix_input,
                      fmt::format("cannot allocate {} elements of {} bytes each on the host: that is more than memory "
                                  "can ever hold; ask for fewer elements",
                                  count, element_size_bytes));
  }
  std::byte* data = nullptr;
  std::uint64_t mapped = 0;
  if (size >= huge_page_bytes) {
    mapped = rounded_up(size, huge_page_bytes);
    data = map_aligned(mapped);
    if (data == nullptr) throw_no_memory(count, element_size_bytes, std::generic_category().message(errno));
  } else if (size > 0) {
    data = static_cast<std::byte*>(::operator new(size, small_alignment, std::nothrow));
    if (data == nullptr) throw_no_memory(count, element_size_bytes, "the heap is exhausted");
    if (content == InitialContent::zeros) std::memset(data, 0, size);
  }
  const BufferState state = content == InitialContent::zeros ? BufferState::host_only : BufferState::uninitialized;
  auto* const storage = new (std::nothrow) BufferStorage(data, size, mapped, state);
  if (storage == nullptr) throw_no_memory(count, element_size_bytes, "the heap is exhausted");
  return storage;
}

bool BufferStorage::try_retain() noexcept {
  std::uint32_t holders = holders_.load(std::memory_order_relaxed);
  while (holders != 0) {
    if (holders_.compare_exchange_weak(holders, holders + 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

void BufferStorage::destroy() noexcept {
  // First, because copies from the host's memory may be under way.
  replica_.reset();
  if (mapped_bytes_ != 0) {
    ::munmap(data_, mapped_bytes_);
  } else {
    ::operator delete(data_, small_alignment);
  }
  delete this;
}

}  // namespace dotcompute::detail
