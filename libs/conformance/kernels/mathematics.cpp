// The functions of <cmath>.
#include <cmath>

#include <dotcompute/kernel.hpp>

#include "instantiate.hpp"

namespace suite {

using dotcompute::global_id;

#define UNARY(name)                                                    \
  template <class T>                                                   \
  DOTCOMPUTE_KERNEL void name(std::span<const T> x, std::span<T> y) {  \
    const std::size_t i = global_id();                                 \
    if (i < y.size()) y[i] = std::name(x[i]);                          \
  }                                                                    \
  template void name<float>(std::span<const float>, std::span<float>); \
  template void name<double>(std::span<const double>, std::span<double>);

// clang-format off: a list of macros has no layout of its own
namespace math {
UNARY(sqrt) UNARY(fabs) UNARY(floor) UNARY(ceil) UNARY(trunc) UNARY(round) UNARY(rint) UNARY(nearbyint)
UNARY(sin) UNARY(cos) UNARY(tan) UNARY(asin) UNARY(acos) UNARY(atan) UNARY(sinh) UNARY(cosh) UNARY(tanh)
UNARY(asinh) UNARY(acosh) UNARY(atanh) UNARY(exp) UNARY(exp2) UNARY(expm1) UNARY(log) UNARY(log2) UNARY(log10)
UNARY(log1p) UNARY(cbrt) UNARY(erf) UNARY(erfc) UNARY(tgamma) UNARY(lgamma) UNARY(logb)
}  // namespace math
// clang-format on

#define BINARY(name)                                                                           \
  template <class T>                                                                           \
  DOTCOMPUTE_KERNEL void name(std::span<const T> a, std::span<const T> b, std::span<T> y) {    \
    const std::size_t i = global_id();                                                         \
    if (i < y.size()) y[i] = std::name(a[i], b[i]);                                            \
  }                                                                                            \
  template void name<float>(std::span<const float>, std::span<const float>, std::span<float>); \
  template void name<double>(std::span<const double>, std::span<const double>, std::span<double>);

// clang-format off: a list of macros has no layout of its own
namespace math {
BINARY(pow) BINARY(atan2) BINARY(fmod) BINARY(remainder) BINARY(hypot) BINARY(fmin) BINARY(fmax) BINARY(fdim)
BINARY(copysign) BINARY(nextafter)
}  // namespace math
// clang-format on

template <class T>
DOTCOMPUTE_KERNEL void multiply_add(std::span<const T> a, std::span<const T> b, std::span<T> y) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = std::fma(a[i], b[i], y[i]) - a[i] * b[i];
}
#define I(T) template void multiply_add<T>(std::span<const T>, std::span<const T>, std::span<T>);
FOR_FLOATS(I)
#undef I

// Rounding to integers, classification, and functions with two results.
template <class T>
DOTCOMPUTE_KERNEL void anatomy(std::span<const T> x, std::span<std::int64_t> whole, std::span<T> parts) {
  const std::size_t i = global_id();
  if (i >= parts.size()) return;
  const T v = x[i];
  std::int64_t flags = 0;
  if (std::isnan(v)) flags |= 1;
  if (std::isinf(v)) flags |= 2;
  if (std::isfinite(v)) flags |= 4;
  if (std::isnormal(v)) flags |= 8;
  if (std::signbit(v)) flags |= 16;
  if (std::isless(v, T(1)) || std::isgreaterequal(v, T(5)) || std::isunordered(v, T(2))) flags |= 32;
  const T bounded = std::fabs(v) < T(1000) ? v : T(7.5);
  flags += 64 * (std::lround(bounded) + std::llrint(bounded) + std::ilogb(bounded + T(2000)));
  whole[i] = flags;
  int exponent = 0;
  T integral = 0;
  const T fraction = std::frexp(bounded, &exponent);
  const T rest = std::modf(bounded, &integral);
  parts[i] = std::ldexp(fraction, exponent % 8) + std::scalbn(rest, 3) + integral;
}
#define I(T) template void anatomy<T>(std::span<const T>, std::span<std::int64_t>, std::span<T>);
FOR_FLOATS(I)
#undef I

template <class T>
T within(T value, T low, T high) {
  return value >= low && value <= high ? value : (low + high) / 2;
}

// Many functions in one formula. The arguments are kept where their errors do not grow beyond all bounds.
template <class T>
DOTCOMPUTE_KERNEL void black_scholes(std::span<const T> price, std::span<const T> strike, std::span<T> call, T rate,
                                     T volatility) {
  const std::size_t i = global_id();
  if (i >= call.size()) return;
  const T s = within(std::fabs(price[i]), T(1), T(1000));
  const T k = within(std::fabs(strike[i]), T(1), T(1000));
  const T r = within(rate, T(0), T(0.125));
  const T v = within(volatility, T(0.25), T(0.5));
  const T years = T(0.5);
  const T root = v * std::sqrt(years);
  const T d1 = (std::log(s / k) + (r + v * v / 2) * years) / root;
  const T d2 = d1 - root;
  const T n1 = T(0.5) * std::erfc(-d1 / std::sqrt(T(2)));
  const T n2 = T(0.5) * std::erfc(-d2 / std::sqrt(T(2)));
  call[i] = s * n1 - k * std::exp(-r * years) * n2;
}
#define I(T) template void black_scholes<T>(std::span<const T>, std::span<const T>, std::span<T>, T, T);
FOR_FLOATS(I)
#undef I

}  // namespace suite
