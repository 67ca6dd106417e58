#pragma once

/// Reductions, prefix sums and sorting.

#include <cstddef>
#include <cstdint>
#include <span>

namespace library::scans_and_sorts {

/// Elements that one group of a scan or of the radix sort works on: two for each of its 256 items.
inline constexpr std::size_t block_size = 512;

/// The sum of the part of each group, which begins again after all groups' parts.
template <class T>
void tree_sum(std::span<const T> in, std::span<T> sums);

/// The exclusive prefix sums within each block, and each block's sum. An item for every two elements.
template <class T>
void scan_blocks(std::span<const T> in, std::span<T> out, std::span<T> block_sums);

/// The sum of each block; then, with the scanned sums of the blocks, the exclusive prefix sums of everything. No group
/// waits for another.
void block_sums(std::span<const std::uint32_t> in, std::span<std::uint32_t> sums);
void scan_with_offsets(std::span<const std::uint32_t> in, std::span<const std::uint32_t> offsets,
                       std::span<std::uint32_t> out);

/// Adds to each element what was scanned before its block.
template <class T>
void add_block_offsets(std::span<const T> offsets, std::span<T> values);

/// One step of a bitonic sort of a power of two of keys, in global memory.
void bitonic_step(std::span<float> keys, std::uint32_t run, std::uint32_t distance);

/// All steps of the sort with a distance below 512 of runs up to `run`, in shared memory: from runs of 2 if `run` is
/// 512, else the end of the one run.
void bitonic_in_blocks(std::span<float> keys, std::uint32_t run);

/// A pass of a radix sort over four bits from `shift`. Sorts each block by its digits and counts them:
/// counts[digit * blocks + block]. An item for every two elements.
void radix_sort_blocks(std::span<const std::uint32_t> in, std::uint32_t shift, std::span<std::uint32_t> sorted,
                       std::span<std::uint32_t> counts);

/// The second half of the pass: with the exclusive prefix sums of the counts, where each element of the result is from.
void radix_gather(std::span<const std::uint32_t> sorted, std::span<const std::uint32_t> counts,
                  std::span<const std::uint32_t> begins, std::span<std::uint32_t> out);

/// Adds to `counts` how often each of 256 values occurs.
void histogram(std::span<const std::uint8_t> in, std::span<std::uint32_t> counts);

/// The same without atomic operations: counts[group * 256 + value] is how often it occurs in the part of a group.
void histogram_of_groups(std::span<const std::uint8_t> in, std::span<std::uint32_t> counts);
void histogram_sum(std::span<const std::uint32_t> counts, std::span<std::uint32_t> histogram);

}  // namespace library::scans_and_sorts
