// Kernels that allow contraction and fast math; see accuracy.cpp for how near their results must be.
#include <array>
#include <cmath>

#include <dotcompute/kernel.hpp>

#include "instantiate.hpp"

namespace suite::fast {

using dotcompute::global_id;

// Numbers of ordinary size, so that results of about 1 do not come from cancellation.
template <class T>
T tame(T value) {
  const T size = value < 0 ? -value : value;
  return size >= T(0.25) && size < T(8) ? size : T(1.5);
}

template <class T>
T polynomial_of(T x) {
  constexpr std::array<T, 6> coefficients{T(0.5), T(0.25), T(0.125), T(0.0625), T(0.03125), T(0.015625)};
  T sum = 0;
  for (const T coefficient : coefficients) sum = sum * x / 8 + coefficient;
  return sum;
}

template <class T>
DOTCOMPUTE_KERNEL_FAST void polynomial(std::span<const T> x, std::span<T> y) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = polynomial_of(tame(x[i])) + tame(y[i]) / 16;
}

template <class T>
DOTCOMPUTE_KERNEL_FAST void functions(std::span<const T> x, std::span<T> y) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  const T a = tame(x[i]) / 4, b = tame(y[i]) / 4;
  y[i] = (std::sin(a) * std::cos(b) + std::exp(-a) + std::log(1 + b) + std::sqrt(a * a + b * b) + a / (a + b)) / 8 +
         std::pow(b, T(2)) / 8;
}

// A sum whose terms may be added in any order.
template <class T>
DOTCOMPUTE_KERNEL_FAST void mean(std::span<const T> x, std::span<T> y) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  T sum = 0;
  for (std::size_t k = 0; k < 32; ++k) sum += tame(x[(i + k) % x.size()]);
  y[i] = sum / 256;
}

// What a NaN or an infinity is stays so.
template <class T>
DOTCOMPUTE_KERNEL_FAST void classes(std::span<const T> x, std::span<std::int32_t> y) {
  const std::size_t i = global_id();
  if (i < y.size() && i < x.size()) y[i] = std::isnan(x[i]) * 4 + std::isinf(x[i]) * 2 + (x[i] > 1);
}

#define INSTANTIATE(T)                                           \
  template void polynomial<T>(std::span<const T>, std::span<T>); \
  template void functions<T>(std::span<const T>, std::span<T>);  \
  template void mean<T>(std::span<const T>, std::span<T>);       \
  template void classes<T>(std::span<const T>, std::span<std::int32_t>);
FOR_FLOATS(INSTANTIATE)

}  // namespace suite::fast
