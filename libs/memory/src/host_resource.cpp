#include <dotcompute/memory/host_resource.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include <dotcompute/device/process.hpp>
#include <dotcompute/memory/host_writes.hpp>
#include <dotcompute/memory/memory_pool.hpp>
#include <dotcompute/memory/memory_source.hpp>

#include "pooled_memory.hpp"

namespace dotcompute {

namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t huge_page_bytes = HostResource::huge_page_bytes;

constexpr std::uintptr_t rounded_up(std::uintptr_t size, std::uintptr_t alignment) noexcept {
  return (size + alignment - 1) / alignment * alignment;
}

/// A mapping at a multiple of the huge page size, zero-filled, with a page before it for the way back to its block.
class Mapping final : public SourceMemory {
 public:
  /// Null with errno set if the system has no room.
  static std::unique_ptr<Mapping> create(std::uint64_t size_bytes) {
    const std::size_t size = rounded_up(size_bytes, huge_page_bytes);
    const std::size_t reserved = size + huge_page_bytes + page_bytes;
    void* const raw = ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw == MAP_FAILED) return nullptr;
    const auto begin = reinterpret_cast<std::uintptr_t>(raw);
    const std::uintptr_t aligned = rounded_up(begin + page_bytes, huge_page_bytes);
    const std::uintptr_t used = aligned - page_bytes;
    if (used != begin) ::munmap(raw, used - begin);
    const std::uintptr_t end = begin + reserved;
    if (end != aligned + size) ::munmap(reinterpret_cast<void*>(aligned + size), end - (aligned + size));
    auto* const bytes = reinterpret_cast<std::byte*>(aligned);
#ifdef MADV_HUGEPAGE
    // A wish: a system without huge pages runs the same, slower.
    ::madvise(bytes, size, MADV_HUGEPAGE);
#endif
    return std::unique_ptr<Mapping>(new Mapping(bytes, size));
  }
  ~Mapping() override { ::munmap(bytes_ - page_bytes, size_ + page_bytes); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  [[nodiscard]] std::byte* host() const noexcept override { return bytes_; }

 private:
  Mapping(std::byte* bytes, std::size_t size) noexcept : bytes_(bytes), size_(size) {}

  std::byte* bytes_;
  std::size_t size_;
};

class HostSource final : public MemorySource {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "the host"; }
  [[nodiscard]] std::unique_ptr<SourceMemory> allocate(std::uint64_t size_bytes, std::string& why_not) override {
    auto mapping = Mapping::create(size_bytes);
    if (mapping == nullptr) why_not = std::generic_category().message(errno);
    return mapping;
  }
};

/// The pool of one process. A child's copy of its parent's may be locked by a thread that the child does not have.
struct ProcessPool {
  std::uint32_t process = no_process;
  HostSource source;
#ifdef NDEBUG
  MemoryPool pool{source};
#else
  MemoryPool pool{source, {.checks = true}};
#endif
};

constinit std::atomic<ProcessPool*> current{nullptr};

[[nodiscard]] ProcessPool& open_pool() {
  notice_forks();
  const std::lock_guard lock(process_mutex);
  const std::uint32_t process = this_process.load(std::memory_order_relaxed);
  ProcessPool* pool = current.load(std::memory_order_relaxed);
  if (pool != nullptr && pool->process == process) return *pool;
  // Never destroyed, for buffers may live as long as the process; a parent's is left as it is.
  pool = new ProcessPool;
  pool->process = process;
  current.store(pool, std::memory_order_release);
  return *pool;
}

[[nodiscard]] ProcessPool& process_pool() {
  ProcessPool* const pool = current.load(std::memory_order_acquire);
  if (pool != nullptr && pool->process == this_process.load(std::memory_order_relaxed)) return *pool;
  return open_pool();
}

constexpr bool is_large(std::size_t size_bytes, std::size_t alignment) noexcept {
  return size_bytes >= huge_page_bytes && alignment <= huge_page_bytes;
}

constexpr std::align_val_t heap_alignment(std::size_t alignment) noexcept {
  return std::align_val_t{std::max(alignment, HostResource::alignment_bytes)};
}

/// Where a large block keeps the way back.
[[nodiscard]] PoolBlock& block_before(void* memory) noexcept {
  return *std::launder(reinterpret_cast<PoolBlock*>(static_cast<std::byte*>(memory) - page_bytes));
}

}  // namespace

HostResource& HostResource::instance() {
  // Outlives every static object that has a buffer.
  static HostResource& memory = *new HostResource;
  return memory;
}

MemoryPool& HostResource::pool() { return process_pool().pool; }

void* HostResource::take(std::size_t size_bytes, std::size_t alignment, bool zeros, const std::source_location& where) {
  if (!is_large(size_bytes, alignment)) {
    void* const memory = ::operator new(size_bytes, heap_alignment(alignment));
    if (zeros) std::memset(memory, 0, size_bytes);
    return memory;
  }
  PoolBlock block = pool().try_allocate(size_bytes, nullptr, where);
  if (!block) throw std::bad_alloc();
  std::byte* const memory = block.bytes().data();
  if (zeros && !block.is_new()) detail::fill_on_host(std::span(memory, size_bytes), std::byte{0});
  ::new (static_cast<void*>(memory - page_bytes)) PoolBlock(std::move(block));
  return memory;
}

void* HostResource::allocate_zeros(std::size_t size_bytes, std::size_t alignment, const std::source_location& where) {
  return take(size_bytes, alignment, true, where);
}

void* HostResource::do_allocate(std::size_t size_bytes, std::size_t alignment) {
  return take(size_bytes, alignment, false, std::source_location::current());
}

void HostResource::do_deallocate(void* memory, std::size_t size_bytes, std::size_t alignment) {
  if (!is_large(size_bytes, alignment)) {
    ::operator delete(memory, heap_alignment(alignment));
    return;
  }
  PoolBlock block = std::move(block_before(memory));
  if (block.memory_->pool == &process_pool().pool) return;
  // Of the parent that this process was forked off: it goes back to the system without its pool.
  block.memory_->memory.reset();
  block.abandon();
}

}  // namespace dotcompute
