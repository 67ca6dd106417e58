// Loops in which the items of a group go through memory side by side. CPU code runs the rounds that all items have one
// after the other for the group where it sees that they may be; groups are large enough for that.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <dotcompute/kernel.hpp>

namespace suite::groups {

using namespace dotcompute;

namespace {

constexpr std::size_t items = 256;

}  // namespace

/// Over the whole grid. What is carried from round to round is of several types, and one is used after the loop.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void stride_over_grid(std::span<const float> x, std::span<float> y) {
  SharedArray<float, items> partial;
  float sum = 0;
  std::uint8_t rounds = 0;
  double product = 1;
  std::size_t last = 0;
  for (std::size_t k = global_id(); k < x.size(); k += global_size()) {
    sum += x[k];
    ++rounds;
    if (x[k] > 0) product = product * 0.5 + x[k];
    last = k;
  }
  partial[local_id()] = sum + static_cast<float>(product);
  barrier();
  const float next = partial[(local_id() + 1) % items];
  if (global_id() < y.size()) y[global_id()] = next + static_cast<float>(rounds) + static_cast<float>(last % 1000);
}

/// Over a part for each group, whose end is a computation; items write in turn what they read.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(300) void stride_over_part(std::span<const std::int32_t> x,
                                                              std::span<std::int32_t> y) {
  constexpr std::size_t part = 300;
  const std::size_t groups = std::max<std::size_t>(group_count(), 1);
  const std::size_t each = (std::min(x.size(), y.size()) + groups - 1) / groups;
  const std::size_t first = group_id() * each;
  std::uint32_t before = 1;
  for (std::size_t k = first + local_id(); k < std::min(first + each, std::min(x.size(), y.size())); k += part) {
    y[k] = static_cast<std::int32_t>(static_cast<std::uint32_t>(x[k]) + before);
    before = before * 3 + 1;
  }
  barrier();
  if (local_id() == 0 && first < y.size() && each > 0) y[first] ^= static_cast<std::int32_t>(before);
}

/// Counters with a sign, below zero at first, and the other way round.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void stride_signed(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  const std::int32_t size = static_cast<std::int32_t>(std::min<std::size_t>(x.size(), 1 << 20));
  const std::int32_t before = 300;
  std::uint32_t sum = 0;
  for (std::int32_t k = static_cast<std::int32_t>(local_id()) - before; size > k; k += 256) {
    sum = sum * 5 + static_cast<std::uint32_t>(k < 0 ? k : x[static_cast<std::size_t>(k)]);
  }
  barrier();
  if (global_id() < y.size()) y[global_id()] = static_cast<std::int32_t>(sum);
}

/// Counters of 32 bits, compared with a number of 64.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void stride_narrow(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  std::uint32_t sum = 0;
  for (std::uint32_t k = static_cast<std::uint32_t>(local_id() + 3); k < x.size(); k += 256) {
    sum = sum * 7 + static_cast<std::uint32_t>(x[k]);
  }
  barrier();
  if (global_id() < y.size()) y[global_id()] = static_cast<std::int32_t>(sum);
}

/// The counters wrap around in the middle of the group: the first items have no round, the last ones have.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void stride_wraps(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  const std::size_t start = std::numeric_limits<std::size_t>::max() - 99;
  std::uint32_t sum = 0;
  for (std::size_t k = start + local_id(); k < x.size(); k += items) {
    sum = sum * 9 + static_cast<std::uint32_t>(x[k]);
  }
  barrier();
  if (global_id() < y.size()) y[global_id()] = static_cast<std::int32_t>(sum);
}

/// Nothing is carried. The step is the grid's, or an argument's that is no less than the group.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void stride_writes(std::span<const std::int32_t> x, std::span<std::int32_t> y,
                                                           std::uint32_t more) {
  const std::size_t size = std::min(x.size(), y.size());
  for (std::size_t k = global_id(); size > k; k += global_size()) y[k] = x[k] / 2;
  barrier();
  const std::size_t step = global_size() + global_size() * (more % 3);
  for (std::size_t k = local_id() + group_id() * items; k < size; k += step) {
    if (x[k] % 2 != 0) y[k] -= 5;
  }
}

/// Within a loop of the group, over more and more of what there is; and tallies by atomic operations.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void stride_in_turns(std::span<const std::int32_t> x,
                                                             std::span<std::int32_t> y) {
  SharedArray<std::uint32_t, 16> tallies;
  const std::size_t i = local_id();
  if (i < 16) tallies[i] = 0;
  std::uint32_t mine = 1;
  for (std::size_t turn = 1; turn <= 3; ++turn) {
    barrier();
    const std::size_t end = x.size() * turn / 3;
    for (std::size_t k = i; k < end; k += items) {
      atomic_add(tallies[static_cast<std::uint32_t>(x[k]) % 16], 1u);
      mine += static_cast<std::uint32_t>(turn);
    }
    barrier();
    mine = mine * 3 + tallies[(i + turn) % 16];
  }
  if (global_id() < y.size()) y[global_id()] = static_cast<std::int32_t>(mine);
}

}  // namespace suite::groups
