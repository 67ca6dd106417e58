#pragma once

/// The functions of <cmath> that kernels may call, and how the model names them.

#include <optional>
#include <string>
#include <string_view>

namespace kernelc::model {

/// What a math function computes with: the floating-point type of its name, `int`, `long`, `long long`, `bool`, or a
/// pointer to one of the first two.
///   f  float for names with the suffix f, double otherwise      i  int       l  long
///   b  bool                                                     F  pointer to f    I  pointer to int
struct MathFunction {
  std::string_view name;       ///< Of the double version: "sin".
  std::string_view signature;  ///< Result first: "ff" for sin, "fff" for pow.
};

/// A C function or builtin by its name ("sinf", "__builtin_pow", "isnan") as the model's name; empty if it is not one.
/// The model's name keeps the suffix f of float versions: "sinf". Classification functions have no suffix.
[[nodiscard]] std::optional<std::string> find_math_function(std::string_view c_name);

/// The table entry of a name that `find_math_function` returned; `is_float` tells a suffix f.
[[nodiscard]] const MathFunction& math_function(std::string_view model_name, bool& is_float);

/// Whether the model's name is one of the integer and bit functions, which keep their operand's type:
/// "abs", "popcount", "clz", "ctz", "bswap".
[[nodiscard]] bool is_integer_function(std::string_view model_name);

}  // namespace kernelc::model
