#include "model/math_functions.hpp"

#include <algorithm>
#include <array>

namespace kernelc::model {

namespace {

constexpr auto floating_functions = std::to_array<MathFunction>({
    {"acos", "ff"},       {"acosh", "ff"},    {"asin", "ff"},       {"asinh", "ff"},    {"atan", "ff"},
    {"atan2", "fff"},     {"atanh", "ff"},    {"cbrt", "ff"},       {"ceil", "ff"},     {"copysign", "fff"},
    {"cos", "ff"},        {"cosh", "ff"},     {"erf", "ff"},        {"erfc", "ff"},     {"exp", "ff"},
    {"exp2", "ff"},       {"expm1", "ff"},    {"fabs", "ff"},       {"fdim", "fff"},    {"floor", "ff"},
    {"fma", "ffff"},      {"fmax", "fff"},    {"fmin", "fff"},      {"fmod", "fff"},    {"frexp", "ffI"},
    {"hypot", "fff"},     {"ilogb", "if"},    {"ldexp", "ffi"},     {"lgamma", "ff"},   {"llrint", "lf"},
    {"llround", "lf"},    {"log", "ff"},      {"log10", "ff"},      {"log1p", "ff"},    {"log2", "ff"},
    {"logb", "ff"},       {"lrint", "lf"},    {"lround", "lf"},     {"modf", "ffF"},    {"nearbyint", "ff"},
    {"nextafter", "fff"}, {"pow", "fff"},     {"remainder", "fff"}, {"remquo", "fffI"}, {"rint", "ff"},
    {"round", "ff"},      {"scalbln", "ffl"}, {"scalbn", "ffi"},    {"sin", "ff"},      {"sinh", "ff"},
    {"sqrt", "ff"},       {"tan", "ff"},      {"tanh", "ff"},       {"tgamma", "ff"},   {"trunc", "ff"},
});

// One version for both floating-point types.
constexpr auto classifications = std::to_array<MathFunction>({
    {"isnan", "bf"},
    {"isinf", "bf"},
    {"isfinite", "bf"},
    {"isnormal", "bf"},
    {"signbit", "bf"},
    {"isgreater", "bff"},
    {"isless", "bff"},
    {"isgreaterequal", "bff"},
    {"islessequal", "bff"},
    {"islessgreater", "bff"},
    {"isunordered", "bff"},
});

constexpr auto integer_functions = std::to_array<std::string_view>({"abs", "popcount", "clz", "ctz", "bswap"});

template <class Table>
const MathFunction* find(const Table& table, std::string_view name) {
  const auto entry = std::find_if(table.begin(), table.end(), [&](const MathFunction& f) { return f.name == name; });
  return entry == table.end() ? nullptr : &*entry;
}

}  // namespace

std::optional<std::string> find_math_function(std::string_view name) {
  constexpr std::string_view builtin = "__builtin_";
  if (name.starts_with(builtin)) name.remove_prefix(builtin.size());
  if (find(floating_functions, name) != nullptr || find(classifications, name) != nullptr) return std::string(name);
  if (name.ends_with('f') && find(floating_functions, name.substr(0, name.size() - 1)) != nullptr) {
    return std::string(name);
  }
  if (name == "isinf_sign") return "isinf";
  if (name == "signbitf") return "signbit";
  // Integer functions by operand width: abs, labs, llabs; popcount, popcountl, popcountll; bswap16, bswap32, bswap64.
  if (name == "abs" || name == "labs" || name == "llabs") return "abs";
  for (const std::string_view base : {std::string_view("popcount"), std::string_view("clz"), std::string_view("ctz")}) {
    if (name == base ||
        (name.starts_with(base) && (name.substr(base.size()) == "l" || name.substr(base.size()) == "ll"))) {
      return std::string(base);
    }
  }
  if (name == "bswap16" || name == "bswap32" || name == "bswap64") return "bswap";
  return std::nullopt;
}

const MathFunction& math_function(std::string_view name, bool& is_float) {
  is_float = false;
  if (const MathFunction* entry = find(floating_functions, name)) return *entry;
  if (const MathFunction* entry = find(classifications, name)) return *entry;
  is_float = true;
  return *find(floating_functions, name.substr(0, name.size() - 1));
}

bool is_integer_function(std::string_view name) {
  return std::find(integer_functions.begin(), integer_functions.end(), name) != integer_functions.end();
}

}  // namespace kernelc::model
