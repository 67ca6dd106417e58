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
  std::string note = {};  ///< Which of several programs of this name it is: "g++".
  /// What an operation of this subject gets done, where it is not what the case says: only the rate is printed then.
  double own_work = 0;
};

/// What is counted: "launch", "launches".
struct Operation {
  std::string one = "launch";
  std::string several = "launches";
};

/// What one operation gets done, in a unit that goes before "/s": {0.2, "GB"}. With it a rate of the work is printed.
struct Work {
  double amount = 0;
  std::string unit = {};
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
  Work work = {};
  int samples = 21;
  /// Not 0: a sample is one operation, before which all threads slept so long.
  int pause_ms = 0;
};

/// Takes samples of the subjects in turn, so that what disturbs the machine disturbs all of them, and prints for each
/// the median and the quartiles of the time per operation of one caller (ns/launch) and the operations of all callers
/// together (launches/s), or the work that they get done (GB/s).
void measure(const Case& compared);

/// The quickest of `samples` times of an operation, in nanoseconds of the wall's clock.
[[nodiscard]] double quickest_ns(const std::function<void()>& operation, int samples);

/// Prints a number that was counted, or measured once.
void report(const std::string& suite, const std::string& name, const std::string& subject, double value,
            const std::string& unit, const std::string& note = {});

}  // namespace benchmark
