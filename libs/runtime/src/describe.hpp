#pragma once

/// Types and values as error messages spell them.

#include <string>
#include <string_view>

#include <dotcompute/base/extent.hpp>
#include <dotcompute/runtime/arguments.hpp>
#include <dotcompute/runtime/signature.hpp>

namespace dotcompute::detail {

/// "float32", "span<const float32>", "span<physics::Particle (24 bytes)>"; `struct_name` may be empty.
[[nodiscard]] std::string describe(const ParameterShape& parameter, std::string_view struct_name);

/// The same for what was passed: "span<float64>", "span<const int32>", "a struct of 12 bytes".
[[nodiscard]] std::string describe(const ArgumentView& argument);

/// "1024", "640x480", "16x16x16".
[[nodiscard]] std::string describe(const Extent& extent);

}  // namespace dotcompute::detail
