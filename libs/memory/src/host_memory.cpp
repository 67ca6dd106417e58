#include <dotcompute/memory/host_memory.hpp>

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

namespace {

constexpr std::uint64_t huge_page_bytes = std::uint64_t{2} << 20;
constexpr std::align_val_t small_alignment{HostMemory::alignment_bytes};

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

HostMemory::HostMemory(std::uint64_t count, std::size_t element_size_bytes, InitialContent content,
                       std::pmr::memory_resource* resource) {
  if (__builtin_mul_overflow(count, element_size_bytes, &size_bytes_) || size_bytes_ > largest_size_bytes) {
    throw MemoryError(Remedy::fix_input,
                      fmt::format("cannot allocate {} elements of {} bytes each on the host: that is more than memory "
                                  "can ever hold; ask for fewer elements",
                                  count, element_size_bytes));
  }
  if (size_bytes_ == 0) return;
  try {
    resource == nullptr ? take_from_system(content) : take_from(*resource, content);
  } catch (const std::system_error& error) {
    throw_no_memory(count, element_size_bytes, error.code().message());
  } catch (const std::bad_alloc&) {
    throw_no_memory(count, element_size_bytes,
                    resource == nullptr ? "the heap is exhausted" : "its memory resource has no more");
  }
}

void HostMemory::take_from_system(InitialContent content) {
  if (size_bytes_ >= huge_page_bytes) {
    data_ = map_aligned(rounded_up(size_bytes_, huge_page_bytes));
    if (data_ == nullptr) throw std::system_error(errno, std::generic_category());
    source_ = Source::mapping;
    return;
  }
  data_ = static_cast<std::byte*>(::operator new(size_bytes_, small_alignment));
  if (content == InitialContent::zeros) std::memset(data_, 0, size_bytes_);
}

void HostMemory::take_from(std::pmr::memory_resource& resource, InitialContent content) {
  data_ = static_cast<std::byte*>(resource.allocate(size_bytes_, alignment_bytes));
  resource_ = &resource;
  source_ = Source::resource;
  if (content == InitialContent::zeros) std::memset(data_, 0, size_bytes_);
}

HostMemory::HostMemory(HostMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      resource_(other.resource_),
      source_(other.source_) {}

HostMemory::~HostMemory() {
  if (data_ == nullptr) return;
  switch (source_) {
    case Source::heap: ::operator delete(data_, small_alignment); break;
    case Source::mapping: ::munmap(data_, rounded_up(size_bytes_, huge_page_bytes)); break;
    case Source::resource: resource_->deallocate(data_, size_bytes_, alignment_bytes); break;
    case Source::adopted: break;
  }
}

}  // namespace dotcompute::detail
