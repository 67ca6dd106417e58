#pragma once

/// Measures operations side by side and prints a JSON line for each.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace benchmark {

/// One way to do what a case is about. `operation` does it `iterations` times; it is called by several threads at once,
/// each with a `caller` of its own, counted from 0.
struct Subject {
  std::string name;
  std::function<void(int caller, std::uint64_t iterations)> operation;
};

/// What is counted: "launch", "launches".
struct Operation {
  std::string one = "launch";
  std::string several = "launches";
};

enum class Clock {
  wall,       ///< All that passes.
  processor,  ///< What the calling thread computes: for operations that wait for nothing, whatever else runs.
};

struct Case {
  std::string suite;
  std::string name;
  int callers = 1;
  std::vector<Subject> subjects;
  Operation operation = {};
  Clock clock = Clock::wall;
};

/// Takes samples of the subjects in turn, so that what disturbs the machine disturbs all of them, and prints for each
/// the median time per operation of one caller (ns/launch) and the operations of all callers together (launches/s).
void measure(const Case& compared);

/// Prints a number that was counted, or measured once.
void report(const std::string& suite, const std::string& name, const std::string& subject, double value,
            const std::string& unit);

}  // namespace benchmark
