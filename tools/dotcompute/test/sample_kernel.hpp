#pragma once

/// Records as kernelc writes them, for tests that need no compiler.

#include <string>
#include <vector>

#include <dotcompute/kernel/abi.h>

namespace dotcompute::tool {

inline constexpr dotcompute_type float_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_FLOAT32, 4, 4, "float", nullptr, 0, nullptr, 0};
inline constexpr dotcompute_type byte_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_UINT8, 1, 1, "unsigned char", nullptr, 0, nullptr, 0};

inline dotcompute_parameter value_parameter(const char* name, const dotcompute_type& type = float_type) {
  return {name, DOTCOMPUTE_PARAMETER_VALUE, 0, &type, 0};
}
inline dotcompute_parameter read_span(const char* name, const dotcompute_type& type = float_type) {
  return {name, DOTCOMPUTE_PARAMETER_SPAN, 0, &type, 0};
}
inline dotcompute_parameter written_span(const char* name, const dotcompute_type& type = float_type) {
  return {name, DOTCOMPUTE_PARAMETER_SPAN, 1, &type, 0};
}

/// A record without code that borrows the parameters.
inline dotcompute_kernel record_of(const char* name, std::uint32_t dimensions,
                                   const std::vector<dotcompute_parameter>& parameters) {
  dotcompute_kernel kernel{};
  kernel.struct_size = sizeof kernel;
  kernel.dimensions = dimensions;
  kernel.name = name;
  kernel.parameter_count = static_cast<std::uint32_t>(parameters.size());
  kernel.parameters = parameters.data();
  return kernel;
}

}  // namespace dotcompute::tool
