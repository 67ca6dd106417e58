// Kernels of plain arithmetic, one element per item.
#include <algorithm>
#include <type_traits>

#include <dotcompute/kernel.hpp>

#include "instantiate.hpp"

namespace suite {

using dotcompute::global_id;
using dotcompute::global_size;

template <class T>
DOTCOMPUTE_KERNEL void copy(std::span<const T> in, std::span<T> out) {
  const std::size_t i = global_id();
  if (i < out.size() && i < in.size()) out[i] = in[i];
}
#define I(T) template void copy<T>(std::span<const T>, std::span<T>);
FOR_ALL(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void fill(T value, std::span<T> out) {
  const std::size_t i = global_id();
  if (i < out.size()) out[i] = value;
}
#define I(T) template void fill<T>(T, std::span<T>);
FOR_ALL(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void add(std::span<const T> a, std::span<const T> b, std::span<T> out) {
  const std::size_t i = global_id();
  if (i < out.size()) out[i] = static_cast<T>(a[i] + b[i]);
}
#define I(T) template void add<T>(std::span<const T>, std::span<const T>, std::span<T>);
FOR_NUMBERS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void saxpy(T a, std::span<const T> x, std::span<T> y) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = static_cast<T>(a * x[i] + y[i]);
}
#define I(T) template void saxpy<T>(T, std::span<const T>, std::span<T>);
FOR_NUMBERS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void polynomial(std::span<const T> x, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const T v = x[i];
  out[i] = static_cast<T>(((v - T(3)) * v + T(7)) * v - v / T(5));
}
#define I(T) template void polynomial<T>(std::span<const T>, std::span<T>);
FOR_NUMBERS(I)
#undef I

// Divisors are random, so that some are zero and some are -1: no trap, and one value everywhere.
template <class T>
DOTCOMPUTE_KERNEL void divide(std::span<const T> a, std::span<const T> b, std::span<T> quotient) {
  const std::size_t i = global_id();
  if (i < quotient.size()) quotient[i] = static_cast<T>(a[i] / b[i]);
}
#define I(T) template void divide<T>(std::span<const T>, std::span<const T>, std::span<T>);
FOR_NUMBERS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void remainder(std::span<const T> a, std::span<T> b) {
  const std::size_t i = global_id();
  if (i < b.size()) b[i] = static_cast<T>(a[i] % b[i]);
}
#define I(T) template void remainder<T>(std::span<const T>, std::span<T>);
FOR_INTEGERS(I)
#undef I

// Shift counts beyond the width are unspecified, and the same everywhere all the same.
template <class T>
DOTCOMPUTE_KERNEL void shifts(std::span<const T> a, std::span<const std::uint8_t> count, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  out[i] = static_cast<T>((a[i] << (count[i] % 70)) ^ (a[i] >> (count[i] % 9)));
}
#define I(T) template void shifts<T>(std::span<const T>, std::span<const std::uint8_t>, std::span<T>);
FOR_INTEGERS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void bits(std::span<const T> a, std::span<const T> b, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  T value = static_cast<T>((a[i] & b[i]) | (~a[i] ^ b[i]));
  value ^= static_cast<T>(a[i] >> 1);
  value |= T(1);
  out[i] = value;
}
#define I(T) template void bits<T>(std::span<const T>, std::span<const T>, std::span<T>);
FOR_INTEGERS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void steps(std::span<T> values) {
  const std::size_t i = global_id();
  if (i >= values.size()) return;
  T v = values[i];
  const T before = v++;
  const T after = --v;
  v += T(2);
  v -= before;
  v *= T(3);
  values[i] = static_cast<T>(-v + after);
}
#define I(T) template void steps<T>(std::span<T>);
FOR_NUMBERS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void order(std::span<const T> a, std::span<const T> b, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const T low = std::min(a[i], b[i]);
  const T high = std::max(a[i], b[i]);
  out[i] = std::clamp(static_cast<T>(a[i] / T(2)), low, std::max(low, high));
}
#define I(T) template void order<T>(std::span<const T>, std::span<const T>, std::span<T>);
FOR_NUMBERS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void compare(std::span<const T> a, std::span<const T> b, std::span<std::uint8_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  unsigned mask = 0;
  if (a[i] == b[i]) mask |= 1;
  if (a[i] != b[i]) mask |= 2;
  if (a[i] < b[i]) mask |= 4;
  if (a[i] <= b[i]) mask |= 8;
  if (!(a[i] > b[i])) mask |= 16;
  if (a[i] >= b[i] && a[i] != T(0)) mask |= 32;
  if (a[i] || b[i]) mask |= 64;
  out[i] = static_cast<std::uint8_t>(mask);
}
#define I(T) template void compare<T>(std::span<const T>, std::span<const T>, std::span<std::uint8_t>);
FOR_ALL(I)
#undef I

// Every conversion into T that C++ defines: floating-point values are brought into range first.
template <class T>
DOTCOMPUTE_KERNEL void convert(std::span<const float> f, std::span<const double> d, std::span<const std::int8_t> s,
                               std::span<const std::uint16_t> u, std::span<const std::int64_t> w, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const float narrow = f[i] >= 0.0f && f[i] < 100.0f ? f[i] : 1.5f;
  const double wide = d[i] >= 0.0 && d[i] < 100.0 ? d[i] : 2.5;
  T sum = static_cast<T>(narrow);
  sum = static_cast<T>(sum ^ static_cast<T>(wide));
  sum = static_cast<T>(sum + static_cast<T>(s[i]) + static_cast<T>(u[i]) * static_cast<T>(w[i]));
  out[i] = sum;
}
#define I(T)                                                                                              \
  template void convert<T>(std::span<const float>, std::span<const double>, std::span<const std::int8_t>, \
                           std::span<const std::uint16_t>, std::span<const std::int64_t>, std::span<T>);
FOR_INTEGERS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void from_integers(std::span<const std::int32_t> a, std::span<const std::uint64_t> b,
                                     std::span<const bool> c, std::span<T> out) {
  const std::size_t i = global_id();
  if (i < out.size()) out[i] = static_cast<T>(a[i]) - static_cast<T>(b[i]) + static_cast<T>(c[i]);
}
#define I(T)                                                                                                           \
  template void from_integers<T>(std::span<const std::int32_t>, std::span<const std::uint64_t>, std::span<const bool>, \
                                 std::span<T>);
FOR_FLOATS(I)
#undef I

DOTCOMPUTE_KERNEL void truth(std::span<const bool> a, std::span<const bool> b, std::span<bool> out) {
  const std::size_t i = global_id();
  if (i < out.size()) out[i] = (a[i] && !b[i]) || (a[i] ^ b[i] && i % 3 == 0);
}

}  // namespace suite
