#include "lower/math_libraries.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace kernelc {

namespace {

/// A function of SLEEF and its error bound, which is part of its name: "_u10" is 1.0 ulp.
struct StrictFunction {
  std::string_view name;
  std::string_view bound;
  bool has_float;
  bool has_double;
};

// Left to the C library: what SLEEF 3.5.1 gets wrong at the ends of the range (asinh, cosh, log1p, sinh, tgamma), and
// what the C library computes as fast on one lane after the other (the others that are not here).
constexpr auto strict_functions = std::to_array<StrictFunction>({
    {"acos", "u10", true, true},
    {"asin", "u10", true, true},
    {"atan", "u10", true, true},
    {"atan2", "u10", true, true},
    {"atanh", "u10", true, true},
    {"cbrt", "u10", true, false},
    {"cos", "u10", true, true},
    {"erfc", "u15", true, false},
    {"exp", "u10", false, true},
    {"exp2", "u10", false, true},
    {"expm1", "u10", true, true},
    {"log", "u10", false, true},
    {"log10", "u10", false, true},
    {"sin", "u10", true, true},
    {"tan", "u10", true, true},
    {"tanh", "u10", false, true},
});

constexpr auto fast_functions = std::to_array<std::string_view>({
    "acos", "acosh", "asin",  "asinh", "atan",  "atan2", "atanh", "cbrt", "cos", "cosh", "erf", "erfc", "exp",
    "exp2", "expm1", "hypot", "log",   "log10", "log1p", "log2",  "pow",  "sin", "sinh", "tan", "tanh",
});

/// The vector widths of the targets, in bytes, and what the libraries call code for them.
struct Width {
  std::string_view first_cpu;
  std::string_view last_cpu;
  unsigned bytes;
  std::string_view sleef;
  char libmvec;
};

// Code for half of a vector is no use to newer processors: they call that of the whole one for less.
constexpr auto widths = std::to_array<Width>({
    {"x86-64-v2", "x86-64-v2", 16, "sse4", 'b'},
    {"x86-64-v3", "x86-64-v4", 32, "avx", 'd'},
    {"x86-64-v4", "x86-64-v4", 64, "avx512fnofma", 'e'},
});

const StrictFunction* find_strict(std::string_view name, bool is_float) {
  const auto found = std::find_if(strict_functions.begin(), strict_functions.end(), [&](const StrictFunction& each) {
    return name == each.name && (is_float ? each.has_float : each.has_double);
  });
  return found == strict_functions.end() ? nullptr : &*found;
}

std::string sleef_name(const StrictFunction& function, bool is_float, unsigned lanes, std::string_view extension) {
  std::string name = "Sleef_cinz_";
  name.append(function.name).append(is_float ? "f" : "d").append(std::to_string(lanes));
  return name.append("_").append(function.bound).append(extension);
}

template <class Name>
std::vector<VectorFunction> for_each_width(std::string_view cpu, bool is_float, Name name) {
  std::vector<VectorFunction> all;
  for (const Width& width : widths) {
    if (cpu < width.first_cpu || cpu > width.last_cpu) continue;
    const unsigned lanes = width.bytes / (is_float ? 4 : 8);
    all.push_back({name(width, lanes), lanes});
  }
  return all;
}

}  // namespace

std::optional<std::string> strict_function(std::string_view name, bool is_float) {
  const StrictFunction* function = find_strict(name, is_float);
  if (function == nullptr) return std::nullopt;
  return sleef_name(*function, is_float, 1, "purec");
}

std::vector<VectorFunction> strict_vector_functions(std::string_view name, bool is_float, std::string_view cpu) {
  const StrictFunction* function = find_strict(name, is_float);
  if (function == nullptr) return {};
  return for_each_width(cpu, is_float, [&](const Width& width, unsigned lanes) {
    return sleef_name(*function, is_float, lanes, width.sleef);
  });
}

std::vector<VectorFunction> fast_vector_functions(std::string_view name, bool is_float, std::string_view cpu) {
  if (std::find(fast_functions.begin(), fast_functions.end(), name) == fast_functions.end()) return {};
  const bool has_two = name == "atan2" || name == "hypot" || name == "pow";
  return for_each_width(cpu, is_float, [&](const Width& width, unsigned lanes) {
    return "_ZGV" + std::string(1, width.libmvec) + "N" + std::to_string(lanes) + (has_two ? "vv_" : "v_") +
           std::string(name) + (is_float ? "f" : "");
  });
}

}  // namespace kernelc
