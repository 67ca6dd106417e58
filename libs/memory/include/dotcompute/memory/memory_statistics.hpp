#pragma once

/// What a MemoryPool did and has.

#include <cstdint>

namespace dotcompute {

/// Counts since the pool was made, and bytes as they are. While other threads use the pool, its numbers are of slightly
/// different moments.
struct MemoryStatistics {
  std::uint64_t hits = 0;                ///< Requests that a free block served,
  std::uint64_t misses = 0;              ///< and those for which the source was asked.
  std::uint64_t source_allocations = 0;  ///< Blocks that the source gave,
  std::uint64_t source_releases = 0;     ///< and those that went back to it.
  std::uint64_t refusals = 0;            ///< Times that there was no room; a request that tries again counts again.
  std::uint64_t spills = 0;              ///< Replicas that gave their memory up for others,
  std::uint64_t spilled_bytes = 0;       ///< and the memory that they had.
  std::uint64_t live_blocks = 0;         ///< In use.
  std::uint64_t requested_bytes = 0;     ///< What was asked for, of all that is in use.
  std::uint64_t live_bytes = 0;          ///< What the blocks in use have.
  std::uint64_t cached_bytes = 0;        ///< What free blocks have.
  std::uint64_t held_bytes = 0;          ///< What the source gave and did not get back.
  std::uint64_t peak_bytes = 0;          ///< The most that was ever held.
  std::uint64_t cap_bytes = 0;           ///< What may be held at most; 0 for no bound but the source's own.

  /// The part of the requests that a free block served; 1 if there were none.
  [[nodiscard]] double hit_rate() const noexcept {
    const std::uint64_t requests = hits + misses;
    return requests == 0 ? 1.0 : static_cast<double>(hits) / static_cast<double>(requests);
  }
  /// The part of the blocks in use that nobody asked for, because sizes are rounded up.
  [[nodiscard]] double slack() const noexcept { return part_beyond(requested_bytes, live_bytes); }
  /// The part of what is held that serves nobody: free blocks, and what sizes were rounded up by.
  [[nodiscard]] double fragmentation() const noexcept { return part_beyond(requested_bytes, held_bytes); }

 private:
  [[nodiscard]] static double part_beyond(std::uint64_t used, std::uint64_t all) noexcept {
    return all <= used ? 0.0 : 1.0 - static_cast<double>(used) / static_cast<double>(all);
  }
};

}  // namespace dotcompute
