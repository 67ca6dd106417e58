#pragma once

/// How a problem of the suite is put before everybody who solves it.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <dotcompute/dotcompute.hpp>

#include "comparison.hpp"
#include "limits.hpp"
#include "programs.hpp"

namespace kernels {

using dotcompute::Launcher;
using dotcompute::UnifiedBuffer;

struct Suite {
  benchmark::Request request;
  Launcher cpu;
  std::optional<Launcher> opencl;

  [[nodiscard]] std::size_t size(std::size_t measured, std::size_t smoke) const {
    return request.mode == benchmark::Mode::smoke ? smoke : measured;
  }
};

/// Numbers from `least` to `most`, the same in each run.
template <class T>
[[nodiscard]] UnifiedBuffer<T> random_numbers(std::size_t count, T least, T most) {
  std::minstd_rand random(1);
  UnifiedBuffer<T> numbers(count);
  for (T& each : numbers.mutable_span()) {
    const double fraction = static_cast<double>(random() - 1) / 2147483646.0;
    const double steps = static_cast<double>(most) - static_cast<double>(least) + (std::is_integral_v<T> ? 1 : 0);
    each = static_cast<T>(static_cast<double>(least) + fraction * steps);
  }
  return numbers;
}

/// A launch to be repeated.
[[nodiscard]] inline std::function<void()> repeated(dotcompute::PreparedLaunch launch) {
  return [shared = std::make_shared<dotcompute::PreparedLaunch>(std::move(launch))] { shared->run(); };
}

/// What a problem is:
///
///     struct Problem {
///       static constexpr const char* name = "saxpy";
///       static constexpr auto function = &Programs::saxpy;  // what a program that solves it is
///       static constexpr double tolerance = 0;  // of results, relative to the larger of 1 and the result
///       explicit Problem(const Suite& suite);   // makes the buffers
///       benchmark::Work work() const;           // of one solution; `result` is the right one when it is asked for
///       static std::vector<benchmark::Way> limit();
///       std::function<void()> prepare(const Launcher& on);  // the kernels, to be run many times
///       template <class F> void call(F function);
///       UnifiedBuffer<float>& result();
///       void start();  // fills `result` with what a solution begins with; may be left out
///     };

namespace detail {

template <class T>
struct NumberOf {
  using Type = T;
};
template <>
struct NumberOf<Acceleration> {
  using Type = float;
};
template <>
struct NumberOf<Digest> {
  using Type = std::uint32_t;
};

/// The numbers that a result consists of.
template <class Problem>
[[nodiscard]] auto numbers(Problem& problem) {
  const auto result = std::as_const(problem.result()).span();
  using Number = typename NumberOf<std::remove_cvref_t<decltype(result[0])>>::Type;
  return std::span<const Number>(reinterpret_cast<const Number*>(result.data()), result.size_bytes() / sizeof(Number));
}

template <class Problem>
void start(Problem& problem) {
  if constexpr (requires { problem.start(); }) {
    problem.start();
  } else {
    problem.result().fill({});
  }
}

struct Program {
  const char* subject;
  const Programs* table;
};

/// In the order of the table that is printed.
inline std::vector<Program> programs() {
  return {
      {"plain", &plain_serial},
      {"plain openmp", &plain_openmp},
      {"plain openmp", &plain_fast},
      {"by hand", &by_hand_gcc},
      {"by hand", &by_hand_gcc_streaming},
#ifdef DOTCOMPUTE_BENCHMARK_CLANG
      {"by hand", &by_hand_clang},
      {"by hand", &by_hand_clang_streaming},
#endif
      {"same form by hand", &same_form_gcc},
#ifdef DOTCOMPUTE_BENCHMARK_CLANG
      {"same form by hand", &same_form_clang},
#endif
#ifdef DOTCOMPUTE_BENCHMARK_OPENBLAS
      {"openblas", &openblas},
#endif
  };
}

}  // namespace detail

/// Holds everybody's result to that of the plain loops, then measures.
template <class Problem>
void solve(const Suite& suite) {
  if (!suite.request.wants(Problem::name)) return;
  Problem problem(suite);
  detail::start(problem);
  problem.call(plain_reference.*Problem::function);
  const auto right = detail::numbers(problem);
  const std::vector expected(right.begin(), right.end());
  benchmark::Comparison comparison{"kernels", Problem::name, problem.work(), {}};
  const auto add = [&](const char* subject, const char* note, Problem& of, std::function<void()> run) {
    const auto check = [&of, &expected, run] {
      detail::start(of);
      run();
      return benchmark::difference(detail::numbers(of), std::span(expected), Problem::tolerance);
    };
    comparison.ways.push_back({subject, note, std::move(run), check, 0});
  };
  add("dotcompute", "", problem, problem.prepare(suite.cpu));
  for (const auto& [subject, table] : detail::programs()) {
    const auto function = table->*Problem::function;
    if (function != nullptr) add(subject, table->name, problem, [function, &problem] { problem.call(function); });
  }
  std::optional<Problem> on_device;
  if (suite.opencl) {
    on_device.emplace(suite);
    add("pocl", "", *on_device, on_device->prepare(*suite.opencl));
  }
  if (suite.request.mode == benchmark::Mode::measure) {
    for (const benchmark::Way& limit : Problem::limit()) comparison.ways.push_back(limit);
  }
  benchmark::compare(comparison, suite.request.mode);
}

void solve_arrays(const Suite& suite);    ///< vector add, saxpy, Black-Scholes, reduction, histogram, scan
void solve_grids(const Suite& suite);     ///< Mandelbrot, stencils, bilateral filter, transpose
void solve_products(const Suite& suite);  ///< products of matrices, bodies, sparse rows, SHA-256

}  // namespace kernels
