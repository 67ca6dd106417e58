#include <dotcompute/memory/staging_blocks.hpp>

#include <algorithm>
#include <bit>

namespace dotcompute::detail {

std::uint64_t block_size_for(std::uint64_t size_bytes) noexcept {
  constexpr std::uint64_t smallest_bytes = 4096;
  if (size_bytes <= smallest_bytes) return smallest_bytes;
  // Such a block is not kept, and may be the largest that the device has.
  if (size_bytes > StagingBlocks::most_idle_bytes) return size_bytes;
  // Four sizes between one power of two and the next.
  const std::uint64_t step = std::bit_floor(size_bytes - 1) / 4;
  return (size_bytes + step - 1) / step * step;
}

DeviceMemory& StagingBlocks::take(std::uint64_t size_bytes) {
  const std::uint64_t wanted = block_size_for(size_bytes);
  for (Block& block : blocks_) {
    if (block.is_taken || block.size_bytes != wanted) continue;
    block.is_taken = true;
    idle_bytes_.fetch_sub(wanted, std::memory_order_relaxed);
    return *block.memory;
  }
  blocks_.reserve(blocks_.size() + 1);
  return *blocks_.emplace_back(Block{accelerator_.allocate(wanted), wanted, 0, true}).memory;
}

void StagingBlocks::give_back(DeviceMemory& memory, StreamPoint last_use) noexcept {
  const auto block = std::ranges::find_if(blocks_, [&](const Block& each) { return each.memory.get() == &memory; });
  block->is_taken = false;
  block->last_use = std::max(block->last_use, last_use);
  idle_bytes_.fetch_add(block->size_bytes, std::memory_order_relaxed);
}

void StagingBlocks::trim(const Stream& stream, std::uint64_t most_bytes) noexcept {
  std::uint64_t idle = idle_bytes_.load(std::memory_order_relaxed);
  // The oldest first: those that were made for sizes that came later are likelier to be asked for again.
  for (auto block = blocks_.begin(); block != blocks_.end() && idle > most_bytes;) {
    if (block->is_taken || !stream.is_reached(block->last_use)) {
      ++block;
      continue;
    }
    idle -= block->size_bytes;
    block = blocks_.erase(block);
  }
  idle_bytes_.store(idle, std::memory_order_relaxed);
}

}  // namespace dotcompute::detail
