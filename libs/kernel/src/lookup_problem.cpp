#include "lookup_problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace dotcompute::detail {

namespace {

constexpr std::size_t most_names_listed = 8;

std::string text(const ParameterShape& shape) {
  std::string element = shape.is_struct
                            ? fmt::format("a struct of {} bytes aligned to {}", shape.size_bytes, shape.alignment)
                            : std::string(name(shape.scalar));
  if (!shape.is_span) return element;
  return fmt::format("a span of {}{}", shape.is_written ? "" : "const ", element);
}

std::string text(const dotcompute_parameter& parameter) {
  std::string result = text(shape_of(parameter));
  if (parameter.type->kind != DOTCOMPUTE_TYPE_SCALAR) result += fmt::format(" ('{}')", parameter.type->name);
  return result;
}

std::string place(const dotcompute_kernel& kernel) {
  return fmt::format("{}:{}", kernel.source_file, kernel.source_line);
}

std::string quoted(std::span<const std::string> names) {
  std::string result;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) result += i + 1 == names.size() ? " or " : ", ";
    result += fmt::format("'{}'", names[i]);
  }
  return result;
}

}  // namespace

ParameterShape shape_of(const dotcompute_parameter& parameter) noexcept {
  ParameterShape shape;
  shape.is_span = parameter.kind == DOTCOMPUTE_PARAMETER_SPAN;
  shape.is_written = parameter.written != 0;
  // What the ABI tells apart as struct and array is a class for C++: std::array is one.
  shape.is_struct = parameter.type->kind != DOTCOMPUTE_TYPE_SCALAR;
  shape.scalar = shape.is_struct ? ScalarType{} : static_cast<ScalarType>(parameter.type->scalar);
  shape.size_bytes = static_cast<std::size_t>(parameter.type->size);
  shape.alignment = static_cast<std::size_t>(parameter.type->alignment);
  return shape;
}

bool signature_matches(const dotcompute_kernel& kernel, std::span<const ParameterShape> parameters) noexcept {
  return std::equal(
      kernel.parameters, kernel.parameters + kernel.parameter_count, parameters.begin(), parameters.end(),
      [](const dotcompute_parameter& parameter, const ParameterShape& shape) { return shape_of(parameter) == shape; });
}

std::string different_signature_problem(const dotcompute_kernel& kernel, std::span<const ParameterShape> parameters) {
  const std::string begin = fmt::format("the kernel '{}' ({})", kernel.name, place(kernel));
  constexpr std::string_view end = "declare the function as its file defines it";
  if (kernel.parameter_count != parameters.size()) {
    return fmt::format("{} has {} parameters but is called through a declaration with {}; {}", begin,
                       kernel.parameter_count, parameters.size(), end);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const dotcompute_parameter& parameter = kernel.parameters[i];
    if (shape_of(parameter) == parameters[i]) continue;
    return fmt::format("{} takes as parameter {}, '{}', {} but is called through a declaration with {}; {}", begin,
                       i + 1, parameter.name, text(parameter), text(parameters[i]), end);
  }
  return fmt::format("{} has another signature than its declaration; {}", begin, end);
}

std::string unknown_function_problem(const void* function, const CodePlace& place_of_function,
                                     const dotcompute_kernel* namesake) {
  if (function == nullptr)
    return "no kernel can be found for a null function; pass the function that defines the kernel";
  std::string what = place_of_function.symbol.empty() ? fmt::format("at {}", fmt::ptr(function))
                                                      : fmt::format("'{}'", place_of_function.symbol);
  if (!place_of_function.module_path.empty()) what += fmt::format(" in {}", place_of_function.module_path);
  if (namesake != nullptr) {
    return fmt::format(
        "the function {} is no registered kernel, though {} registers a kernel '{}' for another function of that name; "
        "define the kernel in one file of the program and list it in dotcompute_add_kernels(<target> <file>)",
        what, place(*namesake), namesake->name);
  }
  return fmt::format(
      "the function {} is no registered kernel; mark it DOTCOMPUTE_KERNEL and list the file that defines "
      "it in dotcompute_add_kernels(<target> <file>)",
      what);
}

std::string unknown_name_problem(std::string_view name, std::span<const std::string> nearest,
                                 std::span<const std::string_view> known) {
  const std::string begin = fmt::format("no kernel named '{}' is registered", name);
  if (!nearest.empty()) return fmt::format("{}; did you mean {}?", begin, quoted(nearest));
  if (known.empty()) {
    return fmt::format(
        "{}, and no other one is; list the files that define kernels in "
        "dotcompute_add_kernels(<target> <file>)",
        begin);
  }
  std::string list;
  for (std::size_t i = 0; i < std::min(known.size(), most_names_listed); ++i) {
    list += fmt::format("{}'{}'", i == 0 ? "" : ", ", known[i]);
  }
  if (known.size() > most_names_listed) list += fmt::format(" and {} more", known.size() - most_names_listed);
  return fmt::format("{}; registered are {}", begin, list);
}

std::string ambiguous_problem(std::string_view of, std::span<const PlacedKernel> kernels) {
  std::string places;
  for (const PlacedKernel& kernel : kernels) {
    places += fmt::format("{}{} in {}", places.empty() ? "" : ", and ", place(*kernel.record),
                          kernel.module_path.empty() ? "an unknown module" : kernel.module_path);
  }
  return fmt::format("the {} '{}' belongs to {} different kernels: {}; give them different names or namespaces", of,
                     kernels.front().record->name, kernels.size(), places);
}

}  // namespace dotcompute::detail
