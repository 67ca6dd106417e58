// What code that comes from other languages of kernels brings along: one name for several variables, structs of
// pointers, enumerations as parameters, characters, and bytes of words.

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include <dotcompute/kernel.hpp>

namespace suite::ports {

using namespace dotcompute;

/// `i` counts for each item, then for the group, then for each item again; `k` is the group's, then the item's.
DOTCOMPUTE_KERNEL void reused_names(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  SharedArray<std::int32_t, 1024> partial;
  std::size_t i, k;
  const std::size_t t = local_id();
  const std::size_t items = local_size();
  std::int32_t sum = 0;
  for (i = t; i < x.size() && i < 4 * items; i += items) sum += x[i];
  partial[t] = sum;
  k = items;
  for (i = 1; i < items; i *= 2) {
    barrier();
    const std::int32_t other = t >= i ? partial[t - i] : 0;
    barrier();
    partial[t] += other;
    --k;
  }
  while (k > items / 2 + 1) {
    barrier();
    k /= 2;
  }
  barrier();
  for (i = t, k = t + 1; i < items && k % 7 != 0; i += 3, ++k) sum ^= partial[i];
  if (global_id() < y.size()) y[global_id()] = sum + static_cast<std::int32_t>(k);
}

struct Table {
  const std::int32_t* numbers;
  std::span<const std::int32_t> all;
  std::int32_t first() const { return numbers[0] & 3; }
};

/// The loops around the barriers are as long as what pointers that are kept in structs and arrays lead to.
DOTCOMPUTE_KERNEL void kept_pointers(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  SharedArray<std::int32_t, 1024> shared;
  const std::size_t t = local_id();
  shared[t] = static_cast<std::int32_t>(t);
  std::int32_t result = 0;
  if (!x.empty()) {
    const Table table{x.data(), x};
    const std::int32_t* ends[2] = {&x.front(), &x.back()};
    for (std::int32_t turn = 0; turn < table.first() + (table.all[0] & 1) + (*ends[group_id() % 2] & 3); ++turn) {
      barrier();
      const std::int32_t other = shared[(t + 1) % local_size()];
      barrier();
      shared[t] += other;
      ++result;
    }
  }
  if (global_id() < y.size()) y[global_id()] = shared[t] * 5 + result;
}

enum class Mode : std::uint8_t { sum, difference, product };
enum Weight : std::int32_t { light = 1, heavy = 100 };

DOTCOMPUTE_KERNEL void enumerations(Mode mode, std::span<const Mode> modes, std::span<Weight> weights,
                                    std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  const std::int32_t weight = i < weights.size() && weights[i] == heavy ? 3 : 2;
  std::int32_t value = i < x.size() ? x[i] : 1;
  switch (i < modes.size() ? modes[i] : mode) {
    std::int32_t held;
    case Mode::sum: value += weight; break;
    case Mode::difference:
      held = value;
      value = weight - held;
      break;
    default: value *= mode == Mode::product ? weight : 7;
  }
  switch (value & 3)
  case 2:
    value += 1000;
  y[i] = value;
  if (i < weights.size()) weights[i] = value % 2 == 0 ? light : heavy;
}

constexpr char complements[] = "TGCA";
struct Codon {
  char letters[4];
};

DOTCOMPUTE_KERNEL void characters(std::span<const std::uint8_t> x, std::span<std::uint8_t> y) {
  const std::size_t i = global_id();
  if (i >= y.size() || i >= x.size()) return;
  char letters[8] = "ACGT";
  const Codon codon = {"UAG"};
  const char* digits = x[i] % 2 == 0 ? "0123456789abcdef" : "0123456789ABCDEF";
  letters[4] = letters[x[i] % 4];
  y[i] = static_cast<std::uint8_t>(letters[4] + complements[x[i] % 4] + codon.letters[i % 3] + digits[x[i] % 16] +
                                   "xyz"[i % 3] + letters[7]);
}

struct Header {
  std::uint16_t kind;
  std::uint16_t length;
  float scale;
};

DOTCOMPUTE_KERNEL void bytes_of_words(std::span<const std::uint8_t> in, std::span<std::uint8_t> out,
                                      std::span<std::uint32_t> words) {
  const std::size_t i = global_id();
  if (i >= words.size() || 8 * i + 8 > in.size()) return;
  std::uint32_t low;
  std::uint64_t whole;
  Header header;
  std::memcpy(&low, &in[8 * i + 3], sizeof low);
  std::memcpy(&whole, in.data() + 8 * i, sizeof whole);
  std::memcpy(&header, in.data() + 8 * i, sizeof header);
  whole ^= low;
  std::int16_t filled[3];
  std::memset(filled, 0x81, sizeof filled);
  words[i] = low + header.length * 3u + static_cast<std::uint32_t>(filled[i % 3]);
  if (8 * i + 8 > out.size()) return;
  std::memcpy(&out[8 * i], &whole, sizeof whole);
  std::memcpy(out.data() + 8 * i + 2, &header.length, sizeof header.length);
}

}  // namespace suite::ports
