#include <dotcompute/memory/host_memory.hpp>

#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/memory/host_resource.hpp>

namespace dotcompute::detail {

namespace {

/// Of a size that no kernel can map without overflowing its own rounding.
constexpr std::uint64_t largest_size_bytes = std::numeric_limits<std::uint64_t>::max() / 4;

void* allocate(std::uint64_t size_bytes, InitialContent content, std::pmr::memory_resource* resource) {
  constexpr std::size_t alignment = HostMemory::alignment_bytes;
  const bool zeros = content == InitialContent::zeros;
  if (resource == nullptr && zeros) return HostResource::instance().allocate_zeros(size_bytes, alignment);
  if (resource == nullptr) return HostResource::instance().allocate(size_bytes, alignment);
  void* const memory = resource->allocate(size_bytes, alignment);
  if (zeros) std::memset(memory, 0, size_bytes);
  return memory;
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
    data_ = static_cast<std::byte*>(allocate(size_bytes_, content, resource));
  } catch (const std::bad_alloc&) {
    const char* const cause = resource == nullptr ? "there is no room for them" : "their memory resource has no room";
    throw MemoryError(Remedy::retry,
                      fmt::format("cannot allocate {} elements of {} bytes each on the host: {}; free memory or use "
                                  "fewer elements",
                                  count, element_size_bytes, cause),
                      {.kernel = {}, .device = {}, .source = {}, .cause = cause});
  }
  resource_ = resource == nullptr ? &HostResource::instance() : resource;
}

HostMemory::HostMemory(HostMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      resource_(std::exchange(other.resource_, nullptr)) {}

HostMemory::~HostMemory() {
  if (resource_ != nullptr) resource_->deallocate(data_, size_bytes_, alignment_bytes);
}

}  // namespace dotcompute::detail
