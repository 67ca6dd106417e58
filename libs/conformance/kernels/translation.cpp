// What a writer of C text is likely to get wrong: effects inside expressions, where objects lie, names that a language
// reserves, and types that have no name of their own.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <dotcompute/kernel.hpp>

// g++ 12 warns of what C++17 has ordered.
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wsequence-point"
#endif

namespace suite::translation {

using dotcompute::global_id;
using dotcompute::global_size;

struct Flags {
  bool a;
  std::int8_t b;
  bool c[3];
  double d;
};
constexpr Flags table[3] = {{true, -1, {false, true, true}, 1.5},
                            {false, 3, {true, false, false}, -__builtin_inf()},
                            {true, 7, {}, __builtin_nan("")}};
constexpr float specials[4] = {__builtin_inff(), -__builtin_inff(), __builtin_nanf(""), -0.0f};
constexpr std::int32_t single = 41;

const std::int32_t& pick(bool first, const std::int32_t& a, const std::int32_t& b) { return first ? a : b; }

// Infinities and NaNs in tables; references to tables, to locals and to temporaries.
DOTCOMPUTE_KERNEL void tables(std::span<const std::uint32_t> in, std::span<double> out, std::span<float> other) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const Flags& f = table[in[i] % 3];
  double sum = f.a + f.b * 2 + f.c[in[i] % 3] * 8;
  sum += f.d == f.d ? (f.d > 0 ? 1 : f.d < -1e300 ? 16 : 0) : 32;
  const auto mine = static_cast<std::int32_t>(in[i] % 50);
  sum += pick(in[i] & 1, mine, 17) + std::max(mine, single);
  out[i] = sum;
  other[i] = specials[in[i] % 4];
}

std::int32_t add_to(std::int32_t& target, std::int32_t value) {
  target += value;
  return target;
}

// The same function on a local variable and on the kernel's memory; values chosen from both.
DOTCOMPUTE_KERNEL void memories(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::int32_t local = in[i] / 3;
  std::int32_t sum = (in[i] & 1 ? local : in[i]) + std::max(local, in[i]) + std::clamp(in[i], -100, 100);
  sum += add_to(local, 5) - add_to(out[i], 7);
  std::int32_t& target = in[i] > 0 ? out[i] : out[(i + 0)];
  target ^= sum;
  const std::int32_t* p = &in[i];
  const std::int32_t* q = &local;
  sum += *p - *q;
  std::swap(local, sum);
  out[i] += local * 3 + sum;
}

struct Item {
  std::int32_t key = 4;
  std::uint16_t tag = 9;
  float weights[2] = {1, 2};
};
struct Bag {
  Item items[20];
  std::int32_t count = 0;
  Item& add(Item item) { return items[count++ % 20] = item; }
  std::int32_t total() const {
    std::int32_t sum = 0;
    for (const Item& item : items) sum += item.key * item.tag;
    return sum;
  }
};
Bag make_bag(std::int32_t key) {
  Bag bag;
  bag.add({.key = key});
  bag.add(Item{key + 1, 3, {4}}).tag += 2;
  return bag;
}

// Arrays that constructors fill, and structs that travel by value.
DOTCOMPUTE_KERNEL void bags(std::span<const std::int32_t> in, std::span<Item> items, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= items.size()) return;
  Bag bag = make_bag(in[i] % 1000);
  Item many[40];
  many[in[i] & 31].key = 7;
  Item zeroed[30] = {};
  zeroed[3] = many[in[i] & 31];
  bag.add(zeroed[in[i] & 7]) = items[i];
  items[i] = bag.items[2].tag > 100 ? bag.items[0] : Item{in[i]};
  std::int32_t sum = bag.total();
  for (const Item& item : many) sum = sum * 3 + item.key;
  for (Item& item : zeroed) sum ^= item.tag++;
  out[i] = sum + zeroed[2].tag;
}

std::int32_t walk(std::int32_t x, std::int32_t depth) {
  for (std::int32_t k = 0;; ++k) {
    if (k > depth) return x;
    switch (x & 3) {
      case 0: x += 5; continue;
      case 1: x = x * 3 + 1; break;
      case 2:
        for (std::int32_t j = 0; j < 3; ++j) {
          if (j == 1) continue;
          if (x & 64) break;
          x ^= j + 8;
        }
        [[fallthrough]];
      default:
        if (x < 0) return -x;
        x -= 7;
    }
    x += k;
  }
}

// Conditions and steps with effects, and every way to leave or repeat a loop that has them.
DOTCOMPUTE_KERNEL void flow(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::int32_t x = in[i] % 1000, y = 3, calls = 0;
  for (std::int32_t a = 0, b = 10; a < b && (++calls, x++ < 900); a += 2, b -= (x & 1)) {
    if (a == 4) continue;
    do {
      if (y++ & 1) continue;
      x += walk(x, a);
      if (x > 5000) break;
    } while (y < 20 && x++ % 5 != 0);
    if (y > 15 || (x -= 2) < -1000) break;
  }
  switch (y % 4) {
    case 3: {
      const std::int32_t own = x;
      y += own;
    }
      [[fallthrough]];
    case 1: y = (++x, y + 1); break;
    case 2: break;
    default: {
    }
  }
  out[i] = (x > y ? (x & 1 ? walk(x, 2) : add_to(y, x)) : y > 100 || add_to(x, 1) > 3 ? 5 : 6) + calls * 7 + x + y;
}

std::int32_t bump(std::int32_t* place, std::int32_t by) {
  *place += by;
  return *place * 2;
}

// Many effects in one expression, some through pointers to what the expression also names.
DOTCOMPUTE_KERNEL void effects(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::int32_t a[5] = {in[i], 2, 3, 4, 5};
  std::int32_t n[2] = {1, 2};
  std::int32_t k = 0, x = 7;
  std::int32_t* p = a;
  k += bump(&a[k], 3);
  k = (a[1] += 2, k & 1);
  a[a[1] & 3] = a[0] = bump(p + 1, 1);
  *p++ = *p + static_cast<std::int32_t>(p - a);
  *++p -= x;
  (*p)++;
  x <<= (k += 2, k - 1);
  std::int32_t& r = n[k & 1];
  (r = 3) += x;
  r <<= (x & 3);
  r /= in[i] & 1;
  bool b = (x & 1) && bump(&x, 1) > 0 && (k++ || bump(&k, 1));
  const bool c = !b || (b = false);
  const std::int32_t t = b ? x++ : c ? bump(&x, x) : (k = x, x -= k);
  out[i] = bump(&out[i], 4) + x * 3 + t * 5 + k * 7 + a[0] + a[1] + a[2] + a[3] * 11 + n[0] + n[1] + b + c * 2;
}

struct Window {
  std::span<std::int32_t> values;
  std::span<const std::int32_t> more;
  std::int32_t pop() {
    const std::int32_t last = values.back();
    values = values.first(values.size() - 1);
    return last;
  }
};
std::int32_t drain(Window& window, std::size_t count) {
  std::int32_t sum = 0;
  while (count-- > 0 && !window.values.empty()) sum = sum * 5 + window.pop() + window.more[count % window.more.size()];
  return sum;
}

// A struct of spans, over local arrays and over the kernel's memory; a parameter that is assigned to.
DOTCOMPUTE_KERNEL void windows(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::int32_t local[9] = {in[i], 1, 2};
  std::int32_t more[3] = {4, in[i], 6};
  Window window{local, more};
  const Window copy = window;
  std::int32_t sum =
      drain(window, static_cast<std::size_t>(in[i] & 7)) + static_cast<std::int32_t>(window.values.size());
  Window global{std::span<std::int32_t>(&out[i], 1), in};
  sum += drain(global, 1) + copy.values[0];
  in = in.first(i + 1);
  out[i] = sum + in.back() + static_cast<std::int32_t>(in.size());
}

struct Big {
  std::int32_t a[4];
  std::int32_t sum() const { return a[0] + a[1] + a[2] + a[3]; }
};
const std::int32_t& largest(const Big& big) {
  std::size_t at = 0;
  for (std::size_t k = 1; k < 4; ++k) {
    if (big.a[k] > big.a[at]) at = k;
  }
  return big.a[at];
}
void skip_negative(const std::int32_t*& place, const std::int32_t* end, std::int32_t** counter) {
  while (place != end && *place < 0 && **counter < 9) {
    ++place;
    ++**counter;
  }
}

// Pointers to pointers, null pointers, arrays of pointers and of spans.
DOTCOMPUTE_KERNEL void indirections(std::span<const Big> big, std::span<const std::int32_t> in,
                                    std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= big.size()) return;
  std::int32_t count = 0;
  std::int32_t* counter = &count;
  const std::int32_t* p = in.data() + i;
  skip_negative(p, in.data() + in.size(), &counter);
  const std::int32_t* const none = nullptr;
  const std::int32_t* q = count > 2 ? p : none;
  Big local = big[i];
  local.a[count & 3] += 1;
  std::int32_t sum = largest(big[i]) + largest(local) + big[i].sum() * 3 + local.sum() + (q ? 7 : 9) + count;
  const std::span<const std::int32_t> parts[3] = {in.first(in.size() / 2), in.last(1), {}};
  for (const auto& part : parts) sum = sum * 5 + (part.empty() ? -1 : part.front());
  std::array<std::int32_t*, 2> both{&local.a[0], &local.a[3]};
  std::swap(both[0], both[1]);
  *both[0] ^= 99;
  const std::int32_t(*row)[4] = &big[i].a;
  out[i] = sum + local.a[3] + (*row)[1];
}

struct float4 {
  float x, y;
};
float dot(float4 a, float4 b) { return a.x * b.x + a.y * b.y; }
float divide_int32(float a) { return a / 3; }

// Names that other languages, their libraries and kernelc's own texts use.
DOTCOMPUTE_KERNEL void barrier(std::span<const float> in, std::span<float> kernel, std::int32_t global) {
  const std::size_t get_global_id = global_id();
  if (get_global_id >= kernel.size()) return;
  const float4 half{in[get_global_id], 2};
  const float index_t = dot(half, half), sqrt = std::sqrt(4.0f), id_x = 3, grid_x = 4, in_size = 5, in_begin = 6;
  const std::int32_t value = 3 / global, value_2 = global++ + value, before = global--;
  const float local = divide_int32(index_t) * sqrt, place = 7, self = 8, padding0 = 9, threadIdx = 10, device = 11;
  kernel[get_global_id] = local + id_x + grid_x + in_size + in_begin + place + self + padding0 + threadIdx + device +
                          static_cast<float>(before % 7 + value_2 % 5);
}

std::size_t flat() { return (global_id<2>() * global_size<1>() + global_id<1>()) * global_size<0>() + global_id<0>(); }
template <int D>
std::size_t is_last() {
  return global_id<D>() + 1 == global_size<D>();
}

// Functions that ask for the item, some for one dimension and some for all.
DOTCOMPUTE_KERNEL void positions(std::span<std::uint64_t> out) {
  const std::size_t at = flat();
  if (at < out.size()) out[at] = at * 8 + is_last<0>() + 2 * is_last<1>() + 4 * is_last<2>() + (global_size<2>() << 40);
}

constexpr struct {
  std::int32_t n;
  float w[2];
  bool ok;
  struct {
    double d;
  } inner;
} anonymous[] = {{1, {2, 3}, true, {4.5}}, {6765, {}, false, {}}};

// Types without names, and types within a function.
DOTCOMPUTE_KERNEL void anonymous_types(std::span<const std::uint32_t> in, std::span<double> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const auto& entry = anonymous[in[i] & 1];
  struct Local {
    double x;
    std::int32_t y;
  };
  const Local local{entry.inner.d, entry.n};
  auto copy = entry;
  copy.w[1] += 5;
  const auto* p = &anonymous[0];
  p += in[i] & 1;
  out[i] = local.x + local.y + static_cast<double>(copy.w[1] + (p->ok ? p->w[0] : -1));
}

}  // namespace suite::translation
