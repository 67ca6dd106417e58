#pragma once

/// Several ways to compute the same thing: each is held to what a scalar program computes, then they are measured.

#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "measure.hpp"

namespace benchmark {

struct Way {
  std::string subject;
  std::string note;           ///< Which of several programs of the subject it is, or nothing.
  std::function<void()> run;  ///< Computes the result, as often as it is called.
  /// Runs once and says what is wrong with the result; nothing if it is right.
  std::function<std::string()> check;
};

/// What no program can do better than, as it was measured, in the unit of the work; 0 if it was not.
struct Limit {
  double rate = 0;
  std::string name = {};
};

struct Comparison {
  std::string suite;
  std::string name;
  Work work;
  Limit limit;
  /// Of those with the same subject only the quickest is measured.
  std::vector<Way> ways;
};

enum class Mode {
  measure,  ///< Checks, then measures.
  smoke,    ///< Checks only.
};

/// `--smoke`, or nothing. Ends the program for anything else.
[[nodiscard]] Mode mode_of(int count, char** arguments);

/// Ends the program, with the names, where a result is wrong.
void compare(const Comparison& comparison, Mode mode);

/// The first element that is further from what is expected than `tolerance`, which is relative to the larger of 1 and
/// the element; a result that is right gives nothing.
template <class T>
[[nodiscard]] std::string difference(std::span<const T> actual, std::span<const T> expected, double tolerance) {
  if (actual.size() != expected.size()) return "the result has another size";
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (actual[i] == expected[i]) continue;
    const auto is = static_cast<double>(actual[i]);
    const auto should_be = static_cast<double>(expected[i]);
    if (std::fabs(is - should_be) <= tolerance * std::fmax(1.0, std::fabs(should_be))) continue;
    return "element " + std::to_string(i) + " is " + std::to_string(is) + " instead of " + std::to_string(should_be);
  }
  return {};
}

}  // namespace benchmark
