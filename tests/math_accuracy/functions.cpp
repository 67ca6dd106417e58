// Functions of <cmath> that the suite's kernels use only together with others, one in each kernel. What C leaves open,
// such as the integer next to an infinity, is left out.
#include <cmath>

#include <dotcompute/kernel.hpp>

namespace accuracy {

using dotcompute::global_id;

template <class T>
inline int exponent_from(T x) {
  return x >= T(-5000) && x <= T(5000) ? static_cast<int>(x) : 0;
}

// Within the range of every integer that it may become.
template <class T>
inline T small(T x) {
  return std::fabs(x) < T(1 << 30) ? x : T(0.5);
}

#define OF_ONE(name, expression)                                      \
  template <class T>                                                  \
  DOTCOMPUTE_KERNEL void name(std::span<const T> a, std::span<T> y) { \
    const std::size_t i = global_id();                                \
    if (i >= y.size()) return;                                        \
    const T x = a[i];                                                 \
    y[i] = expression;                                                \
  }                                                                   \
  template void name(std::span<const float>, std::span<float>);       \
  template void name(std::span<const double>, std::span<double>);

#define OF_TWO(name, expression)                                                            \
  template <class T>                                                                        \
  DOTCOMPUTE_KERNEL void name(std::span<const T> a, std::span<const T> b, std::span<T> y) { \
    const std::size_t i = global_id();                                                      \
    if (i >= y.size()) return;                                                              \
    const T x = a[i];                                                                       \
    const T z = b[i];                                                                       \
    y[i] = expression;                                                                      \
  }                                                                                         \
  template void name(std::span<const float>, std::span<const float>, std::span<float>);     \
  template void name(std::span<const double>, std::span<const double>, std::span<double>);

// clang-format off: a list of macros has no layout of its own
OF_ONE(ilogb, std::isfinite(x) && x != T(0) ? static_cast<T>(std::ilogb(x)) : T(0))
OF_ONE(lrint, static_cast<T>(std::lrint(small(x))))
OF_ONE(llrint, static_cast<T>(std::llrint(small(x))))
OF_ONE(lround, static_cast<T>(std::lround(small(x))))
OF_ONE(llround, static_cast<T>(std::llround(small(x))))
OF_TWO(ldexp, std::ldexp(x, exponent_from(z)))
OF_TWO(scalbn, std::scalbn(x, exponent_from(z)))
OF_TWO(scalbln, std::scalbln(x, static_cast<long>(exponent_from(z))))
// clang-format on

template <class T>
DOTCOMPUTE_KERNEL void frexp(std::span<const T> x, std::span<T> y) {
  const std::size_t i = global_id();
  int exponent = 0;
  if (i < y.size()) y[i] = std::frexp(x[i], &exponent);
}
template void frexp(std::span<const float>, std::span<float>);
template void frexp(std::span<const double>, std::span<double>);

template <class T>
DOTCOMPUTE_KERNEL void modf(std::span<const T> x, std::span<T> y) {
  const std::size_t i = global_id();
  T whole = 0;
  if (i < y.size()) y[i] = std::modf(x[i], &whole);
}
template void modf(std::span<const float>, std::span<float>);
template void modf(std::span<const double>, std::span<double>);

template <class T>
DOTCOMPUTE_KERNEL void remquo(std::span<const T> a, std::span<const T> b, std::span<T> y) {
  const std::size_t i = global_id();
  int quotient = 0;
  if (i < y.size()) y[i] = std::remquo(a[i], b[i], &quotient);
}
template void remquo(std::span<const float>, std::span<const float>, std::span<float>);
template void remquo(std::span<const double>, std::span<const double>, std::span<double>);

template <class T>
DOTCOMPUTE_KERNEL void fma(std::span<const T> a, std::span<const T> b, std::span<const T> c, std::span<T> y) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = std::fma(a[i], b[i], c[i]);
}
template void fma(std::span<const float>, std::span<const float>, std::span<const float>, std::span<float>);
template void fma(std::span<const double>, std::span<const double>, std::span<const double>, std::span<double>);

}  // namespace accuracy
