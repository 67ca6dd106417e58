// seed 42 size 301 grid 307 1 1 groups 0 0 0 0
// Loops whose items have numbers in a row: all lanes go round until the last one's is too large, or wraps around.
#include <cstdint>

#include <dotcompute/kernel.hpp>

namespace rounds_of_all_items {
DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint32_t> in0, std::span<std::uint32_t> out0,
                              std::span<std::uint32_t> out1, std::span<std::uint32_t> out2) {
  const std::size_t i = dotcompute::global_id<0>();
  if (i >= in0.size()) return;
  // What an item leaves with is used.
  std::size_t k = i;
  std::uint32_t sum = 1;
  for (; k < in0.size(); k += 37) sum = (sum ^ in0[k]) + 31;
  out0[i] = sum * 1000 + static_cast<std::uint32_t>(k);
  // Signed numbers on both sides of zero, in steps of two from item to item; some items take no round.
  std::uint32_t rounds = 0;
  int m = 2 * static_cast<int>(i) - 20;
  for (; m <= 300; m += 50) rounds += in0[i] + static_cast<std::uint32_t>(m);
  out1[i] = rounds * 8 + static_cast<std::uint32_t>(m);
  // The numbers wrap around, first those of later items; the bound moves.
  std::uint32_t hops = 0;
  std::uint32_t h = 4294967200u + static_cast<std::uint32_t>(i);
  for (std::uint32_t bound = 0xffffffffu; h < bound; bound -= 0x20000000u) {
    h += 0x4000000u;
    hops += 0x100u + (h >> 28) + in0[i];
  }
  out2[i] = hops + h;
}
}  // namespace rounds_of_all_items
