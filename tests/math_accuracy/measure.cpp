#include "measure.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include <dotcompute/kernel/registry.hpp>

#include "run_kernel.hpp"

namespace accuracy {

using namespace dotcompute;

namespace {

template <class T>
KernelDefinition kernel_of(const Function& function) {
  const std::string_view type = sizeof(T) == sizeof(float) ? "float" : "double";
  const std::string own = fmt::format("accuracy::{}<{}>", function.name, type);
  const std::string of_suite = fmt::format("suite::math::{}<{}>", function.name, type);
  for (const KernelDefinition& each : KernelRegistry::instance().definitions()) {
    if (each.name() == own || each.name() == of_suite) return each;
  }
  throw std::runtime_error(fmt::format("there is no kernel {} and no kernel {}", own, of_suite));
}

template <class T>
std::string operands_text(const Case<T>& of, std::size_t at) {
  std::string text;
  for (int k = 0; k < of.function->operands; ++k) {
    text += fmt::format("{}{:.{}g}", k == 0 ? "" : ", ", of.arguments->operand[static_cast<std::size_t>(k)][at],
                        std::numeric_limits<T>::max_digits10);
  }
  return text;
}

/// The distance of the numbers of T around `magnitude`, which is finite.
template <class T, class W>
W unit_of(W magnitude) {
  // As a number of 64 bits of digits it has the same exponent, or one that is one too large just below a power of two.
  const auto rough = static_cast<long double>(magnitude);
  int exponent = std::numeric_limits<T>::min_exponent - 1;
  if (rough > 0) exponent = std::clamp(std::ilogb(rough), exponent, std::numeric_limits<T>::max_exponent - 1);
  return static_cast<W>(std::ldexp(1.0L, exponent - (std::numeric_limits<T>::digits - 1)));
}

template <class W>
bool is_nan(W x) {
  return x != x;
}

template <class T>
double error_in_ulp(T result, Wide<T> exact, double scale) {
  using W = Wide<T>;
  // What comes after the largest number stands for all that is beyond it.
  const W limit = static_cast<W>(std::ldexp(1.0L, std::numeric_limits<T>::max_exponent));
  const W wide = std::isinf(result) ? (result > 0 ? limit : -limit) : static_cast<W>(result);
  const W bounded = exact > limit ? limit : exact < -limit ? -limit : exact;
  const W magnitude = bounded < 0 ? -bounded : bounded;
  const W unit = unit_of<T>(std::max(magnitude, static_cast<W>(scale)));
  const W error = wide < bounded ? bounded - wide : wide - bounded;
  return static_cast<double>(error / unit);
}

/// Whether one is no number and the other is, or one is an infinity or a zero by definition and the other another one.
template <class T>
bool is_of_another_kind(T result, Wide<T> exact, bool sign_of_zero_counts) {
  if (std::isnan(result) || is_nan(exact)) return std::isnan(result) != is_nan(exact);
  const bool is_infinite = is_nan(exact - exact);
  if (is_infinite) return !(std::isinf(result) && (result > 0) == (exact > 0));
  if (exact == 0) return result != 0 || (sign_of_zero_counts && std::signbit(result) != (Wide<T>(1) / exact < 0));
  return false;
}

}  // namespace

template <class T>
Case<T> make_case(const Function& function, const Columns<T>& arguments) {
  Case<T> of{&function, kernel_of<T>(function), &arguments, {}};
  of.exact.reserve(arguments.size());
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    std::array<T, 3> x{};
    for (int j = 0; j < function.operands; ++j) {
      x[static_cast<std::size_t>(j)] = arguments.operand[static_cast<std::size_t>(j)][k];
    }
    of.exact.push_back(function.exact(x));
  }
  return of;
}

template <class T>
std::vector<T> run(Accelerator& device, const Case<T>& of) {
  const std::size_t size = of.arguments->size();
  conformance::Arguments arguments(of.kernel, size, 1);
  for (int k = 0; k < of.function->operands; ++k) {
    const std::vector<T>& column = of.arguments->operand[static_cast<std::size_t>(k)];
    std::memcpy(arguments.spans()[static_cast<std::size_t>(k)].data(), column.data(), size * sizeof(T));
  }
  conformance::load_kernel(device, of.kernel)->run(arguments, conformance::grid_for(of.kernel, size), {{0, 0, 0}});
  std::vector<T> results(size);
  std::memcpy(results.data(), arguments.spans().back().data(), size * sizeof(T));
  return results;
}

template <class T>
Measured measure(const Case<T>& of, const std::vector<T>& results, double scale, const KnownFault* fault) {
  Measured measured;
  std::size_t worst = 0;
  // C leaves open which of two zeros is the larger one.
  const bool sign_of_zero_counts = of.function->name != "fmin" && of.function->name != "fmax";
  for (std::size_t k = 0; k < results.size(); ++k) {
    const double size = std::fabs(static_cast<double>(of.arguments->operand[0][k]));
    if (fault != nullptr && size >= fault->from && size <= fault->to) continue;
    if (is_of_another_kind(results[k], of.exact[k], sign_of_zero_counts)) {
      if (measured.special.empty()) {
        measured.special = fmt::format("{}({}) is {} instead of {}", of.function->name, operands_text(of, k),
                                       results[k], static_cast<double>(of.exact[k]));
      }
      continue;
    }
    if (std::isnan(results[k]) || of.exact[k] == 0) continue;
    const double ulp = error_in_ulp(results[k], of.exact[k], scale);
    if (ulp <= measured.largest_ulp) continue;
    measured.largest_ulp = ulp;
    worst = k;
  }
  if (measured.largest_ulp > 0) measured.at = operands_text(of, worst);
  return measured;
}

template <class T>
std::string difference(const Case<T>& of, const std::vector<T>& results, const std::vector<T>& expected) {
  for (std::size_t k = 0; k < results.size(); ++k) {
    if (std::memcmp(&results[k], &expected[k], sizeof(T)) == 0) continue;
    if (std::isnan(results[k]) && std::isnan(expected[k])) continue;
    return fmt::format("{}({}) is {:a}, not {:a}", of.function->name, operands_text(of, k), results[k], expected[k]);
  }
  return {};
}

#define DOTCOMPUTE_FOR(T)                                                                      \
  template Case<T> make_case(const Function&, const Columns<T>&);                              \
  template std::vector<T> run(Accelerator&, const Case<T>&);                                   \
  template Measured measure(const Case<T>&, const std::vector<T>&, double, const KnownFault*); \
  template std::string difference(const Case<T>&, const std::vector<T>&, const std::vector<T>&);
DOTCOMPUTE_FOR(float)
DOTCOMPUTE_FOR(double)
#undef DOTCOMPUTE_FOR

}  // namespace accuracy
