#include <dotcompute/memory/pinned_chunks.hpp>

#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute {

namespace {

class OwnedPinnedMemory final : public SourceMemory {
 public:
  explicit OwnedPinnedMemory(std::unique_ptr<PinnedMemory> memory) noexcept : memory_(std::move(memory)) {}
  [[nodiscard]] std::byte* host() const noexcept override { return memory_->bytes().data(); }

 private:
  std::unique_ptr<PinnedMemory> memory_;
};

}  // namespace

PinnedMemorySource::PinnedMemorySource(DeviceAccelerator& accelerator)
    : accelerator_(accelerator), name_(fmt::format("pinned memory of {}", accelerator.info().id)) {}

std::unique_ptr<SourceMemory> PinnedMemorySource::allocate(std::uint64_t size_bytes, std::string& why_not) {
  try {
    if (auto memory = accelerator_.allocate_pinned(size_bytes)) {
      return std::make_unique<OwnedPinnedMemory>(std::move(memory));
    }
    why_not = fmt::format("{} has no pinned memory", accelerator_.info().id);
  } catch (const OutOfMemoryError& error) {
    why_not = error.what();
  }
  return nullptr;
}

namespace detail {

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

}  // namespace detail
}  // namespace dotcompute
