#include "exact.hpp"

#include <cmath>
#include <vector>

#include <math.h>

#if defined(__x86_64__)
// The C library has these; its header declares them for some compilers only.
#define DECLARED(name)                                                   \
  extern "C" accuracy::Quad name##f128(accuracy::Quad) noexcept;         \
  namespace {                                                            \
  accuracy::Quad quad_##name(accuracy::Quad x) { return name##f128(x); } \
  }
#define DECLARED_OF_TWO(name)                                                                 \
  extern "C" accuracy::Quad name##f128(accuracy::Quad, accuracy::Quad) noexcept;              \
  namespace {                                                                                 \
  accuracy::Quad quad_##name(accuracy::Quad x, accuracy::Quad y) { return name##f128(x, y); } \
  }
extern "C" accuracy::Quad fmaf128(accuracy::Quad, accuracy::Quad, accuracy::Quad) noexcept;
extern "C" accuracy::Quad frexpf128(accuracy::Quad, int*) noexcept;
extern "C" accuracy::Quad ldexpf128(accuracy::Quad, int) noexcept;
extern "C" int ilogbf128(accuracy::Quad) noexcept;
namespace {
accuracy::Quad quad_fma(accuracy::Quad x, accuracy::Quad y, accuracy::Quad z) { return fmaf128(x, y, z); }
accuracy::Quad quad_frexp(accuracy::Quad x, int* exponent) { return frexpf128(x, exponent); }
accuracy::Quad quad_ldexp(accuracy::Quad x, int exponent) { return ldexpf128(x, exponent); }
int quad_ilogb(accuracy::Quad x) { return ilogbf128(x); }
}  // namespace
#else
#define DECLARED(name)                                                  \
  namespace {                                                           \
  accuracy::Quad quad_##name(accuracy::Quad x) { return ::name##l(x); } \
  }
#define DECLARED_OF_TWO(name)                                                                \
  namespace {                                                                                \
  accuracy::Quad quad_##name(accuracy::Quad x, accuracy::Quad y) { return ::name##l(x, y); } \
  }
namespace {
accuracy::Quad quad_fma(accuracy::Quad x, accuracy::Quad y, accuracy::Quad z) { return ::fmal(x, y, z); }
accuracy::Quad quad_frexp(accuracy::Quad x, int* exponent) { return ::frexpl(x, exponent); }
accuracy::Quad quad_ldexp(accuracy::Quad x, int exponent) { return ::ldexpl(x, exponent); }
int quad_ilogb(accuracy::Quad x) { return ::ilogbl(x); }
}  // namespace
#endif

#define FOR_UNARY(X)                                                                                                   \
  X(acos)                                                                                                              \
  X(acosh)                                                                                                             \
  X(asin) X(asinh) X(atan) X(atanh) X(cbrt) X(ceil) X(cos) X(cosh) X(erf) X(erfc) X(exp) X(exp2) X(expm1) X(fabs)      \
      X(floor) X(lgamma) X(log) X(log10) X(log1p) X(log2) X(logb) X(nearbyint) X(rint) X(round) X(sin) X(sinh) X(sqrt) \
          X(tan) X(tanh) X(tgamma) X(trunc)
#define FOR_BINARY(X) X(atan2) X(copysign) X(fdim) X(fmax) X(fmin) X(fmod) X(hypot) X(pow) X(remainder)

FOR_UNARY(DECLARED)
FOR_BINARY(DECLARED_OF_TWO)

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

#define UNARY(name)                                                                \
  {#name, 1, [](long double x, long double, long double) { return ::name##l(x); }, \
   [](Quad x, Quad, Quad) { return quad_##name(x); }},
#define BINARY(name)                                                                    \
  {#name, 2, [](long double x, long double y, long double) { return ::name##l(x, y); }, \
   [](Quad x, Quad y, Quad) { return quad_##name(x, y); }},
#define SCALING(name)                                                                                 \
  {#name, 2, [](long double x, long double y, long double) { return ::ldexpl(x, exponent_from(y)); }, \
   [](Quad x, Quad y, Quad) { return quad_ldexp(x, exponent_from(static_cast<long double>(y))); }},
#define TO_INTEGER(name, rounding)                                                                \
  {#name, 1, [](long double x, long double, long double) { return ::rounding##l(small(x)) + 0; }, \
   [](Quad x, Quad, Quad) { return quad_##rounding(small(x)) + 0; }},

const std::vector<Function>& all() {
  static const std::vector<Function> list = {
      FOR_UNARY(UNARY) FOR_BINARY(BINARY) SCALING(ldexp) SCALING(scalbn) SCALING(scalbln) TO_INTEGER(lrint, rint)
          TO_INTEGER(llrint, rint) TO_INTEGER(lround, round) TO_INTEGER(llround, round)
      // The next number of the narrow type.
      {"nextafter", 2,
       [](long double x, long double y, long double) {
         return static_cast<long double>(::nextafterf(static_cast<float>(x), static_cast<float>(y)));
       },
       [](Quad x, Quad y, Quad) {
         return static_cast<Quad>(::nextafter(static_cast<double>(x), static_cast<double>(y)));
       }},
      {"remquo", 2, [](long double x, long double y, long double) { return ::remainderl(x, y); },
       [](Quad x, Quad y, Quad) { return quad_remainder(x, y); }},
      {"fma", 3, [](long double x, long double y, long double z) { return static_cast<long double>(x * y + z); },
       [](Quad x, Quad y, Quad z) { return quad_fma(x, y, z); }},
      {"modf", 1,
       [](long double x, long double, long double) {
         long double whole = 0;
         return ::modfl(x, &whole);
       },
       [](Quad x, Quad, Quad) {
         const bool has_fraction = is_number(x);
         return has_fraction || x != x ? (x - quad_trunc(x) == 0 ? quad_copysign(0, x) : x - quad_trunc(x))
                                       : quad_copysign(0, x);
       }},
      {"frexp", 1,
       [](long double x, long double, long double) {
         int exponent = 0;
         return ::frexpl(x, &exponent);
       },
       [](Quad x, Quad, Quad) {
         int exponent = 0;
         return quad_frexp(x, &exponent);
       }},
      {"ilogb", 1,
       [](long double x, long double, long double) {
         return is_number(x) && x != 0 ? static_cast<long double>(::ilogbl(x)) : 0;
       },
       [](Quad x, Quad, Quad) { return is_number(x) && x != 0 ? static_cast<Quad>(quad_ilogb(x)) : 0; }},
  };
  return list;
}

}  // namespace

std::span<const Function> functions() noexcept { return all(); }

}  // namespace accuracy
