// seed 47 size 1031 grid 1031 1 1 groups 0 0 0 0
// Elements that lie next to each other for each item, as many as fill a vector and fewer and more: of all types that
// lanes gather, of all items and of some, with writes in between, to arrays of the item's own and to what others read;
// and values that only change their places.
#include <cmath>
#include <cstdint>

#include <dotcompute/kernel.hpp>

namespace neighbouring_elements {
DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint32_t> in0, std::span<const float> in1,
                              std::span<const std::int64_t> in2, std::span<const double> in3,
                              std::span<std::uint32_t> out0, std::span<float> out1, std::span<std::int64_t> out2,
                              std::span<double> out3, std::span<std::uint32_t> out4) {
  const std::size_t i = dotcompute::global_id<0>();
  const std::size_t n = in0.size();
  if (n < 64 || i >= n) return;
  const std::size_t last = n - 40;
  std::uint32_t sum = in0[i];
  float floats = 0;
  std::int64_t wide = 0;
  double doubles = 0;
  std::size_t at = (i * 37 + in0[i]) % last;
  std::uint32_t own[24] = {};
  const std::size_t start = (i * 5 + in0[i] % 3) % last;
  for (std::size_t k = 0; k < 11; ++k) wide = wide * 3 + in2[start + k];
  if ((in0[i] & 1u) != 0) {
    doubles = in3[start] - in3[start + 1] * 2 + in3[start + 2] * 3 - in3[start + 3] * 4 + in3[start + 4] * 5;
    for (std::size_t k = 8; k < 16; ++k) doubles = doubles * 0.5 + in3[start + k];
  }
  for (std::size_t round = 0; round < 1 + (in0[i] & 7u); ++round) {
    // Sixteen and a rest, which are put aside in turn.
    for (std::size_t k = 0; k < 19; ++k) own[k] = own[k] * 5 + in0[at + k];
    sum = sum * 3 + own[(sum & 15u) + 3];
    // Four, five of which one is twice there, and eight backwards.
    const std::uint32_t four = in0[at + 20] ^ in0[at + 21] << 1 ^ in0[at + 22] << 2 ^ in0[at + 23] << 3;
    const float five = in1[at] + in1[at + 1] * 2 + in1[at + 2] * 3 + in1[at + 1] * 4 + in1[at + 3] * 5 + in1[at + 4];
    float eight = 1;
    for (std::size_t k = 8; k-- > 0;) eight = eight * 0.5f + in1[at + 8 + k];
    floats += five - eight;
    sum ^= four;
    // Of some items only; two and three of 64 bits.
    if ((sum & 3u) != 1) {
      wide = wide * 7 + in2[at] - in2[at + 1] * 2 + in2[at + 4] * 3;
      doubles = doubles * 0.25 + in3[at + 1] + in3[at + 2] * 2 + in3[at + 3] * 4;
      sum += in0[at + 33] + in0[at + 34] * 2 + in0[at + 35] * 3 + in0[at + 36] * 4 + in0[at + 37] * 5;
    }
    at = (at * 7 + sum) % last;
  }
  // What others do not write, around what is written: the items' own elements lie apart.
  std::uint32_t before[6];
  for (std::size_t k = 0; k < 6; ++k) {
    before[k] = in0[at + k];
    if (k == 2 && i < out4.size()) out4[i] = sum ^ before[1];
  }
  std::uint32_t a = before[0], b = before[1], c = before[2], d = before[3], e = before[4], f = before[5];
  for (std::size_t k = 0; k < 24; ++k) {
    const std::uint32_t next = (a << 5 | a >> 27) + (b ^ c) + own[k % 16] + f;
    f = e;
    e = d;
    d = c;
    c = b;
    b = a;
    a = next;
  }
  out0[i] = sum + a * 3 + b * 5 + c * 7 + d * 11 + e * 13 + f * 17;
  out1[i] = floats;
  out2[i] = wide;
  out3[i] = doubles;
}
}  // namespace neighbouring_elements
