// seed 46 size 311 grid 317 1 1 groups 0 0 0 0
// Numbers that are put together of bytes, at any place: in both orders, of 32 and 64 bits, next to some that are none;
// in loops that some items leave early, around loops that all leave together.
#include <cmath>
#include <cstdint>

#include <dotcompute/kernel.hpp>

namespace numbers_of_bytes {
DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint8_t> in0, std::span<const float> in1,
                              std::span<std::uint32_t> out0, std::span<std::uint64_t> out1,
                              std::span<std::uint16_t> out2, std::span<std::uint32_t> out3, std::span<float> out4) {
  const std::size_t i = dotcompute::global_id<0>();
  const std::size_t n = in0.size();
  if (i + 8 > n || i >= in1.size()) return;
  const auto word = [&](std::size_t at) { return std::uint32_t{in0[at]}; };
  const auto wide = [&](std::size_t at) { return std::uint64_t{in0[at]}; };
  std::uint32_t sum = 0;
  std::size_t at = i;
  for (std::size_t round = 0; round < (in0[i] & 15u); ++round) {
    sum = sum * 31 + (word(at) << 24 | word(at + 1) << 16 | word(at + 2) << 8 | word(at + 3));
    const std::size_t other = at ^ 1;
    sum ^= word(other) | word(other + 1) << 8 | word(other + 2) << 16 | word(other + 3) << 24;
    std::uint32_t all = 0;
    for (std::size_t k = 0; k < 5; ++k)
      all = all * 3 + (word(k) | word(k + 1) << 8 | word(k + 2) << 16 | word(k + 3) << 24);
    at = (at * 7 + all) % (n - 8);
    if ((sum & 15u) == 3) break;
  }
  out0[i] = sum;
  // Of a part that loses a byte.
  const std::uint32_t part = (word(i + 3) | word(i + 4) << 8) << 24;
  const std::uint64_t lossy =
      part | wide(i) | wide(i + 1) << 8 | wide(i + 2) << 16 | wide(i + 5) << 40 | wide(i + 6) << 48 | wide(i + 7) << 56;
  out3[i] = static_cast<std::uint32_t>(lossy >> 32);
  out1[i] = wide(i) << 56 | wide(i + 1) << 48 | wide(i + 2) << 40 | wide(i + 3) << 32 | wide(i + 4) << 24 |
            wide(i + 5) << 16 | wide(i + 6) << 8 | wide(i + 7);
  out2[i] = static_cast<std::uint16_t>(in0[at] << 8 | in0[at + 1]);
  // A gap, and one that is there twice.
  out3[i] ^= (word(at) | word(at + 1) << 8 | word(at + 2) << 16 | word(at + 4) << 24) ^
             (word(at) | word(at) << 8 | word(at + 2) << 16 | word(at + 3) << 24);
  float x = in1[i];
  for (std::size_t round = 0; round < (in0[i] & 7u); ++round) {
    float own[16];
    for (std::size_t k = 0; k < 16; ++k) own[k] = in1[(i + k) % in1.size()] * x;
    float total = 0;
    for (std::size_t k = 0; k < 40; ++k) total = total * 0.5f + own[(k * 5) % 16];
    if (!(std::fabs(total) < 1e6f)) break;
    x = x * 0.25f + total * 1e-3f;
  }
  out4[i] = x;
}
}  // namespace numbers_of_bytes
