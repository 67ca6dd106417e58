#include "describe.hpp"

#include <fmt/format.h>

namespace dotcompute::detail {

namespace {

std::string describe_element(const ElementShape& element, std::string_view struct_name) {
  if (!element.is_struct) return std::string(name(element.scalar));
  if (struct_name.empty()) return fmt::format("struct of {} bytes", element.size_bytes);
  return fmt::format("{} ({} bytes)", struct_name, element.size_bytes);
}

std::string describe_parts(bool is_span, bool is_written, const std::string& element) {
  if (!is_span) return element;
  return fmt::format("span<{}{}>", is_written ? "" : "const ", element);
}

}  // namespace

std::string describe(const ParameterShape& parameter, std::string_view struct_name) {
  const ElementShape element{parameter.is_struct, parameter.scalar, static_cast<std::uint32_t>(parameter.size_bytes)};
  return describe_parts(parameter.is_span, parameter.is_written, describe_element(element, struct_name));
}

std::string describe(const ArgumentView& argument) {
  return describe_parts(argument.is_span, argument.access != ArgumentAccess::read_only,
                        describe_element(argument.element, {}));
}

std::string describe(const Extent& extent) {
  if (extent.z != 1) return fmt::format("{}x{}x{}", extent.x, extent.y, extent.z);
  if (extent.y != 1) return fmt::format("{}x{}", extent.x, extent.y);
  return fmt::format("{}", extent.x);
}

}  // namespace dotcompute::detail
