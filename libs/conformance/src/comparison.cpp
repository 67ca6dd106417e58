#include "comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include <dotcompute/kernel/half.hpp>

namespace dotcompute::conformance {

namespace {

template <class T>
T read(const std::byte* place) {
  T value;
  std::memcpy(&value, place, sizeof value);
  return value;
}

/// The distance of the two numbers of T around `magnitude`, at least that of the denormals.
template <class T>
long double unit_of(long double magnitude) {
  const int exponent = std::max(std::ilogb(magnitude), std::numeric_limits<T>::min_exponent - 1);
  return std::ldexp(1.0L, exponent - (std::numeric_limits<T>::digits - 1));
}

template <class T>
double ulp_apart(T a, T b, double scale) noexcept {
  if (std::isnan(a) && std::isnan(b)) return 0;
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::infinity();
  if (a == b) return 0;
  // long double holds every difference of two doubles that are near each other, and what comes after the largest.
  const auto widen = [](T value) {
    const long double after_largest = std::ldexp(1.0L, std::numeric_limits<T>::max_exponent);
    return std::isinf(value) ? std::copysign(after_largest, static_cast<long double>(value))
                             : static_cast<long double>(value);
  };
  const long double largest =
      std::max<long double>({std::isinf(a) ? 0 : std::fabs(a), std::isinf(b) ? 0 : std::fabs(b), scale});
  if (largest == 0) return std::numeric_limits<double>::infinity();  // the two infinities
  return static_cast<double>(std::fabs(widen(a) - widen(b)) / unit_of<T>(largest));
}

class Comparer {
 public:
  explicit Comparer(const Tolerance& tolerance) : tolerance_(tolerance) {}

  [[nodiscard]] double largest_ulp() const noexcept { return largest_ulp_; }

  /// Whether the two values agree; where not, `path` names the part that differs and `values` says how.
  bool agree(const dotcompute_type& type, const std::byte* actual, const std::byte* expected, std::string& path,
             std::string& values) {
    if (std::memcmp(actual, expected, type.size) == 0) return true;
    if (std::string_view(type.name) == "dotcompute::half") {
      return agree(half::from_bits(read<std::uint16_t>(actual)), half::from_bits(read<std::uint16_t>(expected)),
                   values);
    }
    if (type.kind == DOTCOMPUTE_TYPE_STRUCT) {
      for (std::uint64_t i = 0; i < type.field_count; ++i) {
        const dotcompute_field& field = type.fields[i];
        if (agree(*field.type, actual + field.offset, expected + field.offset, path, values)) continue;
        path = fmt::format(".{}{}", field.name, path);
        return false;
      }
      return true;
    }
    if (type.kind == DOTCOMPUTE_TYPE_ARRAY) {
      for (std::uint64_t i = 0; i < type.element_count; ++i) {
        const std::uint64_t at = i * type.element->size;
        if (agree(*type.element, actual + at, expected + at, path, values)) continue;
        path = fmt::format("[{}]{}", i, path);
        return false;
      }
      return true;
    }
    if (type.scalar == DOTCOMPUTE_SCALAR_FLOAT32) {
      return agree(read<float>(actual), read<float>(expected), tolerance_.ulp_float32, values);
    }
    if (type.scalar == DOTCOMPUTE_SCALAR_FLOAT64) {
      return agree(read<double>(actual), read<double>(expected), tolerance_.ulp_float64, values);
    }
    values = fmt::format("0x{} instead of 0x{}", hexadecimal(actual, type.size), hexadecimal(expected, type.size));
    return false;
  }

 private:
  /// Equal but for NaNs; neighbours where floats need not be equal, as they may have been rounded to either side.
  bool agree(half actual, half expected, std::string& values) const {
    const float a = actual;
    const float b = expected;
    if (actual.bits() == expected.bits() || (std::isnan(a) && std::isnan(b))) return true;
    const int steps = std::abs(static_cast<int>(actual.bits()) - static_cast<int>(expected.bits()));
    if (tolerance_.ulp_float32 > 0 && steps == 1 && !std::isnan(a) && !std::isnan(b)) return true;
    values = fmt::format("{} instead of {} (half)", a, b);
    return false;
  }

  template <class T>
  bool agree(T actual, T expected, double limit, std::string& values) {
    const double apart = ulp_between(actual, expected, tolerance_.scale);
    // Zeros of different sign are apart where everything is exact.
    const bool is_same = apart == 0 && (std::isnan(actual) || std::signbit(actual) == std::signbit(expected));
    if (is_same) return true;
    if (limit > 0 && apart <= limit) {
      largest_ulp_ = std::max(largest_ulp_, apart);
      return true;
    }
    values = fmt::format("{:a} instead of {:a} ({} instead of {}", actual, expected, actual, expected);
    values += limit > 0 ? fmt::format(", {:.3g} ulp apart)", apart) : ")";
    return false;
  }

  static std::string hexadecimal(const std::byte* place, std::uint64_t size) {
    std::string text;
    for (std::uint64_t i = size; i-- > 0;) text += fmt::format("{:02x}", std::to_integer<unsigned>(place[i]));
    return text;
  }

  const Tolerance& tolerance_;
  double largest_ulp_ = 0;
};

}  // namespace

double ulp_between(float a, float b, double scale) noexcept { return ulp_apart(a, b, scale); }
double ulp_between(double a, double b, double scale) noexcept { return ulp_apart(a, b, scale); }

Comparison compare(const Arguments& actual, const Arguments& expected, const Tolerance& tolerance) {
  Comparer comparer(tolerance);
  std::size_t span = 0;
  for (const dotcompute_parameter& parameter : actual.kernel().parameters()) {
    if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) continue;
    const Memory& mine = actual.spans()[span];
    const Memory& theirs = expected.spans()[span];
    ++span;
    if (mine.empty() || std::memcmp(mine.data(), theirs.data(), mine.size()) == 0) continue;
    const std::uint64_t width = parameter.type->size;
    for (std::uint64_t i = 0; i < actual.size(); ++i) {
      std::string path;
      std::string values;
      if (comparer.agree(*parameter.type, mine.data() + i * width, theirs.data() + i * width, path, values)) continue;
      return {comparer.largest_ulp(), fmt::format("{}[{}]{} is {}", parameter.name, i, path, values)};
    }
  }
  return {comparer.largest_ulp(), {}};
}

}  // namespace dotcompute::conformance
