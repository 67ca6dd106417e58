#pragma once

/// Pinned memory of one device, in pieces through which transfers are staged.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/memory_pool.hpp>
#include <dotcompute/memory/memory_statistics.hpp>
#include <dotcompute/memory/pinned_memory_pool.hpp>
#include <dotcompute/memory/shared_stream.hpp>

namespace dotcompute {

namespace detail {

/// How transfers are cut.
struct ChunkOptions {
  std::uint64_t chunk_bytes = std::uint64_t{4} << 20;
  std::uint64_t limit_bytes = std::uint64_t{32} << 20;  ///< Of all chunks together.
};

/// A piece that one transfer has; given back behind the last operation that uses it.
class DOTCOMPUTE_API Chunk {
 public:
  Chunk() noexcept = default;
  explicit Chunk(PoolBlock block) noexcept : block_(std::move(block)) {}
  Chunk(Chunk&&) noexcept = default;
  Chunk& operator=(Chunk&&) = delete;
  ~Chunk() {
    if (block_) block_.give_back({last_use_});
  }

  explicit operator bool() const noexcept { return static_cast<bool>(block_); }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return block_.bytes(); }
  /// An operation was enqueued that uses it until `mark`.
  void note_use(const StreamMark& mark) noexcept { last_use_ = mark; }
  /// Returns when no operation uses it. Throws what the last one's stream says.
  void wait() const { last_use_.wait(); }

 private:
  PoolBlock block_;
  StreamMark last_use_;
};

/// A small pool with a limit. Thread-safe. Outlived by its accelerator and by the streams that use its chunks.
class DOTCOMPUTE_API PinnedChunks {
 public:
  explicit PinnedChunks(DeviceAccelerator& accelerator, const ChunkOptions& options = {});

  /// A chunk that the host may write at once, for operations on `stream`. None where the device pins nothing, or where
  /// the limit is reached and other transfers have all there is.
  [[nodiscard]] Chunk take(const SharedStream& stream);

  [[nodiscard]] std::uint64_t chunk_bytes() const noexcept { return options_.chunk_bytes; }
  [[nodiscard]] MemoryStatistics statistics() const noexcept { return pool_.statistics(); }

 private:
  ChunkOptions options_;
  PinnedMemorySource source_;
  MemoryPool pool_;
};

}  // namespace detail
}  // namespace dotcompute
