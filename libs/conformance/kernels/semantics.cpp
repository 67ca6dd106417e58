// What C++ says about expressions and statements where a compiler of a part of it is likely to be wrong.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include <dotcompute/kernel.hpp>

#include "instantiate.hpp"

// g++ 12 warns of what C++17 has ordered.
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wsequence-point"
#endif

namespace suite::semantics {

using dotcompute::global_id;

// One evaluation of each operand, and the right side of an assignment before the left.
DOTCOMPUTE_KERNEL void evaluation_order(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::int32_t a[4] = {in[i], 2, 3, 4};
  std::size_t k = 0;
  a[k++] += static_cast<std::int32_t>(k);
  a[k++] *= a[k - 1] + 5;
  a[--k] <<= 2;
  (a[2] += 7) -= a[k++];
  std::int32_t n = in[i];
  ++(++n);
  const std::int32_t before = n++;
  (n > 0 ? a[3] : a[0]) = before + a[(++k, k - 1) % 4];
  std::int32_t turns = 0;
  while (turns++ < 3) n ^= a[turns] + turns;
  for (std::int32_t left = 5; left-- > 0;) n = n * 3 + left;
  out[i] = n + a[0] + 3 * a[1] + 5 * a[2] + 7 * a[3] + static_cast<std::int32_t>(k) * 11;
}

struct Counter {
  std::int32_t value = 0;
  std::int32_t next() { return ++value; }
  Counter& operator+=(std::int32_t more) {
    value = value * 3 + more;
    return *this;
  }
  std::int32_t operator<<(std::int32_t more) const { return value * 100 + more; }
};

// Operators that are functions are evaluated as the built-in ones are.
DOTCOMPUTE_KERNEL void operator_order(std::span<const std::int16_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  Counter counters[3] = {{in[i]}, {1}, {}};
  std::size_t k = 0;
  counters[k++] += static_cast<std::int32_t>(k * 10);
  counters[k] += counters[k].next();
  Counter last = counters[0];
  const std::int32_t shifted = Counter{last.next()} << last.next();
  last = (counters[2] = counters[1], Counter{shifted});
  out[i] = last.value + counters[0].value * 7 + counters[1].value * 11 + counters[2].value * 13 +
           static_cast<std::int32_t>(k);
}

// The right operand of && and || is not evaluated when the left one decides: here it would read out of range.
DOTCOMPUTE_KERNEL void short_circuit(std::span<const float> in, std::span<const std::uint32_t> at,
                                     std::span<float> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const std::size_t far = at[i];
  float value = far < in.size() && in[far] > 0.0f ? in[far] : -1.0f;
  if (far >= in.size() || in[far] != in[far] || in[far] < 2.0f) value += 0.5f;
  bool touched = false;
  if (far % 2 == 0 && (touched = true)) value += 0.25f;
  touched ? (void)(value *= 2.0f) : (void)0;
  out[i] = touched ? value : far % 3 == 0 ? value - 1.0f : far % 5 == 0 ? value - 2.0f : 0.0f;
}

// Promotions and conversions of narrow types; `?:`, shifts, ~ and - on them give an int.
template <class T>
DOTCOMPUTE_KERNEL void promotions(std::span<const T> a, std::span<const T> b, std::span<std::int64_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const T x = a[i];
  const T y = b[i];
  std::int64_t sum = static_cast<std::int64_t>(~x) + static_cast<std::int64_t>(-x);
  sum += (x < y) + 2 * (static_cast<unsigned>(x) < static_cast<unsigned>(y)) + 4 * !x;
  sum ^= static_cast<std::int64_t>(static_cast<std::uint16_t>(x)) * static_cast<std::int8_t>(y);
  sum += static_cast<std::int64_t>((x << 3) - (y >> 2) + (x % T(13)) - (T(0) - y) / T(3));
  T narrow = x;
  narrow = static_cast<T>(narrow + 200);
  narrow >>= 1;
  narrow |= static_cast<T>(y & 3);
  narrow ^= static_cast<T>(x > y);
  sum += narrow++;
  out[i] = sum + --narrow;
}
#define I(T) template void promotions<T>(std::span<const T>, std::span<const T>, std::span<std::int64_t>);
FOR_INTEGERS(I)
#undef I

// Character types and literals in every spelling.
DOTCOMPUTE_KERNEL void characters(std::span<const std::uint8_t> in, char c, wchar_t w, char16_t u, char8_t v,
                                  std::span<std::int64_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const char narrow = static_cast<char>(in[i]);
  std::int64_t sum = narrow + 'a' + '\xff' + c / 3 + static_cast<unsigned char>(narrow);
  sum += static_cast<std::int64_t>(w % 1000) + u + v + u'\u20ac' + static_cast<std::int64_t>(L'z');
  sum += narrow >= '0' && narrow <= '9' ? narrow - '0' : -1;
  sum += 1'000'000 + 0b1011 + 0777 + 0xFFu + static_cast<std::int64_t>(0x1.8p+4 * 10.0);
  out[i] = sum;
}

DOTCOMPUTE_KERNEL void truths(std::span<const bool> a, std::span<const std::int8_t> b, bool third,
                              std::span<std::int32_t> out, std::span<bool> flags) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  bool t = a[i];
  t |= b[i] > 3;
  t ^= third;
  t &= b[i] != 7;
  const bool from_number = b[i];
  const float half = static_cast<float>(b[i]) * 0.5f;
  const bool from_float = half;
  out[i] = t + 2 * from_number + 4 * from_float + (t == third) * 8 + (a[i] < third) * 16 + ~static_cast<int>(t) + -t;
  flags[i] = (a[i] ? t : from_number) != (third || a[i]);
}

enum class Color : std::uint8_t { red = 1, green = 200, blue };
enum Plain { low = -5, high = 7 };

Color next(Color color) {
  switch (color) {
    case Color::red: return Color::green;
    case Color::green: return Color::blue;
    case Color::blue: return Color::red;
  }
  return Color::red;
}

DOTCOMPUTE_KERNEL void enumerations(std::span<const std::uint32_t> in, std::span<std::int32_t> out) {
  using enum Color;
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  Color color = in[i] % 3 == 0 ? red : in[i] % 3 == 1 ? green : blue;
  for (std::uint32_t k = 0; k < in[i] % 4; ++k) color = next(color);
  const Plain plain = color > red ? high : low;
  std::int32_t sum = plain * 3 + static_cast<std::int32_t>(color);
  switch (const std::uint32_t kind = in[i] % 6; kind) {
    case 0: sum += 1; break;
    case 1: {
      const std::int32_t own = 40;
      sum += own;
    }
      [[fallthrough]];
    case 2:
    case 3: sum += static_cast<std::int32_t>(kind); break;
    default:
      if (sum > 100) break;
      sum = -sum;
  }
  switch (static_cast<std::int64_t>(in[i]) - 2'147'483'648) {
    case -2'147'483'648: sum += 1; break;
    case 2'147'483'647: sum += 2; break;
    default: break;
  }
  switch (std::uint64_t{in[i]} | 0x8000'0000'0000'0000u) {
    case 0xFFFF'FFFF'0000'0000u: sum += 4; break;
    case 0x8000'0000'0000'0000u: sum += 8; break;
    default: break;
  }
  out[i] = sum;
}

// `continue` goes to the condition of a do-while, to the step of a for, and out of a switch to the loop around it.
DOTCOMPUTE_KERNEL void loops(std::span<const std::uint32_t> in, std::span<std::uint32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::uint32_t sum = 0;
  std::uint32_t n = in[i] % 20;
  do {
    if (n % 3 == 0) continue;
    sum += n;
    if (sum > 60) break;
  } while (n-- > 1);
  for (std::uint32_t k = 0;; ++k) {
    if (k == 3) continue;
    if (k > 6) break;
    switch (k) {
      case 1: continue;
      case 2: break;
      default: sum += k; continue;
    }
    sum += 100;
  }
  std::uint32_t rest = in[i] % 9;
  while (const std::uint32_t half = rest / 2) {
    rest -= half;
    if (half == 2) continue;
    sum += half;
  }
  for (std::uint32_t k = 4; const std::uint32_t twice = k + k - 2; --k) {
    if (twice == 4) continue;
    sum += twice;
  }
  if (const std::uint32_t n = sum % 5; n > 2) {
    const std::uint32_t sum = 1000;
    out[i] = sum + n;
  } else if (const bool odd = n % 2) {
    out[i] = odd + rest;
  } else {
    out[i] = n + sum;
  }
  for (std::uint32_t row = 0; row < 4; ++row) {
    for (std::uint32_t column = 0; column < 4; ++column) {
      if (column > row) break;
      if ((row + column) % 2 != 0) continue;
      out[i] += row * column;
    }
  }
}

// Between 64-bit integers and floating point, within range; comparisons with NaN; the two zeros.
template <class T>
DOTCOMPUTE_KERNEL void floating_point(std::span<const T> x, std::span<const std::int64_t> s,
                                      std::span<const std::uint64_t> u, std::span<T> out,
                                      std::span<std::int64_t> whole) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const T v = x[i];
  const T bounded = std::fabs(v) < T(1e6) ? v : T(-12.75);
  T sum = static_cast<T>(s[i]) + static_cast<T>(u[i]);
  sum += static_cast<T>(static_cast<std::uint64_t>(std::fabs(bounded) * T(1e12)));
  sum -= static_cast<float>(s[i] >> 20) + T(0x1.fp-3);
  std::int64_t flags = static_cast<std::int64_t>(bounded) + static_cast<std::int8_t>(bounded / T(1e5));
  flags += (v < v) + 2 * (v == v) + 4 * !(v >= T(0)) + 8 * (v != T(0)) + 16 * (v > sum || v <= sum);
  const T zero = v * T(0);
  flags += std::signbit(zero) && zero == T(0) ? 32 : 0;
  flags += std::signbit(-std::fabs(bounded) * T(0)) ? 64 : 0;
  if (v) flags += 128;
  out[i] = (v < T(0) ? -v : +v) - sum;
  whole[i] = flags;
}
#define I(T)                                                                                                         \
  template void floating_point<T>(std::span<const T>, std::span<const std::int64_t>, std::span<const std::uint64_t>, \
                                  std::span<T>, std::span<std::int64_t>);
FOR_FLOATS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void bit_functions(std::span<const T> in, std::span<T> out, std::span<std::int32_t> counts) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const T v = in[i];
  counts[i] = std::popcount(v) + 2 * std::countl_zero(v) + 3 * std::countr_zero(v) + 5 * std::countl_one(v) +
              7 * std::countr_one(v) + 11 * static_cast<std::int32_t>(std::bit_width(v)) + std::has_single_bit(v);
  const T small = static_cast<T>(v % T(100));
  out[i] = static_cast<T>(std::rotl(v, counts[i] % 70) + std::rotr(v, -3) + std::bit_floor(v) + std::bit_ceil(small));
}
#define I(T) template void bit_functions<T>(std::span<const T>, std::span<T>, std::span<std::int32_t>);
FOR_UNSIGNED_INTEGERS(I)
#undef I

DOTCOMPUTE_KERNEL void absolutes(std::span<const std::int64_t> l, std::span<const float> f, std::span<const double> d,
                                 std::span<double> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const auto narrow = static_cast<std::int32_t>(l[i] % 1000);
  const std::int64_t bounded = l[i] / 2;
  out[i] = static_cast<double>(std::abs(narrow)) + static_cast<double>(std::abs(bounded)) +
           static_cast<double>(std::abs(f[i])) - std::abs(d[i]);
}

// std::min and std::max give back one of their arguments, not a copy: an assignment through them reaches it.
DOTCOMPUTE_KERNEL void identities(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::int32_t a = in[i];
  std::int32_t b = 17;
  const std::int32_t* smaller = &std::min(a, b);
  if (smaller == &a) b = -b;
  const_cast<std::int32_t&>(std::max(a, b)) = 5;
  const std::int32_t& held = a + 1;  // the temporary lives as long as its reference
  const std::int32_t copy = held * 2;
  std::int32_t&& moved = std::move(a);
  moved += copy;
  b = std::exchange(a, b);
  out[i] = a * 3 + b;
}

}  // namespace suite::semantics
