#include <dotcompute/memory/pool_resource.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

namespace dotcompute {

namespace {

/// What lies before the memory that the user gets: the way back to its block.
struct alignas(PoolResource::alignment_bytes) Header {
  PoolBlock block;
};

}  // namespace

void* PoolResource::do_allocate(std::size_t size_bytes, std::size_t alignment) {
  const std::size_t aligned = std::max(alignment, alignment_bytes);
  if (size_bytes > std::numeric_limits<std::size_t>::max() / 4 || aligned > std::numeric_limits<std::size_t>::max() / 4)
    throw std::bad_alloc();
  std::size_t room = size_bytes + sizeof(Header) + aligned;
  PoolBlock block = pool_.try_allocate(room);
  if (!block) throw std::bad_alloc();
  // The end of the user's memory is the end of the block, so that a pool that checks sees what is written behind it.
  room -= sizeof(Header);
  void* user = block.bytes().data() + sizeof(Header);
  std::align(aligned, size_bytes, user, room);
  ::new (static_cast<std::byte*>(user) - sizeof(Header)) Header{std::move(block)};
  return user;
}

void PoolResource::do_deallocate(void* memory, std::size_t, std::size_t) {
  auto* const header = std::launder(reinterpret_cast<Header*>(static_cast<std::byte*>(memory) - sizeof(Header)));
  PoolBlock block = std::move(header->block);
  header->~Header();
}

}  // namespace dotcompute
