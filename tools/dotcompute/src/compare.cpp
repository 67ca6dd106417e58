#include "compare.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include <dotcompute/kernel/half.hpp>

namespace dotcompute::tool {

namespace {

constexpr std::uint64_t incomparable = std::numeric_limits<std::uint64_t>::max();

/// The position of a float on a line where neighbours are 1 apart; -0 and +0 share one place.
template <class Float, class Bits>
Bits place_of(Float value) noexcept {
  constexpr Bits sign = Bits{1} << (sizeof(Bits) * 8 - 1);
  const Bits bits = std::bit_cast<Bits>(value);
  return (bits & sign) != 0 ? static_cast<Bits>(sign - (bits - sign)) : static_cast<Bits>(bits + sign);
}

template <class Float, class Bits>
std::uint64_t distance(Float a, Float b) noexcept {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : incomparable;
  const Bits place_a = place_of<Float, Bits>(a);
  const Bits place_b = place_of<Float, Bits>(b);
  return place_a > place_b ? place_a - place_b : place_b - place_a;
}

/// One scalar of an element.
struct Leaf {
  std::uint64_t offset_bytes = 0;
  ScalarType type = ScalarType::float32;
  bool is_half = false;
  std::string field;

  [[nodiscard]] bool is_float() const noexcept { return is_half || is_floating_point(type); }
};

void collect_leaves(const ElementType& type, std::uint64_t offset, const std::string& field,
                    std::vector<Leaf>& leaves) {
  switch (type.kind) {
    case ElementType::Kind::scalar: leaves.push_back({offset, type.scalar, type.is_half, field}); return;
    case ElementType::Kind::array:
      for (std::uint64_t i = 0; i < type.count; ++i) {
        collect_leaves(type.element.front(), offset + i * type.element.front().size_bytes,
                       fmt::format("{}[{}]", field, i), leaves);
      }
      return;
    case ElementType::Kind::structure:
      for (const Field& inner : type.fields) {
        collect_leaves(inner.type, offset + inner.offset_bytes, field.empty() ? inner.name : field + "." + inner.name,
                       leaves);
      }
      return;
  }
}

/// How far apart two values are, whatever their type.
struct Difference {
  bool is_equal = true;  // bit for bit, or both NaN
  double absolute = 0;
  double magnitude = 0;  // of the reference
  std::uint64_t ulps = 0;
};

std::uint64_t half_distance(half a, half b) noexcept {
  const auto place = [](half value) {
    const int magnitude = value.bits() & 0x7fff;
    return (value.bits() & 0x8000) != 0 ? -magnitude : magnitude;
  };
  return static_cast<std::uint64_t>(std::abs(place(a) - place(b)));
}

template <class T>
Difference difference_of(T reference, T result) {
  Difference d;
  if constexpr (std::is_same_v<T, half>) {
    d = difference_of(static_cast<float>(reference), static_cast<float>(result));
    // In steps between halves.
    if (d.ulps != incomparable) d.ulps = half_distance(reference, result);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(reference) && std::isnan(result)) return d;
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    d.is_equal = std::bit_cast<Bits>(reference) == std::bit_cast<Bits>(result);
    d.ulps = ulp_distance(reference, result);
    d.magnitude = std::fabs(static_cast<double>(reference));
    if (reference != result) d.absolute = std::fabs(static_cast<double>(reference) - static_cast<double>(result));
    if (std::isnan(d.absolute)) d.absolute = std::numeric_limits<double>::infinity();
  } else {
    d.is_equal = reference == result;
    using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    const Wide high = std::max(reference, result);  // NOLINT(bugprone-signed-char-misuse): int8 is a number
    const Wide low = std::min(reference, result);   // NOLINT(bugprone-signed-char-misuse): int8 is a number
    // Modulo 2^64, which the true difference stays below.
    d.absolute = static_cast<double>(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low));
    d.magnitude = std::fabs(static_cast<double>(reference));
  }
  return d;
}

bool is_within(const Difference& d, bool is_float, const Tolerance& tolerance) {
  if (d.is_equal) return true;
  if (tolerance.absolute && d.absolute <= *tolerance.absolute) return true;
  // An infinite reference has no relative distance to anything finite.
  if (tolerance.relative && std::isfinite(d.magnitude) && d.absolute <= *tolerance.relative * d.magnitude) return true;
  return is_float && tolerance.ulps && d.ulps <= *tolerance.ulps;
}

template <class T>
std::string show(T value) {
  if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
  if constexpr (std::is_same_v<T, half>) {
    return fmt::format("{}", static_cast<float>(value));
  } else {
    return fmt::format("{}", value);
  }
}

/// Compares one leaf of every element.
template <class T>
void compare_leaf(const Leaf& leaf, std::uint64_t stride, const std::byte* reference, const std::byte* result,
                  std::uint64_t count, const Tolerance& tolerance, Comparison& found) {
  constexpr bool is_float = std::is_floating_point_v<T> || std::is_same_v<T, half>;
  for (std::uint64_t i = 0; i < count; ++i) {
    T a{};
    T b{};
    std::memcpy(&a, reference + i * stride + leaf.offset_bytes, sizeof a);
    std::memcpy(&b, result + i * stride + leaf.offset_bytes, sizeof b);
    const Difference d = difference_of(a, b);
    if (d.is_equal) continue;
    ++found.unequal;
    found.largest_absolute = std::max(found.largest_absolute, d.absolute);
    found.largest_ulps = std::max(found.largest_ulps, d.ulps);
    if (is_within(d, is_float, tolerance)) continue;
    if (found.different++ == 0 || i < found.first_element) {
      found.first_element = i;
      found.first_field = leaf.field;
      found.first_reference = show(a);
      found.first_result = show(b);
    }
  }
}

void compare_any(const Leaf& leaf, std::uint64_t stride, const std::byte* a, const std::byte* b, std::uint64_t count,
                 const Tolerance& tolerance, Comparison& found) {
  if (leaf.is_half) return compare_leaf<half>(leaf, stride, a, b, count, tolerance, found);
  switch (leaf.type) {
    case ScalarType::boolean: return compare_leaf<std::uint8_t>(leaf, stride, a, b, count, tolerance, found);
    case ScalarType::int8: return compare_leaf<std::int8_t>(leaf, stride, a, b, count, tolerance, found);
    case ScalarType::int16: return compare_leaf<std::int16_t>(leaf, stride, a, b, count, tolerance, found);
    case ScalarType::int32: return compare_leaf<std::int32_t>(leaf, stride, a, b, count, tolerance, found);
    case ScalarType::int64: return compare_leaf<std::int64_t>(leaf, stride, a, b, count, tolerance, found);
    case ScalarType::uint8: return compare_leaf<std::uint8_t>(leaf, stride, a, b, count, tolerance, found);
    case ScalarType::uint16: return compare_leaf<std::uint16_t>(leaf, stride, a, b, count, tolerance, found);
    case ScalarType::uint32: return compare_leaf<std::uint32_t>(leaf, stride, a, b, count, tolerance, found);
    case ScalarType::uint64: return compare_leaf<std::uint64_t>(leaf, stride, a, b, count, tolerance, found);
    case ScalarType::float32: return compare_leaf<float>(leaf, stride, a, b, count, tolerance, found);
    case ScalarType::float64: return compare_leaf<double>(leaf, stride, a, b, count, tolerance, found);
  }
}

double parse_limit(std::string_view text, std::string_view what) {
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0)) {
    throw std::invalid_argument(
        fmt::format("'{}' is not a limit for {}; write a number that is 0 or more", text, what));
  }
  return value;
}

std::uint64_t parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument(fmt::format("'{}' is not a limit for ulp; write an integer that is 0 or more", text));
  }
  return value;
}

}  // namespace

std::string Tolerance::rule() const {
  std::vector<std::string> limits;
  if (absolute) limits.push_back(fmt::format("<= {} absolute", *absolute));
  if (relative) limits.push_back(fmt::format("<= {} relative", *relative));
  if (ulps) limits.push_back(fmt::format("<= {} ULP", *ulps));
  return limits.empty() ? "exact" : fmt::format("{}", fmt::join(limits, " or "));
}

Tolerance parse_tolerance(std::string_view text) {
  Tolerance tolerance;
  if (text == "exact") return tolerance;
  while (true) {
    const auto comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const auto equals = part.find('=');
    const std::string_view key = part.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    if (key == "abs") {
      tolerance.absolute = parse_limit(value, "abs");
    } else if (key == "rel") {
      tolerance.relative = parse_limit(value, "rel");
    } else if (key == "ulp") {
      tolerance.ulps = parse_count(value);
    } else {
      throw std::invalid_argument(
          fmt::format("'{}' is no limit; write it like abs=1e-6,rel=1e-5,ulp=4 or exact", part));
    }
    if (comma == std::string_view::npos) return tolerance;
    text.remove_prefix(comma + 1);
  }
}

std::uint64_t ulp_distance(float a, float b) noexcept { return distance<float, std::uint32_t>(a, b); }
std::uint64_t ulp_distance(double a, double b) noexcept { return distance<double, std::uint64_t>(a, b); }

std::string Comparison::largest() const {
  if (unequal == 0) return "0";
  if (!has_floats) return fmt::format("{}", largest_absolute);
  if (largest_absolute == 0) return "0 (sign of zero)";
  if (largest_ulps == incomparable) return "NaN against a number";
  return fmt::format("{:.3g} ({} ULP)", largest_absolute, largest_ulps);
}

void Comparison::merge(const Comparison& other) {
  if (different == 0 && other.different != 0) {
    first_element = other.first_element;
    first_field = other.first_field;
    first_reference = other.first_reference;
    first_result = other.first_result;
  }
  different += other.different;
  unequal += other.unequal;
  largest_absolute = std::max(largest_absolute, other.largest_absolute);
  largest_ulps = std::max(largest_ulps, other.largest_ulps);
  has_floats = has_floats || other.has_floats;
}

Comparison compare(const ElementType& type, const std::byte* reference, const std::byte* result, std::uint64_t count,
                   const Tolerance& tolerance) {
  std::vector<Leaf> leaves;
  collect_leaves(type, 0, "", leaves);
  Comparison found;
  found.has_floats = std::any_of(leaves.begin(), leaves.end(), [](const Leaf& leaf) { return leaf.is_float(); });
  // Equal blocks, which are the rule, cost one memcmp.
  constexpr std::uint64_t block_elements = 4096;
  for (std::uint64_t begin = 0; begin < count; begin += block_elements) {
    const std::uint64_t size = std::min(block_elements, count - begin);
    const std::byte* const a = reference + begin * type.size_bytes;
    const std::byte* const b = result + begin * type.size_bytes;
    if (std::memcmp(a, b, size * type.size_bytes) == 0) continue;
    Comparison block;
    for (const Leaf& leaf : leaves) compare_any(leaf, type.size_bytes, a, b, size, tolerance, block);
    block.first_element += begin;
    found.merge(block);
  }
  return found;
}

}  // namespace dotcompute::tool
