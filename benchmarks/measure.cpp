#include "measure.hpp"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <limits>
#include <thread>

#include <nlohmann/json.hpp>

namespace benchmark {

namespace {

constexpr double shortest_sample_ns = 4e6;

double now_ns(Clock clock) {
  timespec now{};
  ::clock_gettime(clock == Clock::wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// The time that each of `callers` threads takes for `iterations` operations, side by side.
double sample_ns(const Subject& subject, int callers, Clock clock, std::uint64_t iterations) {
  if (callers == 1) {
    const double start_ns = now_ns(clock);
    subject.operation(0, iterations);
    return now_ns(clock) - start_ns;
  }
  std::barrier start_line(callers);
  std::vector<double> times(static_cast<std::size_t>(callers));
  std::vector<std::thread> threads;
  for (int caller = 0; caller < callers; ++caller) {
    threads.emplace_back([&, caller] {
      subject.operation(caller, 1);
      start_line.arrive_and_wait();
      const double start_ns = now_ns(clock);
      subject.operation(caller, iterations);
      times[static_cast<std::size_t>(caller)] = now_ns(clock) - start_ns;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return *std::max_element(times.begin(), times.end());
}

/// Lets the threads of the subject before fall asleep, which may look for more work for milliseconds after their last,
/// as libgomp's do, and would keep a processor from this one; then wakes this one's, which sleep in a pause.
void make_ready(const Subject& subject, int pause_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  subject.operation(0, 1);
  if (pause_ms != 0) std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
}

/// How many operations a sample needs for the clock not to matter. The quickest of three tries decides: a disturbed one
/// only looks as if it were enough.
std::uint64_t iterations_for(const Subject& subject, int callers, Clock clock) {
  std::uint64_t iterations = 1;
  for (;; iterations *= 2) {
    double quickest_ns = sample_ns(subject, callers, clock, iterations);
    for (int attempt = 1; attempt < 3 && quickest_ns >= shortest_sample_ns; ++attempt) {
      quickest_ns = std::min(quickest_ns, sample_ns(subject, callers, clock, iterations));
    }
    if (quickest_ns >= shortest_sample_ns) return iterations;
  }
}

struct Value {
  double value;
  std::string unit;
  int samples;
  std::vector<double> quartiles = {};  ///< The lower and the upper one.
};

void print(const std::string& suite, const std::string& name, const std::string& subject, const std::string& note,
           const Value& value) {
  nlohmann::ordered_json line{{"suite", suite},       {"case", name},       {"subject", subject},
                              {"value", value.value}, {"unit", value.unit}, {"samples", value.samples}};
  if (!value.quartiles.empty()) line["quartiles"] = value.quartiles;
  if (!note.empty()) line["note"] = note;
  std::printf("%s\n", line.dump().c_str());
}

/// `times_ns` are sorted.
void print_median(const Case& compared, const Subject& subject, const std::vector<double>& times_ns) {
  const auto print_values = [&](const auto& of_time, const std::string& unit) {
    const double first = of_time(times_ns[times_ns.size() / 4]);
    const double last = of_time(times_ns[times_ns.size() - 1 - times_ns.size() / 4]);
    print(compared.suite, compared.name, subject.name, subject.note,
          {of_time(times_ns[times_ns.size() / 2]),
           unit,
           compared.samples,
           {std::min(first, last), std::max(first, last)}});
  };
  const auto rate_of = [&compared](double amount) {
    return [=, callers = compared.callers](double time_ns) { return amount * callers * 1e9 / time_ns; };
  };
  const auto& [work, unit] = compared.work;
  if (subject.own_work != 0) return print_values(rate_of(subject.own_work), unit + "/s");
  print_values([](double time_ns) { return time_ns; }, "ns/" + compared.operation.one);
  if (unit.empty()) return print_values(rate_of(1), compared.operation.several + "/s");
  print_values(rate_of(work), unit + "/s");
}

}  // namespace

void measure(const Case& compared) {
  std::vector<std::uint64_t> iterations;
  for (const Subject& subject : compared.subjects) {
    const bool is_single = compared.pause_ms != 0;
    iterations.push_back(is_single ? 1 : iterations_for(subject, compared.callers, compared.clock));
  }
  std::vector<std::vector<double>> samples(compared.subjects.size());
  for (int sample = 0; sample < compared.samples; ++sample) {
    for (std::size_t i = 0; i < compared.subjects.size(); ++i) {
      make_ready(compared.subjects[i], compared.pause_ms);
      const double total_ns = sample_ns(compared.subjects[i], compared.callers, compared.clock, iterations[i]);
      samples[i].push_back(total_ns / static_cast<double>(iterations[i]));
    }
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::sort(samples[i].begin(), samples[i].end());
    print_median(compared, compared.subjects[i], samples[i]);
  }
  std::fflush(stdout);
}

double quickest_ns(const std::function<void()>& operation, int samples) {
  double quickest = std::numeric_limits<double>::infinity();
  for (int sample = 0; sample < samples; ++sample) {
    const double start_ns = now_ns(Clock::wall);
    operation();
    quickest = std::min(quickest, now_ns(Clock::wall) - start_ns);
  }
  return quickest;
}

void report(const std::string& suite, const std::string& name, const std::string& subject, double value,
            const std::string& unit, const std::string& note) {
  print(suite, name, subject, note, {value, unit, 1});
  std::fflush(stdout);
}

}  // namespace benchmark
