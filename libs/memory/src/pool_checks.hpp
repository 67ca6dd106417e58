#pragma once

/// What a pool that checks writes into its blocks, and what it finds there.
///
/// A block in use has a canary behind the bytes that were asked for; a free one has poison in them. Both are looked at
/// when the block is given back, handed out again or released, unless operations of a stream may still be under way:
/// the pool never waits in order to check.

#include <cstdint>
#include <string>

#include "pooled_memory.hpp"

namespace dotcompute::detail {

inline constexpr std::uint64_t canary_bytes = 64;

/// The block is about to be used: puts the canary behind its end.
void arm(PooledMemory& memory, MemorySource& source) noexcept;

/// The block was given back: looks for its canary and poisons it. Returns what is wrong, in a sentence; empty if
/// nothing is known to be.
[[nodiscard]] std::string check_given_back(PooledMemory& memory, MemorySource& source);

/// The block is free and about to be handed out or released: looks whether poison and canary are as they were.
[[nodiscard]] std::string check_unused(PooledMemory& memory, MemorySource& source);

/// A block that was not given back when its pool went.
[[nodiscard]] std::string describe_leak(const PooledMemory& memory, const MemorySource& source);

}  // namespace dotcompute::detail
