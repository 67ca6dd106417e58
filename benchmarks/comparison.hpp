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
  /// Runs once and says what is wrong with the result; nothing if it is right. A limit has no result.
  std::function<std::string()> check;
  double own_work = 0;  ///< As of a Subject: for a limit, which does other work.
};

struct Comparison {
  std::string suite;
  std::string name;
  Work work;
  /// Of those with the same subject only the quickest is measured.
  std::vector<Way> ways;
};

enum class Mode {
  measure,  ///< Checks, then measures.
  smoke,    ///< Checks only.
};

/// What a suite was asked for: [--smoke] [--case NAME].
struct Request {
  Mode mode = Mode::measure;
  std::string only = {};  ///< The one case, or nothing for all.

  [[nodiscard]] bool wants(const std::string& name) const { return only.empty() || only == name; }
};

/// Ends the program for what it does not know.
[[nodiscard]] Request request_of(int count, char** arguments);

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
