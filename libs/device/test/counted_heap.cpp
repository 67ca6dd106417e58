// Replaces the allocation functions of the test program. In a file of their own, so that no compiler sees through them.
#include "counted_heap.hpp"

#include <cstdlib>
#include <new>

constinit std::atomic<std::size_t> dotcompute::test::allocations{0};

namespace {

using dotcompute::test::allocations;

void* counted_or_null(std::size_t size_bytes) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size_bytes == 0 ? 1 : size_bytes);
}

void* counted(std::size_t size_bytes) {
  if (void* const memory = counted_or_null(size_bytes)) return memory;
  throw std::bad_alloc();
}

void* counted(std::size_t size_bytes, std::align_val_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const auto align = static_cast<std::size_t>(alignment);
  if (void* const memory = std::aligned_alloc(align, (size_bytes + align - 1) / align * align)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size_bytes) { return counted(size_bytes); }
void* operator new[](std::size_t size_bytes) { return counted(size_bytes); }
void* operator new(std::size_t size_bytes, std::align_val_t alignment) { return counted(size_bytes, alignment); }
void* operator new[](std::size_t size_bytes, std::align_val_t alignment) { return counted(size_bytes, alignment); }
// The standard library's own would call those above; a sanitizer's do not, and free() would not know their memory.
void* operator new(std::size_t size_bytes, const std::nothrow_t&) noexcept { return counted_or_null(size_bytes); }
void* operator new[](std::size_t size_bytes, const std::nothrow_t&) noexcept { return counted_or_null(size_bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
