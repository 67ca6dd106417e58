#pragma once

/// A mixed trace of requests for memory, always the same: what a program that trains and serves at once asks of a
/// device.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memory {

/// Fills a slot, in place of what it has, or empties it.
struct Request {
  std::size_t slot = 0;
  std::uint64_t size_bytes = 0;  ///< 0 to empty it.
};

struct Trace {
  std::size_t slots = 0;
  std::size_t allocations = 0;
  std::vector<Request> requests;
};

/// With `allocations` requests that are not empty: in turn the layers of a network, forwards and backwards, with sizes
/// that come again; messages of any size from 64 bytes to 64 KiB; and batches whose size differs each time, up to 32
/// MiB.
[[nodiscard]] Trace mixed_trace(std::size_t allocations);

}  // namespace memory
