#pragma once

/// Device memory for the plain host memory of launches: a vector that is an argument is copied there and back.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>

namespace dotcompute::detail {

/// The size of the block for `size_bytes`: at least 4 KiB and at most a quarter more; no more for a large one.
[[nodiscard]] DOTCOMPUTE_API std::uint64_t block_size_for(std::uint64_t size_bytes) noexcept;

/// The blocks of one stream. The stream runs its operations in order, so that a block may be used again as soon as the
/// operations that use it are enqueued. Only with the stream's mutex held, but for `has_too_much`.
class DOTCOMPUTE_API StagingBlocks {
 public:
  /// Blocks that nobody uses are kept up to this many bytes.
  static constexpr std::uint64_t most_idle_bytes = std::uint64_t{64} << 20;

  explicit StagingBlocks(DeviceAccelerator& accelerator) noexcept : accelerator_(accelerator) {}

  /// A block of at least `size_bytes`, taken until it is given back. Throws OutOfMemoryError.
  [[nodiscard]] DeviceMemory& take(std::uint64_t size_bytes);
  /// The operations that use the block are enqueued; the last of them is complete at `last_use`.
  void give_back(DeviceMemory& memory, StreamPoint last_use) noexcept;

  [[nodiscard]] bool has_too_much() const noexcept {
    return idle_bytes_.load(std::memory_order_relaxed) > most_idle_bytes;
  }
  /// Frees blocks that no operation of `stream` uses any more until at most `most_bytes` are kept idle.
  void trim(const Stream& stream, std::uint64_t most_bytes) noexcept;

 private:
  struct Block {
    std::unique_ptr<DeviceMemory> memory;
    std::uint64_t size_bytes = 0;
    StreamPoint last_use = 0;
    bool is_taken = false;
  };

  DeviceAccelerator& accelerator_;
  std::vector<Block> blocks_;
  std::atomic<std::uint64_t> idle_bytes_{0};
};

}  // namespace dotcompute::detail
