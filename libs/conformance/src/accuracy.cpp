#include "accuracy.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <dotcompute/conformance/suite.hpp>

namespace dotcompute::conformance {

namespace {

constexpr double same = FunctionAccuracy::same_library;

constexpr auto functions = std::to_array<FunctionAccuracy>({
    {"acos", 4, 3, 2, 1.5, 1.5, 1.5},
    {"acosh", 4, 4, 3, 2.5, 2.5, same},
    {"asin", 4, 4, 2, 1.5, 1.5, 1.5},
    {"asinh", 4, 3, 3, 2.5, 2.5, same},
    {"atan", 5, 2, 2, 1.5, 1.5, 1.5},
    {"atan2", 6, 3, 2, 1.5, 1.5, 2.5},
    {"atanh", 5, 3, 2, 1.5, 1.5, 2.5},
    {"cbrt", 2, 1, 1, 1.5, 4.5, 1.5},
    {"cos", 4, 2, 2, 1.5, 1.5, 1.5},
    {"cosh", 4, 2, 1, 2.5, 2.5, same},
    {"erf", 16, 2, 2, 0.55, 1.5, 1.5},
    {"erfc", 16, 4, 5, 2, 5.5, 3.5},
    {"exp", 3, 2, 1, 0.51, 1.5, 1.5},
    {"exp2", 3, 2, 1, 0.51, 1.5, 1.5},
    {"expm1", 3, 1, 1, 1.5, 1.5, 1.5},
    {"hypot", 4, 3, 2, 0.51, 1.5, 1.5},
    {"log", 3, 1, 1, 0.51, 1.5, 1.5},
    {"log10", 3, 2, 1, 0.51, 1.5, 2.5},
    {"log1p", 2, 1, 1, 1.5, 1.5, same},
    {"log2", 3, 1, 1, 0.51, 2.5, 1.5},
    {"pow", 16, 9, 2, 0.51, 1.5, 1.5},
    {"sin", 4, 2, 2, 1.5, 1.5, 1.5},
    {"sinh", 4, 3, 2, 2.5, 2.5, same},
    {"tan", 5, 4, 2, 1.5, 1.5, 1.5},
    {"tanh", 5, 2, 1, 0.51, 1.5, 2.5},
    {"tgamma", 16, 11, 10, 8.5, 10.5, same},
    // OpenCL says nothing and CUDA excepts the neighbourhood of the zeros: the suite asks for this, in ulp of 1 at
    // least.
    {"lgamma", 32, 32, 32, 7.5, 4.5, same, 1},
});

/// Limits for a kernel that is made of several of these functions, in ulp of `scale` at least. Each keeps its arguments
/// where they hold with OpenCL's limits for the functions, the laxest.
struct KernelAccuracy {
  std::string_view family;
  double ulp;
  double scale;
  std::string_view source;
};

constexpr auto kernels = std::to_array<KernelAccuracy>({
    // Prices up to 1000 that two terms with sqrt, log, exp and erfc are made of, whose error is below 100 ulp of the
    // sum
    // of both prices.
    {"black_scholes", 128, 2048, "of 2048, the sum of the largest prices"},
    // The logarithm of a ratio of at most 10 is divided by 0.05 at least: 4 * 2.3 / 0.05 ulp in the argument of a
    // distribution whose density is below 0.4, and 25 of erfc and exp.
    {"library::finance::black_scholes", 128, 131072, "of 131,072, the largest discounted strike"},
    // The exponent is 34 at most, of which 8 ulp are lost in log and cos; 256 payoffs are added.
    {"library::finance::monte_carlo_call", 512, 4194304, "of 2^22, the payoffs of a group near their strike"},
    // Each of exp's results is 4 ulp off, and so is their sum; 8000 roundings follow each other in an item's part of
    // it.
    {"library::learning::softmax", 64, 1, "of 1, the sum of a row"},
    // The same, times the values.
    {"library::learning::attention", 256, 65536, "of 65,536, the sum of the largest usual values"},
});

/// Of kernels that opt into fast math, whose results are about 1. The coarsest functions are CUDA's __sinf, __cosf and
/// __logf, which are off by 2^-21 (the CUDA C++ Programming Guide, "Intrinsic Functions"): 4 ulp of 1 each.
constexpr double fast_ulp = 64;

std::string whole(double number) { return fmt::format("{:g}", number); }

}  // namespace

const FunctionAccuracy* accuracy_of(std::string_view function) noexcept {
  const auto entry =
      std::find_if(functions.begin(), functions.end(), [&](const auto& f) { return f.name == function; });
  return entry == functions.end() ? nullptr : &*entry;
}

Tolerance tolerance_of(const AcceleratorInfo& device, const KernelDefinition& kernel) {
  if (kernel.is_fast() && device.backend != "reference") {
    return {fast_ulp, fast_ulp, 1, "the suite's own limit for fast math, in ulp of 1 at least"};
  }
  const bool is_opencl = device.backend == "opencl";
  const bool is_host_library = device.backend == "msl-on-host";
  if (!is_opencl && !is_host_library && device.backend != "cuda") return {};
  const std::string family = origin_of(kernel).family;
  for (const KernelAccuracy& each : kernels) {
    if (each.family == family) return {each.ulp, each.ulp, each.scale, std::string(each.source)};
  }
  constexpr std::string_view math = "math::";
  if (!family.starts_with(math)) return {};
  const std::string_view name = std::string_view(family).substr(math.size());
  const FunctionAccuracy* const entry = accuracy_of(name);
  if (entry == nullptr || (is_host_library && entry->library_float32 == same)) return {};
  const double of_float32 = is_opencl ? entry->opencl : is_host_library ? entry->library_float32 : entry->cuda_float32;
  const double of_float64 = is_opencl ? entry->opencl : entry->cuda_float64;
  const bool is_double = origin_of(kernel).type == "double";
  const std::string_view text = entry->scale != 0 ? "the suite's own limit, in ulp of 1 at least,"
                                : is_opencl       ? "the OpenCL 1.2 specification, section 7.4,"
                                : is_host_library ? "the C library's list of known errors"
                                                  : "the CUDA C++ Programming Guide, mathematical functions,";
  return {of_float32 + entry->reference_float32, of_float64 + entry->reference_float64, entry->scale,
          fmt::format("{} by {} and {} of the reference", whole(is_double ? of_float64 : of_float32), text,
                      whole(is_double ? entry->reference_float64 : entry->reference_float32))};
}

bool depends_on_order(const KernelDefinition& kernel) {
  return (kernel.record().atomic_use & DOTCOMPUTE_ATOMIC_ORDER) != 0;
}

std::string describe(const Tolerance& tolerance, const KernelDefinition& kernel) {
  if (tolerance.is_exact()) return depends_on_order(kernel) ? "exact, in any order of the items" : "exact";
  const bool is_double = origin_of(kernel).type == "double";
  return fmt::format("{} ulp: {}", whole(is_double ? tolerance.ulp_float64 : tolerance.ulp_float32), tolerance.source);
}

}  // namespace dotcompute::conformance
