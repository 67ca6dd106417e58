// seed 51 size 451 grid 451 1 1 groups 1 75 1 1
// Structs that each item keeps across barriers: of all types, with padding, in one another, with arrays; some of whose
// parts are written in between, as a whole or one by one, by some items or by all; and one with too many parts to take
// apart.
#include <cstdint>

#include <dotcompute/kernel.hpp>

namespace kept_structs {
struct Inner {
  std::int8_t small;
  double wide;
  std::uint16_t pair[2];
};
struct Mixed {
  bool flag;
  std::uint32_t number;
  Inner inner;
  std::int64_t last;
};
struct Many {
  std::uint8_t bytes[24];
  std::uint32_t sum;
};
struct Point {
  float x, y, z;
};
struct Place {
  const std::uint32_t* at;
  std::uint8_t step;
};

DOTCOMPUTE_KERNEL void kernel(std::span<const std::uint32_t> in0, std::span<const float> in1,
                              std::span<const double> in2, std::span<std::uint32_t> out0, std::span<float> out1,
                              std::span<double> out2, std::span<std::int64_t> out3) {
  dotcompute::SharedArray<std::uint32_t, 75> shared;
  const std::size_t i = dotcompute::global_id<0>();
  const std::size_t x = dotcompute::local_id<0>();
  const std::size_t n = in0.size();
  const std::uint32_t begin = i < n ? in0[i] : 7u;
  Mixed mixed{(begin & 1u) != 0,
              begin,
              {static_cast<std::int8_t>(begin), begin * 0.5, {static_cast<std::uint16_t>(begin >> 3), 9}},
              -static_cast<std::int64_t>(begin)};
  Many many{};
  Point point = i < n ? Point{in1[i], in1[n - 1 - i], 1.5f} : Point{};
  Place place{i < n ? &in0[i] : &in0[0], static_cast<std::uint8_t>(begin % 3)};
  for (std::uint32_t round = 0; round < 5; ++round) {
    shared[x] = mixed.number + static_cast<std::uint32_t>(mixed.inner.small) + mixed.inner.pair[round & 1u];
    dotcompute::barrier();
    const std::uint32_t other = shared[(x + round + 1) % 75];
    if ((other & 3u) == 1) {
      mixed.inner = {static_cast<std::int8_t>(other), mixed.inner.wide - 1, {3, static_cast<std::uint16_t>(other)}};
      many.bytes[other % 24] = static_cast<std::uint8_t>(other + round);
    } else {
      mixed.number = mixed.number * 5 + other;
      mixed.flag = !mixed.flag;
      mixed.last += mixed.flag ? static_cast<std::int64_t>(other) << 20 : -3;
      point.y += point.x * 0.25f;
    }
    if (round == 2) point = {point.z, point.x, point.y};
    if (x % 7 == round) place.at = &in0[other % n];
    many.sum += many.bytes[(other + 5) % 24] + *place.at * place.step;
    dotcompute::barrier();
    point.z += static_cast<float>(shared[74 - x] & 15u);
    dotcompute::barrier();
  }
  if (i >= n) return;
  out0[i] = mixed.number + many.sum + mixed.inner.pair[1] + (mixed.flag ? 1000u : 0u);
  out1[i] = point.x + point.y * 2 + point.z;
  out2[i] = mixed.inner.wide + in2[i] + mixed.inner.small;
  out3[i] = mixed.last;
}
}  // namespace kept_structs
