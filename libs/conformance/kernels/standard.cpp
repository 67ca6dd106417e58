// Spans of fixed extent and their iterators, the algorithms and bit functions of the standard library, and memcpy.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>

#include <dotcompute/kernel.hpp>

namespace suite::standard {

using dotcompute::global_id;

std::int32_t total(std::span<const std::int32_t, 4> values) {
  std::int32_t sum = 0;
  for (const std::int32_t value : values) sum = sum * 3 + value;
  return sum + static_cast<std::int32_t>(values.size());
}
struct Quad {
  std::span<std::int32_t, 4> values;
  std::int32_t& operator[](std::size_t index) const { return values[index]; }
};

DOTCOMPUTE_KERNEL void fixed_spans(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || in.size() < 8) return;
  std::int32_t local[8] = {in[i] % 100, 1, 2, 3, 4, 5, 6, 7};
  const std::span<std::int32_t, 8> all(local);
  const std::span<std::int32_t, 4> low = all.first<4>();
  const auto high = all.last<4>();
  Quad quad{high};
  quad[1] += low[0]++;
  std::span<std::int32_t> dynamic = all;
  const auto middle = dynamic.subspan<2, 4>();
  middle.back() -= 9;
  std::array<std::int32_t, 4> array{1, 2, in[i], 4};
  std::int32_t sum = total(low) + total(array) + total(in.first<4>()) + total(in.subspan<3>().first<4>());
  for (std::int32_t& value : middle) value ^= 3;
  sum += total(middle) + low.front() + static_cast<std::int32_t>(middle.size_bytes() + (high.empty() ? 1 : 0));
  const std::span<const std::int32_t> rest = middle.subspan(1);
  out[i] = sum + rest[rest.size() - 1] + all.subspan<5>().front() + std::span<std::int32_t, 2>(dynamic.last(2))[1];
}

DOTCOMPUTE_KERNEL void iterators(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= in.size()) return;
  const auto window = in.subspan(i, std::min<std::size_t>(in.size() - i, 9));
  std::int32_t sum = 0;
  for (auto it = window.begin(); it != window.end(); ++it) sum = sum * 5 + *it % 100;
  for (auto it = window.rbegin(); it != window.rend(); ++it) sum = sum * 3 + *it % 10;
  sum += std::accumulate(window.begin(), window.end(), 0) % 1000;
  sum += static_cast<std::int32_t>(std::find(window.begin(), window.end(), window.back()) - window.begin());
  sum += *std::max_element(window.begin(), window.end()) / 3;
  sum +=
      static_cast<std::int32_t>(std::count_if(window.begin(), window.end(), [&](std::int32_t v) { return v > sum; }));
  const std::span<const std::int32_t> again(window.begin() + 1, window.end());
  out[i] = sum + static_cast<std::int32_t>(again.size());
}

DOTCOMPUTE_KERNEL void algorithms(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= in.size()) return;
  std::array<std::int32_t, 6> values{in[i] % 50, 3, 17, -4, 8, 1};
  std::array<std::int32_t, 6> copy{};
  std::copy(values.begin(), values.end(), copy.begin());
  std::reverse(copy.begin(), copy.end());
  std::rotate(copy.begin(), copy.begin() + 2, copy.end());
  std::iota(values.begin(), values.begin() + 3, in[i] % 7);
  std::transform(values.begin(), values.end(), copy.begin(), values.begin(), [](auto a, auto b) { return a * 2 - b; });
  std::copy_backward(copy.begin(), copy.begin() + 4, copy.end());
  std::array<std::int32_t, 5> sorted{1, 4, 9, 16, 25};
  const auto place = std::lower_bound(sorted.begin(), sorted.end(), in[i] % 30);
  std::int32_t sum = static_cast<std::int32_t>(place - sorted.begin());
  sum += std::inner_product(values.begin(), values.end(), copy.begin(), 0) % 10000;
  for (const std::int32_t value : {3, in[i] % 9, 2}) sum += std::max({value, sum % 5, 4}) * value;
  std::array<std::uint8_t, 5> bytes;
  bytes.fill(static_cast<std::uint8_t>(in[i]));
  sum += bytes[3] + std::any_of(copy.begin(), copy.end(), [](std::int32_t v) { return v == 8; });
  sum += std::gcd(in[i] % 1000, 36) + std::midpoint(in[i] / 4, sum) % 100;
  out[i] = sum + (std::equal(values.begin(), values.end(), copy.begin()) ? 1 : 0);
}

struct Block {
  std::uint32_t words[4];
};

DOTCOMPUTE_KERNEL void memory(std::span<const float> in, std::span<Block> blocks, std::span<std::uint32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= blocks.size() || i >= in.size()) return;
  const float value = in[i] == in[i] ? in[i] : 0.5f;
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  std::uint32_t words[6];
  std::memset(words, 0, sizeof(words));
  std::memcpy(words + 1, blocks[i].words, sizeof(std::uint32_t) * (2 + bits % 3));
  std::uint32_t part[4];
  std::memcpy(part, words + 1, sizeof part);
  Block block;
  std::memcpy(&block, part, sizeof block);
  block.words[0] = bits;
  std::memcpy(&blocks[i], &block, sizeof(Block));
  out[i] = words[4] ^ words[1] ^ words[5];
}

template <class T>
std::uint32_t counted(T value, int by) {
  const int counts = std::popcount(value) + 3 * std::countl_zero(value) + 5 * std::countl_one(value) +
                     7 * std::countr_zero(value) + 11 * std::countr_one(value) +
                     13 * static_cast<int>(std::bit_width(value));
  const T small = static_cast<T>(value >> 1);  // bit_ceil of a larger number is not defined
  const auto mixed =
      static_cast<std::uint64_t>(std::rotl(value, by)) ^ static_cast<std::uint64_t>(std::rotr(value, by + 1)) ^
      static_cast<std::uint64_t>(std::bit_ceil(small)) ^ static_cast<std::uint64_t>(std::bit_floor(value));
  return static_cast<std::uint32_t>(counts) * 31u + static_cast<std::uint32_t>(mixed ^ mixed >> 32) +
         (std::has_single_bit(value) ? 0x10000u : 0u);
}
struct Packed {
  std::int16_t a;
  std::uint8_t b[2];
};
static_assert(std::endian::native == std::endian::little);

// All of <bit>, on every width; bit_cast between numbers, arrays and structs.
DOTCOMPUTE_KERNEL void all_bits(std::span<const std::uint64_t> in, std::span<std::uint32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= in.size()) return;
  const std::uint64_t value = in[i];
  const int by = static_cast<int>(value % 131) - 65;
  std::uint32_t sum = counted(value, by) ^ counted(static_cast<std::uint32_t>(value), by);
  sum ^= counted(static_cast<std::uint16_t>(value >> 7), by) + counted(static_cast<std::uint8_t>(value >> 3), by);
  const auto packed = std::bit_cast<Packed>(static_cast<std::uint32_t>(value));
  const auto array = std::bit_cast<std::array<std::uint8_t, 8>>(value);
  const auto pair = std::bit_cast<std::array<Packed, 2>>(array);
  sum += static_cast<std::uint32_t>(packed.a * 3 + packed.b[1]) + array[5] + pair[1].b[0];
  sum ^= std::bit_cast<std::uint32_t>(pair[1]) + std::bit_cast<std::uint16_t>(pair[0].b);
  const float number = std::bit_cast<float>((sum & 0x7fffffu) | 0x3f800000u);
  out[i] = sum + static_cast<std::uint32_t>(number * 8) +
           static_cast<std::uint32_t>(std::bit_cast<std::int8_t>(array[2]) < 0);
}

}  // namespace suite::standard
