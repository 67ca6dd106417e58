#include "comparison.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace benchmark {

namespace {

void check(const Comparison& comparison) {
  for (const Way& way : comparison.ways) {
    const std::string wrong = way.check ? way.check() : "";
    if (wrong.empty()) continue;
    const std::string name = way.note.empty() ? way.subject : way.subject + " (" + way.note + ")";
    std::fprintf(stderr, "%s: %s: the result of %s is wrong: %s\n", comparison.suite.c_str(), comparison.name.c_str(),
                 name.c_str(), wrong.c_str());
    std::exit(1);
  }
}

/// The quickest of each subject, in the order in which the subjects first appear.
std::vector<const Way*> best_ways(const std::vector<Way>& ways) {
  struct Best {
    const Way* way;
    double time_ns;
  };
  constexpr int tries = 3;
  std::vector<Best> best;
  for (const Way& way : ways) {
    const auto is_rival = [&](const Way& other) { return &other != &way && other.subject == way.subject; };
    const bool has_rivals = std::any_of(ways.begin(), ways.end(), is_rival);
    const double time_ns = has_rivals ? quickest_ns(way.run, tries) : 0;
    const auto same = [&](const Best& other) { return other.way->subject == way.subject; };
    const auto known = std::find_if(best.begin(), best.end(), same);
    if (known == best.end()) {
      best.push_back({&way, time_ns});
    } else if (time_ns < known->time_ns) {
      *known = {&way, time_ns};
    }
  }
  std::vector<const Way*> result;
  for (const Best& each : best) result.push_back(each.way);
  return result;
}

Subject subject_of(const Way& way) {
  return {way.subject,
          [&way](int, std::uint64_t iterations) {
            for (std::uint64_t i = 0; i < iterations; ++i) way.run();
          },
          way.note, way.own_work};
}

}  // namespace

Request request_of(int count, char** arguments) {
  Request request;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--smoke") {
      request.mode = Mode::smoke;
    } else if (argument == "--case" && i + 1 < count) {
      request.only = arguments[++i];
    } else {
      std::fprintf(stderr, "usage: %s [--smoke] [--case NAME]\n", arguments[0]);
      std::exit(2);
    }
  }
  return request;
}

void compare(const Comparison& comparison, Mode mode) {
  check(comparison);
  if (mode == Mode::smoke) return;
  Case compared;
  compared.suite = comparison.suite;
  compared.name = comparison.name;
  for (const Way* const way : best_ways(comparison.ways)) compared.subjects.push_back(subject_of(*way));
  compared.operation = {"run", "runs"};
  compared.work = comparison.work;
  compared.samples = 11;
  measure(compared);
}

}  // namespace benchmark
