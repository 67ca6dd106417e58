// seed 44 size 1369 grid 37 23 3 groups 0 0 0 0
// Rows that read the same in their inner loops: a few go through them together, what is left over one by one.
#include <algorithm>
#include <cstdint>

#include <dotcompute/kernel.hpp>

namespace rows_together {
DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint32_t> in0, std::span<const std::uint8_t> in1,
                              std::span<std::uint32_t> out0, std::span<std::uint32_t> out1,
                              std::span<std::uint32_t> out2, std::span<std::uint8_t> out3, std::uint64_t a0) {
  const std::size_t x = dotcompute::global_id<0>();
  const std::size_t y = dotcompute::global_id<1>();
  const std::size_t z = dotcompute::global_id<2>();
  const std::size_t width = 37;
  const std::size_t height = 18 + a0 % 8;
  if (x >= width || y >= height || z != 0 || in0.size() < width * width || in1.size() < width * width) return;
  const std::size_t at = y * width + x;
  // What only the column decides, what only the row decides, and what both do.
  std::uint32_t sum = static_cast<std::uint32_t>(y);
  std::uint32_t most = 0;
  for (std::size_t k = 0; k < width; ++k) {
    const std::uint32_t along = in0[k * width + x] ^ in1[k * width + x];
    sum += in0[y * width + k] * along;
    most = std::max(most, along + in1[y * width + k]);
  }
  out0[at] = sum;
  out1[at] = most;
  // Arrays of the items' own; the loop's length is the same for all rows.
  std::uint32_t own[4] = {1, 2, 3, 4};
  for (std::size_t k = 0; k < 20 + a0 % 16; ++k) own[(k + y) % 4] = own[k % 4] * 3 + in0[k * width + x];
  out2[at] = own[0] ^ own[1] ^ own[2] ^ own[3];
  // Ways that part, one behind the other and in one another.
  if (sum % 3 != 0) out3[at] = static_cast<std::uint8_t>(most);
  std::uint32_t way = 5;
  if (sum % 5 == y % 5) {
    way = most % 2 == 0 ? own[0] : in0[x];
  } else if (y > 7) {
    way = own[1] + sum;
  }
  out1[at] += way;
}
}  // namespace rows_together
