#pragma once

/// Compares what two devices left in memory.

#include <string>

#include "accuracy.hpp"
#include "random_arguments.hpp"

namespace dotcompute::conformance {

struct Comparison {
  double largest_ulp = 0;  ///< Of the differences within the tolerance.
  std::string first;       ///< The first difference beyond the tolerance, in words; empty if there is none.
};

/// Compares all spans of two launches of one kernel that had the same arguments.
[[nodiscard]] Comparison compare(const Arguments& actual, const Arguments& expected, const Tolerance& tolerance);

/// How many units in the last place of the larger one two numbers are apart; a unit is never smaller than that of
/// `scale`. Infinity counts as the number after the largest one. NaN and a number are infinitely far apart, two NaNs
/// are equal, and so are the two zeros.
[[nodiscard]] double ulp_between(float a, float b, double scale = 0) noexcept;
[[nodiscard]] double ulp_between(double a, double b, double scale = 0) noexcept;

}  // namespace dotcompute::conformance
