// seed 5 size 33 grid 33 1 1 groups 0 0 0 0
// A minus of a minus became the operator --.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <dotcompute/kernel.hpp>

namespace fuzz {
// The conversions that C++ defines; 0 for all others, whose values differ between devices.
template <class To, class From>
inline To to_integer(From x) {
  constexpr int bits = std::numeric_limits<To>::digits;
  constexpr From beyond = From(std::uint64_t{1} << (bits - 1)) * From(2);
  constexpr From least = std::is_signed_v<To> ? -beyond : From(0);
  return x >= least && x < beyond ? static_cast<To>(x) : To(0);
}
// A number's bits; those of a NaN differ between devices.
template <class T>
inline auto bits(T x) {
  if constexpr (std::is_same_v<T, float>) {
    return x == x ? std::bit_cast<std::uint32_t>(x) : 0u;
  } else if constexpr (std::is_same_v<T, double>) {
    return x == x ? std::bit_cast<std::uint64_t>(x) : std::uint64_t{0};
  } else {
    return x;
  }
}
// The sign of a NaN differs between devices.
template <class T>
inline T number(T x) {
  return x == x ? x : T(1);
}
// What is stored in half precision; the bits of a NaN differ between devices.
inline dotcompute::half to_half(float x) { return dotcompute::half(number(x)); }
// Any element of a span as one of a matrix, or of a part of it.
template <class T>
inline T in_matrix(std::span<const T> elements, std::size_t columns, std::size_t row, std::size_t column) {
  columns = columns % elements.size() + 1;
  const dotcompute::matrix_view<const T> all(elements, elements.size() / columns, columns);
  if (!all.contains(row, column)) return all(row % all.rows(), column % columns);
  return all.submatrix(row, column, all.rows() - row, columns - column)(0, columns - column - 1);
}
// As one of a volume, or of one of its planes.
template <class T>
inline T in_volume(std::span<const T> elements, std::size_t columns, std::size_t rows, std::size_t plane,
                   std::size_t row, std::size_t column) {
  columns = columns % elements.size() + 1;
  rows = rows % (elements.size() / columns) + 1;
  const dotcompute::volume_view<const T> all(elements, elements.size() / columns / rows, rows, columns);
  if (all.contains(plane, row, column)) return all.plane(plane)(row, column);
  return all(plane % all.planes(), row % rows, column % columns);
}
// An item's own element as one of a matrix.
template <class T>
inline T& own(std::span<T> elements, std::size_t columns, std::size_t i) {
  if (elements.size() % columns != 0) columns = elements.size();
  const dotcompute::matrix_view<T> all(elements, elements.size() / columns, columns);
  return all(i / columns, i % columns);
}
template <class T>
inline T clamped(T x, T a, T b) {
  return std::clamp(x, std::min(a, b), std::max(a, b));
}
template <class T>
inline T least(T a, T b, T c) {
  return std::min({a, b, c});
}
}  // namespace fuzz

namespace minus_of_minus {
DOTCOMPUTE_KERNEL void kernel(std::span<const std::int32_t> in0, std::span<const float> in1,
                              std::span<std::int32_t> out0) {
  const std::size_t i = dotcompute::global_id<0>();
  if (i >= out0.size()) return;
  const float x = -(-in1[i]);
  out0[i] = -(-in0[i]) - -(-fuzz::to_integer<std::int32_t>(-(-x)));
}
}  // namespace minus_of_minus
