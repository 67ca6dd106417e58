#pragma once

/// The sentences that tell why a look-up found no kernel, and what to do about it.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <dotcompute/kernel/abi.h>
#include <dotcompute/kernel/shape.hpp>

#include "code_place.hpp"

namespace dotcompute::detail {

/// A kernel and the file of the executable or library that holds its record.
struct PlacedKernel {
  const dotcompute_kernel* record = nullptr;
  std::string_view module_path;
};

[[nodiscard]] ParameterShape shape_of(const dotcompute_parameter& parameter) noexcept;

[[nodiscard]] bool signature_matches(const dotcompute_kernel& kernel,
                                     std::span<const ParameterShape> parameters) noexcept;

/// For a kernel whose record does not match what the caller's declaration says.
[[nodiscard]] std::string different_signature_problem(const dotcompute_kernel& kernel,
                                                      std::span<const ParameterShape> parameters);

/// For a function without a kernel. `namesake` is a kernel of that name which belongs to another function.
[[nodiscard]] std::string unknown_function_problem(const void* function, const CodePlace& place,
                                                   const dotcompute_kernel* namesake);

/// For a name without a kernel; `known` are all names there are.
[[nodiscard]] std::string unknown_name_problem(std::string_view name, std::span<const std::string> nearest,
                                               std::span<const std::string_view> known);

/// For several different kernels under one name or function; `of` is "name" or "function".
[[nodiscard]] std::string ambiguous_problem(std::string_view of, std::span<const PlacedKernel> kernels);

}  // namespace dotcompute::detail
