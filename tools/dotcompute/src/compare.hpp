#pragma once

/// Comparing a device's result with the reference's, element by element.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "element_type.hpp"

namespace dotcompute::tool {

/// How far a result may be from the reference. An element agrees if it is equal or within any limit that was given;
/// with none given, equal means bit for bit. Any NaN equals any NaN.
struct Tolerance {
  std::optional<double> absolute;
  std::optional<double> relative;     ///< Of the reference's magnitude.
  std::optional<std::uint64_t> ulps;  ///< Steps between neighbouring floats; integers have none.

  [[nodiscard]] bool is_exact() const noexcept { return !absolute && !relative && !ulps; }
  /// "exact", "<= 4 ULP", "<= 1e-06 absolute or <= 4 ULP".
  [[nodiscard]] std::string rule() const;
};

/// Parses "abs=1e-6,rel=1e-5,ulp=4" (any subset) or "exact". Throws std::invalid_argument with what is wrong, in a
/// clause.
[[nodiscard]] Tolerance parse_tolerance(std::string_view text);

/// The number of floats from `a` to `b`: 0 for equal values, also for -0 and +0; the largest number if one is NaN.
[[nodiscard]] std::uint64_t ulp_distance(float a, float b) noexcept;
[[nodiscard]] std::uint64_t ulp_distance(double a, double b) noexcept;

/// What a comparison found. A struct's scalars count one by one.
struct Comparison {
  std::uint64_t different = 0;     ///< Scalars that break the rule.
  std::uint64_t unequal = 0;       ///< Scalars whose bits differ, but for NaNs.
  double largest_absolute = 0;     ///< Infinite where only one is infinite or NaN.
  std::uint64_t largest_ulps = 0;  ///< Of floats.
  bool has_floats = false;
  std::uint64_t first_element = 0;  ///< The first scalar that breaks the rule.
  std::string first_field;          ///< "pos[2]"; empty for an array of scalars.
  std::string first_reference;      ///< Its values, as text.
  std::string first_result;

  [[nodiscard]] bool agrees() const noexcept { return different == 0; }
  /// "0", "3", "1.2e-07 (2 ULP)", "0 (sign of zero)".
  [[nodiscard]] std::string largest() const;
  /// Joins what was found for another argument; what was found first stays first.
  void merge(const Comparison& other);
};

/// Compares `count` elements.
[[nodiscard]] Comparison compare(const ElementType& type, const std::byte* reference, const std::byte* result,
                                 std::uint64_t count, const Tolerance& tolerance);

}  // namespace dotcompute::tool
