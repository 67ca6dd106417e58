#include "exact.hpp"

#include <cmath>
#include <vector>

#include <math.h>

// clang-format off: a list of macros has no layout of its own
#define FOR_UNARY(X)                                                                                               \
  X(acos) X(acosh) X(asin) X(asinh) X(atan) X(atanh) X(cbrt) X(ceil) X(cos) X(cosh) X(erf) X(erfc) X(exp) X(exp2)  \
  X(expm1) X(fabs) X(floor) X(lgamma) X(log) X(log10) X(log1p) X(log2) X(logb) X(nearbyint) X(rint) X(round)       \
  X(sin) X(sinh) X(sqrt) X(tan) X(tanh) X(tgamma) X(trunc)
#define FOR_BINARY(X) X(atan2) X(copysign) X(fdim) X(fmax) X(fmin) X(fmod) X(hypot) X(pow) X(remainder)
// clang-format on

#if defined(__x86_64__)
// The C library has these; its header declares them for some compilers only.
#define QUAD(name) ::name##f128
#define DECLARE(name) accuracy::Quad name##f128(accuracy::Quad) noexcept;
#define DECLARE_OF_TWO(name) accuracy::Quad name##f128(accuracy::Quad, accuracy::Quad) noexcept;
extern "C" {
FOR_UNARY(DECLARE)
FOR_BINARY(DECLARE_OF_TWO)
accuracy::Quad fmaf128(accuracy::Quad, accuracy::Quad, accuracy::Quad) noexcept;
accuracy::Quad frexpf128(accuracy::Quad, int*) noexcept;
accuracy::Quad ldexpf128(accuracy::Quad, int) noexcept;
accuracy::Quad modff128(accuracy::Quad, accuracy::Quad*) noexcept;
int ilogbf128(accuracy::Quad) noexcept;
}
#else
#define QUAD(name) ::name##l
#endif

namespace accuracy {

namespace {

int exponent_from(long double x) { return x >= -5000 && x <= 5000 ? static_cast<int>(x) : 0; }

template <class W>
W small(W x) {
  const W limit = static_cast<W>(1 << 30);
  return x < limit && x > -limit ? x : static_cast<W>(0.5);
}

template <class W>
bool is_number(W x) {
  return x - x == 0;
}

// clang-format off: tables
#define UNARY(name)                                                               \
  {#name, 1, [](long double x, long double, long double) { return ::name##l(x); }, \
   [](Quad x, Quad, Quad) { return QUAD(name)(x); }},
#define BINARY(name)                                                                   \
  {#name, 2, [](long double x, long double y, long double) { return ::name##l(x, y); }, \
   [](Quad x, Quad y, Quad) { return QUAD(name)(x, y); }},
#define SCALING(name)                                                                                    \
  {#name, 2, [](long double x, long double y, long double) { return ::ldexpl(x, exponent_from(y)); },     \
   [](Quad x, Quad y, Quad) { return QUAD(ldexp)(x, exponent_from(static_cast<long double>(y))); }},
// An integer has no zero with a sign.
#define TO_INTEGER(name, rounding)                                                                \
  {#name, 1, [](long double x, long double, long double) { return ::rounding##l(small(x)) + 0; }, \
   [](Quad x, Quad, Quad) { return QUAD(rounding)(small(x)) + 0; }},
// clang-format on

/// The next number of the narrow type.
Function next_after() {
  return {"nextafter", 2,
          [](long double x, long double y, long double) {
            return static_cast<long double>(::nextafterf(static_cast<float>(x), static_cast<float>(y)));
          },
          [](Quad x, Quad y, Quad) {
            return static_cast<Quad>(::nextafter(static_cast<double>(x), static_cast<double>(y)));
          }};
}

Function fraction() {
  return {"modf", 1,
          [](long double x, long double, long double) {
            long double whole = 0;
            return ::modfl(x, &whole);
          },
          [](Quad x, Quad, Quad) {
            Quad whole = 0;
            return QUAD(modf)(x, &whole);
          }};
}

Function significand() {
  return {"frexp", 1,
          [](long double x, long double, long double) {
            int exponent = 0;
            return ::frexpl(x, &exponent);
          },
          [](Quad x, Quad, Quad) {
            int exponent = 0;
            return QUAD(frexp)(x, &exponent);
          }};
}

Function exponent() {
  return {"ilogb", 1,
          [](long double x, long double, long double) {
            return is_number(x) && x != 0 ? static_cast<long double>(::ilogbl(x)) : 0;
          },
          [](Quad x, Quad, Quad) { return is_number(x) && x != 0 ? static_cast<Quad>(QUAD(ilogb)(x)) : 0; }};
}

Function rest_of_division() {
  return {"remquo", 2, [](long double x, long double y, long double) { return ::remainderl(x, y); },
          [](Quad x, Quad y, Quad) { return QUAD(remainder)(x, y); }};
}

/// A product of two floats is exact in long double; the sum is rounded once more, far below a float's last place.
Function multiply_add() {
  return {"fma", 3, [](long double x, long double y, long double z) { return x * y + z; },
          [](Quad x, Quad y, Quad z) { return QUAD(fma)(x, y, z); }};
}

const std::vector<Function>& all() {
  // clang-format off: a list of macros has no layout of its own
  static const std::vector<Function> list = {
      FOR_UNARY(UNARY) FOR_BINARY(BINARY)
      SCALING(ldexp) SCALING(scalbn) SCALING(scalbln)
      TO_INTEGER(lrint, rint) TO_INTEGER(llrint, rint) TO_INTEGER(lround, round) TO_INTEGER(llround, round)
      next_after(), fraction(), significand(), exponent(), rest_of_division(), multiply_add()};
  // clang-format on
  return list;
}

}  // namespace

std::span<const Function> functions() noexcept { return all(); }

}  // namespace accuracy
