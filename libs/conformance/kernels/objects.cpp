// Structs, arrays, references, pointers, spans and templates: how objects are made, copied, passed and returned.
#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <dotcompute/kernel.hpp>

#include "instantiate.hpp"

// g++ 12 warns of what C++17 has ordered.
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wsequence-point"
#endif

namespace suite::objects {

using dotcompute::global_id;

struct Pair {
  std::int32_t x = 3;
  std::int32_t y = x * 2 + 1;  // uses the member before it
  static constexpr std::int32_t limit = 1000;
  static constexpr std::int32_t steps[3] = {1, 10, 100};
  enum { depth = 4 };
  std::int32_t sum() const { return x + y; }
  Pair swapped() const { return {y, x}; }
  bool operator==(const Pair&) const = default;
};

struct Made {
  std::int32_t first;
  std::int32_t second;
  std::int32_t third = 9;
  Made(std::int32_t a, std::int32_t b) : first(a), second(b + first) { third += second; }
  explicit Made(Pair pair) : Made(pair.x, pair.y) { third *= 2; }
  explicit operator bool() const { return third != 0; }
  operator std::int64_t() const { return std::int64_t{first} * second + third; }
};

struct Late {
  std::int32_t zero;
  std::int32_t one = 1;
  std::int32_t also_zero[2];
};

struct Tree {
  Pair nodes[2][2];
  std::array<Late, 2> tail;
  Pair& at(int i) { return nodes[i / 2][i % 2]; }
};

// A default initialiser that makes a struct with default initialisers from the members before it.
struct Outer {
  std::int32_t base;
  struct Inner {
    std::int32_t given = 1;
    std::int32_t derived = given + 1;
    std::int32_t list[2] = {derived, given};
  } inner = {base};
  std::int32_t last = inner.list[0] * 2;
  std::int32_t total() const { return base + inner.given + inner.list[1] + Inner{base, 5}.list[0] + last; }
};

Pair changed(Pair p) {
  p.x += 100;
  return p;
}
Pair twice(const Pair& p) { return changed(changed(p)); }
Pair& larger(Pair& a, Pair& b) { return a.sum() < b.sum() ? b : a; }

DOTCOMPUTE_KERNEL void structs(std::span<Pair> pairs, std::span<const std::int16_t> in, std::span<std::int64_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  Pair p = pairs[i];
  p = {p.y, p.x};
  p = p.swapped();
  Pair q{.x = in[i]};
  const Pair r;
  std::swap(p, q);
  larger(p, q).x += 5;
  const Pair kept = std::exchange(q, twice(q));
  q.y -= changed(q).x;
  const Made made{Pair{1, in[i]}};
  const Late late = Late();
  const Late listed{.zero = in[i], .also_zero = {}};
  std::int64_t sum =
      made + (made ? 1 : 2) + late.zero + late.one + late.also_zero[1] + listed.one + listed.also_zero[0];
  sum += r.y + Pair{}.y + Pair{in[i]}.y + (p == q) + (p != kept) * 2 + p.limit + p.depth + Pair::steps[in[i] & 1];
  sum += Pair(in[i], 4).sum() + Outer{in[i]}.total() + Outer{1, {2}}.total();
  pairs[i] = in[i] % 2 == 0 ? q : changed(p);
  out[i] = sum + kept.x;
}

DOTCOMPUTE_KERNEL void arrays(std::span<const std::int32_t> in, std::span<std::int64_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  Pair all[5];
  Tree tree{};
  Pair grid[2][3] = {{{1, 2}, {.y = 3}}, {}};
  const Tree copy = tree;
  std::array<std::int32_t, 4> values{in[i], 1};
  auto other = values;
  other[0] ^= 77;
  auto& [a0, a1, a2, a3] = other;
  a3 = a0 + a1;
  std::int32_t raw[3] = {in[i], in[i] >> 3, 5};
  auto [r0, r1, r2] = raw;
  raw[0] = r1++;
  const auto [px, py] = grid[1][2];
  std::int64_t sum = r0 + r1 + r2 + px + py + copy.nodes[1][1].y + a2;
  for (Pair& p : all) p.x += static_cast<std::int32_t>(sum & 7);
  for (const auto& [x, y] : all) sum += x * y;
  for (std::int64_t wide : values) sum = sum * 3 + wide;
  for (auto& row : grid) {
    for (Pair p : row) sum += p.sum();
  }
  tree.at(in[i] & 3) = all[in[i] & 1];
  tree.tail[1] = {.zero = 6, .also_zero = {}};
  for (int k = 0; k < 4; ++k) sum += tree.at(k).x * (k + 1);
  for (std::array held{1, 2, in[i]}; const int v : held) sum ^= v;
  out[i] = sum + tree.tail[0].one + tree.tail[1].zero + values.back();
}

DOTCOMPUTE_KERNEL void pointers(std::span<const double> in, std::span<double> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  double local[6] = {in[i], 1, 2, 3, 4, 5};
  double sum = 0;
  for (double* p = local + 5; p >= local + 1; p -= 2) sum = sum * 2 + *p;
  double* first = &local[1];
  double* const last = std::end(local);
  while (first != last) *first++ *= 1.5;
  const double(*row)[6] = &local;
  double* none = nullptr;
  if (!none && row != nullptr && last > first - 3)
    sum += static_cast<double>(last - first) + first[-1] + *(last - 2) + (*row)[3];
  double*& name = none;
  name = &local[2];
  const double& element = *none;
  *name += 10;
  auto& whole = local;
  whole[0] = -1;
  out[i] = sum + element + local[0] + static_cast<double>(&element - local);
}

// Spans as values: assigned, passed by reference, kept in a struct, cut again and again.
struct View {
  std::span<const std::int32_t> all;
  std::size_t at = 0;
  std::int32_t pop() {
    const std::int32_t value = all.back();
    all = all.first(all.size() - 1);
    return value + static_cast<std::int32_t>(at++);
  }
};

std::size_t advance(std::span<const std::int32_t>& rest) {
  rest = rest.subspan(1);
  return rest.size() - 1;
}

std::int32_t total(std::span<const std::int32_t> values, std::int32_t start = 10) {
  for (const std::int32_t value : values.last(values.size() / 2)) start += value;
  return start;
}

DOTCOMPUTE_KERNEL void spans(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::int32_t local[8] = {};
  std::span<std::int32_t> window(local);
  for (std::int32_t& value : window) value = in[i] % 100 + static_cast<std::int32_t>(&value - local);
  for (auto part = window.subspan(2, 4); std::int32_t& value : part.first(2)) value *= 2;
  for (const double value : std::span<const std::int32_t>(local, 3))
    window.back() += static_cast<std::int32_t>(value / 2);
  std::span<const std::int32_t> rest = window;
  std::int32_t sum = rest[advance(rest)];
  View view{rest};
  sum += view.pop() * 3 + view.pop();
  std::size_t cut = 1;
  sum += view.all.subspan(cut++).last(2).first(cut++).front() + total(window) + total(view.all, sum);
  std::array<std::int32_t, 3> three{1, 2, 3};
  const std::span<const std::int32_t> of_array = three;
  rest = cut == 3 ? of_array : rest;
  std::span<std::int32_t> empty;
  sum += static_cast<std::int32_t>(rest.size() + rest.size_bytes() + (empty.empty() ? 1 : 2) +
                                   (rest.data() - three.data()));
  out[i] = sum + static_cast<std::int32_t>(std::size(view.all));
}

template <class T>
constexpr T seven{7};
template <std::size_t N, auto Scale = 2, class... T>
constexpr auto scaled(T... values) {
  if constexpr (sizeof...(T) > 2)
    return ((static_cast<std::int64_t>(N) * Scale) + ... + values);
  else
    return static_cast<std::int64_t>(N) - (0 - ... - values);
}
constexpr std::array<Pair, 3> table{{{1, 2}, {.x = 5}, {}}};
constexpr auto squares = [] {
  std::array<std::uint16_t, 16> result{};
  for (std::size_t k = 0; k < result.size(); ++k) result[k] = static_cast<std::uint16_t>(k * k);
  return result;
}();
consteval int cube(int n) { return n * n * n; }

DOTCOMPUTE_KERNEL void constants(std::span<const std::int32_t> in, std::span<std::int64_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  static constexpr std::int8_t signs[] = {-1, 1, -128, 127};
  constexpr auto first = std::find(squares.begin(), squares.end(), 49) - squares.begin();
  constexpr Pair fixed{.x = cube(3)};
  const auto at = static_cast<std::size_t>(in[i] & 3);
  const Pair& entry = table[at % 3];
  std::int64_t sum = signs[at] + squares[at * 4] + entry.sum() + fixed.sum() + first + cube(2);
  sum += scaled<3>(in[i], 2, 1) + scaled<4, 9>(in[i] / 2) + scaled<1>() + seven<std::int64_t> +
         static_cast<std::int64_t>(seven<double>);
  out[i] = sum + static_cast<std::int64_t>(sizeof(Pair) + alignof(double));
}

struct Bytes {
  std::uint8_t values[8];
};
struct alignas(32) Wide {
  float lanes[8];
};

DOTCOMPUTE_KERNEL void bit_casts(std::span<const double> in, std::span<Bytes> bytes, std::span<std::uint64_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= bytes.size()) return;
  const double value = in[i] == in[i] ? in[i] : 0.0;
  const auto halves = std::bit_cast<std::array<std::uint32_t, 2>>(value);
  bytes[i] = std::bit_cast<Bytes>(value);
  const Wide wide = std::bit_cast<Wide>(std::array<Bytes, 4>{bytes[i], bytes[i]});
  out[i] = std::bit_cast<std::uint64_t>(bytes[i]) ^ halves[1] ^ std::bit_cast<std::uint32_t>(wide.lanes[2]);
}

struct Empty {};
struct Mixed {
  char c;
  double d;
  bool b;
  Empty e;
  Wide w;
};

// Every alignment in one argument block.
DOTCOMPUTE_KERNEL void mixed_parameters(char a, double b, bool c, Mixed mixed, Empty, std::int16_t d,
                                        std::span<Mixed> all, Wide wide, std::uint8_t e, std::span<float> out, float f,
                                        bool g) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= all.size()) return;
  mixed.d += b;
  mixed.w.lanes[i % 8] += wide.lanes[(i + 1) % 8];
  mixed.b ^= c;
  mixed.c = static_cast<char>(mixed.c + a);
  Mixed old = all[i];
  all[i] = g ? mixed : old;
  out[i] = f + static_cast<float>(d) - static_cast<float>(e) + wide.lanes[0] + (old.b ? 1.0f : 2.0f);
}

// One item's accesses keep their order, also where the compiler cannot know that they are to the same element.
DOTCOMPUTE_KERNEL void own_order(std::span<Pair> all, std::span<const std::uint16_t> key, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  const std::uint64_t k = key[i];
  const std::size_t same = i + (k * k * k - k) % 3;
  all[i].x = static_cast<std::int32_t>(k);
  const std::int32_t seen = all[same].x;
  all[i].y = seen + 1;
  out[i] = all[same].y;
}

}  // namespace suite::objects
