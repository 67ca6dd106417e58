#include <dotcompute/memory/pinned_chunks.hpp>

#include <utility>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

PinnedChunks::PinnedChunks(DeviceAccelerator& accelerator, const ChunkOptions& options)
    : options_(options),
      source_(accelerator),
      pool_(source_, {.cap_bytes = options.limit_bytes, .release_threshold_bytes = options.limit_bytes}) {}

Chunk PinnedChunks::take(const SharedStream& stream) {
  PoolBlock block = pool_.try_allocate(options_.chunk_bytes, &stream);
  if (!block) return {};
  for (const StreamMark& mark : block.pending()) {
    try {
      mark.wait();
    } catch (const DeviceError&) {
      // A stream that failed uses nothing any more; whoever enqueued there is told.
    }
  }
  return Chunk(std::move(block));
}

}  // namespace dotcompute::detail
