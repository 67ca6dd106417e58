#include <dotcompute/memory/buffer_storage.hpp>

#include <new>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

BufferStorage::BufferStorage(HostMemory memory, bool has_content, const std::source_location& where) noexcept
    : memory_(std::move(memory)), where_(where), coherence_(memory_.size_bytes(), has_content) {
  publish();
}

BufferStorage* BufferStorage::create(HostMemory memory, bool has_content, const std::source_location& where) {
  auto* const storage = new (std::nothrow) BufferStorage(std::move(memory), has_content, where);
  if (storage == nullptr) {
    throw MemoryError(Remedy::retry, "cannot make a buffer: the heap is exhausted; free memory or use fewer buffers");
  }
  return storage;
}

BufferStorage* BufferStorage::create(std::uint64_t count, std::size_t element_size_bytes, InitialContent content,
                                     std::pmr::memory_resource* resource, const std::source_location& where) {
  return create(HostMemory(count, element_size_bytes, content, resource), content == InitialContent::zeros, where);
}

BufferStorage* BufferStorage::adopt(std::span<std::byte> memory, Release release, const std::source_location& where) {
  BufferStorage* const storage = create(HostMemory(memory.data(), memory.size()), true, where);
  storage->release_ = release;
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
  // First, because copies from the host's memory may be under way, which they wait for.
  replicas_.clear();
  const Release last = release_;
  delete this;
  if (last.function != nullptr) last.function(last.context);
}

}  // namespace dotcompute::detail
