// Algorithms of groups, from their published definitions. Every kernel guards itself and takes groups of any size that
// its arrays have room for.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <dotcompute/kernel.hpp>

namespace suite::groups {

using namespace dotcompute;

constexpr std::size_t most_items = 1024;

/// The sum of each group, by a tree: half of the items add what the other half holds.
DOTCOMPUTE_KERNEL void tree_sum(std::span<const float> x, std::span<float> y) {
  SharedArray<float, most_items> partial;
  const std::size_t i = local_id();
  partial[i] = global_id() < x.size() ? x[global_id()] : 0.0f;
  std::size_t count = local_size();
  while (count > 1) {
    barrier();
    const std::size_t half = (count + 1) / 2;
    if (i + half < count) partial[i] += partial[i + half];
    count = half;
  }
  if (i == 0 && group_id() < y.size()) y[group_id()] = partial[0];
}

/// Inclusive scan (Hillis and Steele, Data Parallel Algorithms, 1986), in two buffers.
DOTCOMPUTE_KERNEL void scan_hillis_steele(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  SharedArray<std::int32_t, 2 * most_items> sums;
  const std::size_t i = local_id();
  std::size_t from = 0, to = most_items;
  sums[i] = global_id() < x.size() ? x[global_id()] : 0;
  for (std::size_t distance = 1; distance < local_size(); distance *= 2) {
    barrier();
    sums[to + i] = i >= distance ? sums[from + i] + sums[from + i - distance] : sums[from + i];
    std::swap(from, to);
  }
  if (global_id() < y.size()) y[global_id()] = sums[from + i];
}

/// Exclusive scan (Blelloch, Prefix Sums and Their Applications, 1990): a sweep up and one down.
template <class T>
DOTCOMPUTE_KERNEL void scan_blelloch(std::span<const T> x, std::span<T> y) {
  SharedArray<T, most_items> tree;
  const std::size_t i = local_id();
  std::size_t leaves = 1;
  while (leaves < local_size()) leaves *= 2;
  for (std::size_t k = i; k < leaves; k += local_size()) {
    const std::size_t at = group_id() * local_size() + k;
    tree[k] = k < local_size() && at < x.size() ? x[at] : T(0);
  }
  std::size_t step = 1;
  for (std::size_t active = leaves / 2; active > 0; active /= 2) {
    barrier();
    for (std::size_t k = i; k < active; k += local_size()) tree[step * (2 * k + 2) - 1] += tree[step * (2 * k + 1) - 1];
    step *= 2;
  }
  barrier();
  if (i == 0) tree[leaves - 1] = T(0);
  for (std::size_t active = 1; active < leaves; active *= 2) {
    step /= 2;
    barrier();
    for (std::size_t k = i; k < active; k += local_size()) {
      const T left = tree[step * (2 * k + 1) - 1];
      tree[step * (2 * k + 1) - 1] = tree[step * (2 * k + 2) - 1];
      tree[step * (2 * k + 2) - 1] += left;
    }
  }
  barrier();
  if (global_id() < y.size()) y[global_id()] = tree[i];
}
template void scan_blelloch<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>);
template void scan_blelloch<double>(std::span<const double>, std::span<double>);

/// Square matrices as large as the spans allow, in tiles.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(16, 16) void tiled_multiply(std::span<const float> a, std::span<const float> b,
                                                               std::span<float> c) {
  constexpr std::size_t tile = 16;
  SharedArray<float, tile * tile> tile_a;
  SharedArray<float, tile * tile> tile_b;
  std::size_t n = 0;
  while ((n + 1) * (n + 1) <= c.size()) ++n;
  const std::size_t row = global_id<1>(), column = global_id<0>();
  const std::size_t y = local_id<1>(), x = local_id<0>();
  float sum = 0;
  for (std::size_t first = 0; first < n; first += tile) {
    tile_a[y * tile + x] = row < n && first + x < n ? a[row * n + first + x] : 0.0f;
    tile_b[y * tile + x] = first + y < n && column < n ? b[(first + y) * n + column] : 0.0f;
    barrier();
    for (std::size_t k = 0; k < tile; ++k) sum += tile_a[y * tile + k] * tile_b[k * tile + x];
    barrier();
  }
  if (row < n && column < n) c[row * n + column] = sum;
}

/// Transposed through a tile whose rows are padded.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(8, 8) void transpose(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  SharedArray<std::int32_t, 8 * 9> tile;
  const std::size_t width = global_size<0>(), height = global_size<1>();
  const std::size_t from = global_id<1>() * width + global_id<0>();
  tile[local_id<1>() * 9 + local_id<0>()] = from < x.size() ? x[from] : 0;
  barrier();
  const std::size_t column = group_id<1>() * 8 + local_id<0>();
  const std::size_t row = group_id<0>() * 8 + local_id<1>();
  const std::size_t to = row * height + column;
  if (to < y.size()) y[to] = tile[local_id<0>() * 9 + local_id<1>()];
}

/// How often each of 16 digits occurs in a group's part; every item counts one digit, as there are no atomics in it.
DOTCOMPUTE_KERNEL void histogram(std::span<const std::uint32_t> x, std::span<std::uint32_t> y) {
  SharedArray<std::uint8_t, most_items> digits;
  const std::size_t i = local_id();
  digits[i] = static_cast<std::uint8_t>(global_id() < x.size() ? x[global_id()] % 16 : 255);
  barrier();
  for (std::size_t digit = i; digit < 16; digit += local_size()) {
    std::uint32_t count = 0;
    for (std::size_t k = 0; k < local_size(); ++k) count += digits[k] == digit;
    const std::size_t to = group_id() * 16 + digit;
    if (to < y.size()) y[to] = count;
  }
}

/// Five points in a row, the group's part and two more at each end in a tile.
DOTCOMPUTE_KERNEL void stencil(std::span<const double> x, std::span<double> y) {
  SharedArray<double, most_items + 4> tile;
  const std::size_t i = local_id(), n = x.size();
  const auto first = static_cast<std::int64_t>(group_id() * local_size()) - 2;
  for (std::size_t k = i; k < local_size() + 4; k += local_size()) {
    const std::int64_t at = first + static_cast<std::int64_t>(k);
    tile[k] = at >= 0 && at < static_cast<std::int64_t>(n) ? x[static_cast<std::size_t>(at)] : 0.0;
  }
  barrier();
  if (global_id() >= y.size()) return;
  double sum = 0;
  for (std::size_t k = 0; k < 5; ++k) sum += tile[i + k] * static_cast<double>(k + 1);
  y[global_id()] = sum;
}

/// Sorts each group's part (Batcher, Sorting Networks and Their Applications, 1968): two nested uniform loops.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(64) void bitonic_sort(std::span<const std::uint32_t> x, std::span<std::uint32_t> y) {
  SharedArray<std::uint32_t, 64> keys;
  const std::size_t i = local_id();
  keys[i] = global_id() < x.size() ? x[global_id()] : ~0u;
  for (std::size_t run = 2; run <= local_size(); run *= 2) {
    for (std::size_t distance = run / 2; distance > 0; distance /= 2) {
      barrier();
      const std::size_t other = i ^ distance;
      if (other > i) {
        const bool ascending = (i & run) == 0;
        if ((keys[i] > keys[other]) == ascending) std::swap(keys[i], keys[other]);
      }
    }
  }
  barrier();
  if (global_id() < y.size()) y[global_id()] = keys[i];
}

/// A volume's plane sums, in groups of three dimensions.
DOTCOMPUTE_KERNEL void volume(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  SharedArray<std::int32_t, most_items> block;
  const std::size_t w = local_size<0>(), h = local_size<1>(), d = local_size<2>();
  const std::size_t i = (local_id<2>() * h + local_id<1>()) * w + local_id<0>();
  const std::size_t at = (global_id<2>() * global_size<1>() + global_id<1>()) * global_size<0>() + global_id<0>();
  block[i] = at < x.size() ? x[at] : 1;
  barrier();
  std::int32_t sum = 0;
  for (std::size_t z = 0; z < d; ++z) sum += block[(z * h + local_id<1>()) * w + local_id<0>()];
  barrier();
  block[i] = sum;
  barrier();
  for (std::size_t c = 0; c < w; ++c) sum ^= block[(local_id<2>() * h + local_id<1>()) * w + c];
  if (at < y.size()) y[at] = sum + static_cast<std::int32_t>(group_count<2>() * 100 + group_id<1>());
}

}  // namespace suite::groups
