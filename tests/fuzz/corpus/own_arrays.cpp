// seed 45 size 311 grid 317 1 1 groups 0 0 0 0
// Arrays of the items' own: gone through together, each item its own way, in several sizes of element, and copied.
#include <cstdint>

#include <dotcompute/kernel.hpp>

namespace own_arrays {
struct Pair {
  std::uint32_t first;
  std::uint32_t second;
};
struct Mixed {
  std::uint64_t wide;
  std::uint8_t narrow[5];
};
DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint32_t> in0, std::span<const std::uint8_t> in1,
                              std::span<std::uint32_t> out0, std::span<std::uint32_t> out1,
                              std::span<std::uint32_t> out2, std::span<std::uint64_t> out3) {
  const std::size_t i = dotcompute::global_id<0>();
  if (i >= in0.size() || i + 1 > in1.size()) return;
  const std::size_t n = in0.size();
  // All items at the same place, then each at its own.
  std::uint32_t words[32];
  for (std::size_t k = 0; k < 32; ++k)
    words[k] = in0[i + k < n ? i + k : i + k - n] * static_cast<std::uint32_t>(k + 1);
  std::uint32_t sum = 0;
  for (std::size_t k = 0; k < 50; ++k) sum = sum * 31 + words[k % 32];
  for (std::size_t k = 0; k < (in1[i] & 15u); ++k) {
    words[(k * in1[i]) & 31] += words[(k + i) & 31] + 1;
    sum ^= words[(k * 5) & 31];
  }
  out0[i] = sum;
  // Bytes.
  std::uint8_t bytes[40];
  for (std::size_t k = 0; k < 40; ++k) bytes[k] = static_cast<std::uint8_t>(in1[i + k < n ? i + k : i + k - n] ^ k);
  std::uint32_t total = 0;
  for (std::size_t k = 0; k < 80; ++k) total = total * 3 + bytes[(k * 7) % 40];
  out1[i] = total;
  // Structs that are copied whole, in a loop that some items leave early.
  Pair pairs[3] = {{1, 2}, {3, 4}, {5, static_cast<std::uint32_t>(i)}};
  for (std::size_t k = 0; k < (in1[i] & 7u); ++k) {
    Pair next[3];
    for (int j = 0; j < 3; ++j)
      next[j] = {pairs[(j + 1) % 3].second + in0[i + k < n ? i + k : i + k - n], pairs[j].first};
    for (int j = 0; j < 3; ++j) pairs[j] = next[j];
    if ((pairs[1].first & 7) == 0) break;
  }
  out2[i] = pairs[0].first ^ pairs[1].second ^ pairs[2].first;
  // Elements of two sizes.
  Mixed mixed[6] = {};
  for (std::size_t k = 0; k < 30; ++k) {
    mixed[k % 6].wide = mixed[k % 6].wide * 5 + words[k];
    mixed[k % 6].narrow[k % 5] = static_cast<std::uint8_t>(mixed[(k + 1) % 6].narrow[(k + 2) % 5] + bytes[k]);
  }
  std::uint64_t all = 0;
  for (const Mixed& each : mixed) all = all * 7 + each.wide + each.narrow[3];
  out3[i] = all;
}
}  // namespace own_arrays
