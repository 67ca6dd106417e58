#include "scans_and_sorts.hpp"

#include <algorithm>
#include <utility>

#include <dotcompute/kernel.hpp>

namespace library::scans_and_sorts {

using namespace dotcompute;

constexpr std::size_t items = 256;
static_assert(block_size == 2 * items);

/// Harris, Optimizing Parallel Reduction in CUDA, 2007: sequential addressing, several elements for each item. Each
/// group has a part of its own, so that all devices read memory in order.
template <class T>
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void tree_sum(std::span<const T> in, std::span<T> sums) {
  SharedArray<T, items> partial;
  const std::size_t i = local_id();
  const std::size_t part = (in.size() + group_count() - 1) / group_count();
  const std::size_t first = group_id() * part;
  T sum = 0;
  for (std::size_t k = first + i; k < std::min(first + part, in.size()); k += items) sum += in[k];
  partial[i] = sum;
  barrier();
  for (std::size_t half = items / 2; half > 0; half /= 2) {
    if (i < half) partial[i] += partial[i + half];
    barrier();
  }
  if (i == 0 && group_id() < sums.size()) sums[group_id()] = partial[0];
}
template void tree_sum<std::int32_t>(std::span<const std::int32_t>, std::span<std::int32_t>);
template void tree_sum<float>(std::span<const float>, std::span<float>);
template void tree_sum<double>(std::span<const double>, std::span<double>);

/// Blelloch, Prefix Sums and Their Applications, 1990: up a tree, then down. Exclusive; returns the sum of all.
template <class T>
T scan_in_place(SharedArray<T, block_size>& tree) {
  const std::size_t i = local_id();
  std::size_t step = 1;
  for (std::size_t active = block_size / 2; active > 0; active /= 2) {
    barrier();
    if (i < active) tree[step * (2 * i + 2) - 1] += tree[step * (2 * i + 1) - 1];
    step *= 2;
  }
  barrier();
  const T sum = tree[block_size - 1];
  barrier();
  if (i == 0) tree[block_size - 1] = T(0);
  for (std::size_t active = 1; active < block_size; active *= 2) {
    step /= 2;
    barrier();
    if (i < active) {
      const T left = tree[step * (2 * i + 1) - 1];
      tree[step * (2 * i + 1) - 1] = tree[step * (2 * i + 2) - 1];
      tree[step * (2 * i + 2) - 1] += left;
    }
  }
  barrier();
  return sum;
}

template <class T>
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void scan_blocks(std::span<const T> in, std::span<T> out,
                                                         std::span<T> block_sums) {
  SharedArray<T, block_size> tree;
  const std::size_t first = group_id() * block_size;
  for (std::size_t k = local_id(); k < block_size; k += items) tree[k] = first + k < in.size() ? in[first + k] : T(0);
  const T sum = scan_in_place(tree);
  for (std::size_t k = local_id(); k < block_size; k += items) {
    if (first + k < out.size()) out[first + k] = tree[k];
  }
  if (local_id() == 0 && group_id() < block_sums.size()) block_sums[group_id()] = sum;
}
template void scan_blocks<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>,
                                         std::span<std::uint32_t>);
template void scan_blocks<double>(std::span<const double>, std::span<double>, std::span<double>);

template <class T>
DOTCOMPUTE_KERNEL void add_block_offsets(std::span<const T> offsets, std::span<T> values) {
  const std::size_t i = global_id();
  if (i < values.size() && i / block_size < offsets.size()) values[i] += offsets[i / block_size];
}
template void add_block_offsets<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>);
template void add_block_offsets<double>(std::span<const double>, std::span<double>);

/// Merrill and Garland, Single-pass Parallel Prefix Scan with Decoupled Look-back, 2016, section 3, describe
/// reduce-then-scan as what needs no progress of other groups: the sums of the blocks are known before any block scans.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void block_sums(std::span<const std::uint32_t> in,
                                                        std::span<std::uint32_t> sums) {
  SharedArray<std::uint32_t, items> partial;
  const std::size_t i = local_id();
  const std::size_t first = group_id() * block_size;
  std::uint32_t sum = 0;
  for (std::size_t k = first + i; k < std::min(first + block_size, in.size()); k += items) sum += in[k];
  partial[i] = sum;
  for (std::size_t half = items / 2; half > 0; half /= 2) {
    barrier();
    if (i < half) partial[i] += partial[i + half];
  }
  if (i == 0 && group_id() < sums.size()) sums[group_id()] = partial[0];
}

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void scan_with_offsets(std::span<const std::uint32_t> in,
                                                               std::span<const std::uint32_t> offsets,
                                                               std::span<std::uint32_t> out) {
  SharedArray<std::uint32_t, block_size> tree;
  const std::size_t first = group_id() * block_size;
  for (std::size_t k = local_id(); k < block_size; k += items) tree[k] = first + k < in.size() ? in[first + k] : 0;
  scan_in_place(tree);
  const std::uint32_t offset = group_id() < offsets.size() ? offsets[group_id()] : 0;
  for (std::size_t k = local_id(); k < block_size; k += items) {
    if (first + k < out.size()) out[first + k] = offset + tree[k];
  }
}

/// Batcher, Sorting Networks and Their Applications, 1968.
DOTCOMPUTE_KERNEL void bitonic_step(std::span<float> keys, std::uint32_t run, std::uint32_t distance) {
  const std::size_t i = global_id();
  // Only for a power of two is `i ^ distance` one other key for each.
  if (distance == 0 || (distance & (distance - 1)) != 0) return;
  const std::size_t other = i ^ distance;
  if (other <= i || other >= keys.size()) return;
  const bool ascending = (i & run) == 0;
  if ((keys[i] > keys[other]) == ascending) std::swap(keys[i], keys[other]);
}

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void bitonic_in_blocks(std::span<float> keys, std::uint32_t run) {
  SharedArray<float, block_size> block;
  const std::size_t i = local_id();
  const std::size_t first = group_id() * block_size;
  if (first + block_size > keys.size()) return;
  block[i] = keys[first + i];
  block[i + items] = keys[first + i + items];
  for (std::size_t size = run > block_size ? std::size_t{run} : 2; size <= run; size *= 2) {
    for (std::size_t distance = std::min(size, block_size) / 2; distance > 0; distance /= 2) {
      barrier();
      // Item i compares the i-th pair of this distance.
      const std::size_t low = 2 * i - (i & (distance - 1));
      const bool ascending = ((first + low) & size) == 0;
      if ((block[low] > block[low + distance]) == ascending) std::swap(block[low], block[low + distance]);
    }
  }
  barrier();
  keys[first + i] = block[i];
  keys[first + i + items] = block[i + items];
}

constexpr std::size_t digits = 16;
inline std::uint32_t digit_of(std::uint32_t key, std::uint32_t shift) { return key >> (shift % 32) & (digits - 1); }

/// Satish, Harris and Garland, Designing Efficient Sorting Algorithms for Manycore GPUs, 2009, section 4: each block is
/// sorted by its digits with one stable split for each bit.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void radix_sort_blocks(std::span<const std::uint32_t> in, std::uint32_t shift,
                                                               std::span<std::uint32_t> sorted,
                                                               std::span<std::uint32_t> counts) {
  SharedArray<std::uint32_t, block_size> keys;
  SharedArray<std::uint32_t, block_size> ones;
  const std::size_t first = group_id() * block_size;
  const std::size_t blocks = (in.size() + block_size - 1) / block_size;
  if (group_id() >= blocks) return;
  const std::size_t size = std::min(block_size, in.size() - first);
  const std::size_t low = local_id();
  const std::size_t high = local_id() + items;
  // The last block is filled up with the largest digit, which stays behind the others.
  keys[low] = low < size ? in[first + low] : ~0u;
  keys[high] = high < size ? in[first + high] : ~0u;
  for (std::uint32_t bit = shift; bit < shift + 4; ++bit) {
    barrier();
    const std::uint32_t key_low = keys[low];
    const std::uint32_t key_high = keys[high];
    const std::uint32_t one_low = key_low >> (bit % 32) & 1u;
    const std::uint32_t one_high = key_high >> (bit % 32) & 1u;
    ones[low] = one_low;
    ones[high] = one_high;
    const std::uint32_t zeros = static_cast<std::uint32_t>(block_size) - scan_in_place(ones);
    keys[one_low != 0 ? zeros + ones[low] : low - ones[low]] = key_low;
    keys[one_high != 0 ? zeros + ones[high] : high - ones[high]] = key_high;
  }
  barrier();
  if (low < size && first + low < sorted.size()) sorted[first + low] = keys[low];
  if (high < size && first + high < sorted.size()) sorted[first + high] = keys[high];
  if (low >= digits) return;
  std::uint32_t count = 0;
  for (std::size_t k = 0; k < size; ++k) count += digit_of(keys[k], shift) == low;
  if (low * blocks + group_id() < counts.size()) counts[low * blocks + group_id()] = count;
}

/// The same pass as a gather: element k of the result belongs to the digit and block whose counts end after k. No two
/// items write to one place, whatever the counts are.
DOTCOMPUTE_KERNEL void radix_gather(std::span<const std::uint32_t> sorted, std::span<const std::uint32_t> counts,
                                    std::span<const std::uint32_t> begins, std::span<std::uint32_t> out) {
  const std::size_t k = global_id();
  const std::size_t blocks = (sorted.size() + block_size - 1) / block_size;
  if (k >= out.size() || blocks == 0 || std::min(counts.size(), begins.size()) < digits * blocks) return;
  std::size_t cell = 0;
  for (std::size_t last = digits * blocks; cell + 1 < last;) {
    const std::size_t middle = cell + (last - cell) / 2;
    if (begins[middle] <= k) {
      cell = middle;
    } else {
      last = middle;
    }
  }
  const std::size_t block = cell % blocks;
  std::size_t from = block * block_size + (k - begins[cell]);
  for (std::size_t before = 0; before < cell / blocks; ++before) from += counts[before * blocks + block];
  if (from < sorted.size()) out[k] = sorted[from];
}

/// Podlozhnyuk, Histogram Calculation in CUDA, 2007: each group counts in shared memory, then adds its counters to
/// those of all.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void histogram(std::span<const std::uint8_t> in,
                                                       std::span<std::uint32_t> counts) {
  SharedArray<std::uint32_t, items> mine;
  const std::size_t i = local_id();
  mine[i] = 0;
  barrier();
  const std::size_t part = (in.size() + group_count() - 1) / group_count();
  const std::size_t first = group_id() * part;
  for (std::size_t k = first + i; k < std::min(first + part, in.size()); k += items) atomic_add(mine[in[k]], 1u);
  barrier();
  if (i < counts.size()) atomic_add(counts[i], mine[i]);
}

/// No two items share a counter: an item counts one value in what the group has read together.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void histogram_of_groups(std::span<const std::uint8_t> in,
                                                                 std::span<std::uint32_t> counts) {
  SharedArray<std::uint8_t, items> values;
  const std::size_t i = local_id();
  std::uint32_t count = 0;
  for (std::size_t first = group_id() * items; first < in.size(); first += global_size()) {
    const std::size_t size = std::min(items, in.size() - first);
    barrier();
    if (i < size) values[i] = in[first + i];
    barrier();
    for (std::size_t k = 0; k < size; ++k) count += values[k] == i;
  }
  if (global_id() < counts.size()) counts[global_id()] = count;
}

DOTCOMPUTE_KERNEL void histogram_sum(std::span<const std::uint32_t> counts, std::span<std::uint32_t> histogram) {
  const std::size_t value = global_id();
  if (value >= histogram.size() || value >= items) return;
  std::uint32_t sum = 0;
  for (std::size_t k = value; k < counts.size(); k += items) sum += counts[k];
  histogram[value] = sum;
}

}  // namespace library::scans_and_sorts
