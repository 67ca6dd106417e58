#pragma once

/// The memory in which a host device runs groups: each thread has its own, for one group at a time.

#include <cstddef>
#include <cstdint>

#include <dotcompute/base/export.hpp>

namespace dotcompute {

/// At least `bytes` bytes of the calling thread, aligned to 64, with unspecified contents; null for 0 bytes. The same
/// memory as before where that was large enough, so that a warm call allocates nothing. It stays the thread's until it
/// ends. Throws OutOfMemoryError.
[[nodiscard]] DOTCOMPUTE_API std::byte* group_memory(std::uint64_t bytes);

}  // namespace dotcompute
