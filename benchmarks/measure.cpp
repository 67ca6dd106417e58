#include "measure.hpp"

#include <algorithm>
#include <barrier>
#include <cstdio>
#include <ctime>
#include <thread>

#include <nlohmann/json.hpp>

namespace benchmark {

namespace {

constexpr int sample_count = 21;
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

void print(const std::string& suite, const std::string& name, const std::string& subject, double value,
           const std::string& unit, int samples) {
  const nlohmann::ordered_json line{{"suite", suite}, {"case", name}, {"subject", subject},
                                    {"value", value}, {"unit", unit}, {"samples", samples}};
  std::printf("%s\n", line.dump().c_str());
}

}  // namespace

void measure(const Case& compared) {
  std::vector<std::uint64_t> iterations;
  for (const Subject& subject : compared.subjects) {
    iterations.push_back(iterations_for(subject, compared.callers, compared.clock));
  }
  std::vector<std::vector<double>> samples(compared.subjects.size());
  for (int sample = 0; sample < sample_count; ++sample) {
    for (std::size_t i = 0; i < compared.subjects.size(); ++i) {
      const double total_ns = sample_ns(compared.subjects[i], compared.callers, compared.clock, iterations[i]);
      samples[i].push_back(total_ns / static_cast<double>(iterations[i]));
    }
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::nth_element(samples[i].begin(), samples[i].begin() + sample_count / 2, samples[i].end());
    const double median_ns = samples[i][sample_count / 2];
    const std::string& subject = compared.subjects[i].name;
    print(compared.suite, compared.name, subject, median_ns, "ns/" + compared.operation.one, sample_count);
    print(compared.suite, compared.name, subject, compared.callers * 1e9 / median_ns, compared.operation.several + "/s",
          sample_count);
  }
  std::fflush(stdout);
}

void report(const std::string& suite, const std::string& name, const std::string& subject, double value,
            const std::string& unit) {
  print(suite, name, subject, value, unit, 1);
  std::fflush(stdout);
}

}  // namespace benchmark
