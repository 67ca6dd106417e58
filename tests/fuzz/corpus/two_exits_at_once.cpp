// seed 47 size 311 grid 317 1 1 groups 0 0 0 0
// Loops that all items leave by one condition and each by another, at their end, their begin and in between; what they
// leave with is what the last round began with, made, or counted.
#include <cstdint>

#include <dotcompute/kernel.hpp>

namespace two_exits_at_once {
DOTCOMPUTE_KERNEL void kernel(std::span<const float> in0, std::span<const std::uint32_t> in1,
                              std::span<std::int32_t> out0, std::span<std::uint32_t> out1, std::span<float> out2,
                              std::span<std::int64_t> out3, std::span<std::uint32_t> out4, std::span<float> out5) {
  const std::size_t i = dotcompute::global_id<0>();
  if (i >= in0.size() || i >= in1.size()) return;
  const float c = in0[i] * 0.01f;
  // Counted after the test.
  std::int32_t count = 0;
  float x = 0;
  do {
    x = x * x + c;
    ++count;
  } while (count < 50 && x * x < 4.0f);
  out0[i] = count;
  // Counted before it, and the first value that is large.
  std::uint32_t rounds = 3;
  std::uint32_t word = in1[i] | 1;
  while (rounds < 40 && (word & 0x700u) != 0x300u) {
    word = word * 1664525u + 1013904223u;
    rounds += 2;
  }
  out1[i] = rounds ^ word;
  // Either may end it, and another one in the middle; from the end, too.
  float sum = 1;
  std::int64_t left = 30;
  for (;;) {
    if (left <= 0 || sum > 1000.0f) break;
    sum = sum * 1.5f + c;
    if (sum < -50.0f) break;
    left -= 1;
  }
  out2[i] = sum;
  out3[i] = left;
  // A loop in a loop that is left the same way.
  std::uint32_t total = 0;
  for (std::uint32_t outer = 0; outer < 6 && total < 5000; ++outer) {
    std::uint32_t inner = 0;
    while (inner < 9 && ((in1[i] >> inner) & 3u) != 2) ++inner;
    total += inner * outer + 1;
    if (outer * 2 > (in1[i] & 15u)) break;
  }
  out4[i] = total;
  // Found out in one block, and gone by in another.
  float value = c;
  std::uint32_t k = 0;
  bool more = true;
  do {
    value = value * value + 0.25f;
    ++k;
    more = k < 20 && value < 4.0f;
    if (value > 1.0f) out5[i] = value;
  } while (more);
  out4[i] += k;
}
}  // namespace two_exits_at_once
