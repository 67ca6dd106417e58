#pragma once

/// The functions of <cmath> in a precision in which they are as good as exact: for float the C library's long double,
/// for double its numbers of 128 bits.

#include <array>
#include <span>
#include <string_view>

namespace accuracy {

#if defined(__x86_64__)
__extension__ typedef __float128 Quad;
#else
using Quad = long double;  // which has as many bits
#endif

/// The type in which a result of T's function is exact enough.
template <class T>
struct WideOf;
template <>
struct WideOf<float> {
  using Type = long double;
};
template <>
struct WideOf<double> {
  using Type = Quad;
};
template <class T>
using Wide = typename WideOf<T>::Type;

/// A function, with up to three operands; those that it does not have are ignored.
struct Function {
  std::string_view name;
  int operands = 1;
  long double (*of_float)(long double, long double, long double) = nullptr;
  Quad (*of_double)(Quad, Quad, Quad) = nullptr;

  template <class T>
  [[nodiscard]] Wide<T> exact(const std::array<T, 3>& x) const {
    if constexpr (sizeof(T) == sizeof(float)) {
      return of_float(x[0], x[1], x[2]);
    } else {
      return of_double(x[0], x[1], x[2]);
    }
  }
};

/// All functions of the kernel language that give a number of the type that they take, by name.
[[nodiscard]] std::span<const Function> functions() noexcept;

}  // namespace accuracy
