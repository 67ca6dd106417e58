#pragma once

/// A kernel that a program brings along in the languages of devices, for what the kernel language cannot say.
///
///     dotcompute::DeviceSource source;
///     source.name = "mine::saxpy";
///     source.parameters = dotcompute::declared_parameters<float, std::span<const float>, std::span<float>>(
///         {"a", "x", "y"});
///     source.texts.push_back({dotcompute::DeviceLanguage::opencl_c, text, "saxpy"});

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/kernel/abi.h>
#include <dotcompute/kernel/shape.hpp>

namespace dotcompute {

enum class DeviceLanguage {
  cuda_c = DOTCOMPUTE_LANGUAGE_CUDA_C,
  opencl_c = DOTCOMPUTE_LANGUAGE_OPENCL_C,
  msl = DOTCOMPUTE_LANGUAGE_MSL,
  ptx = DOTCOMPUTE_LANGUAGE_PTX,
};

/// "CUDA C", "OpenCL C", "Metal's language", "PTX".
[[nodiscard]] DOTCOMPUTE_API std::string_view name(DeviceLanguage language) noexcept;

/// One kernel function in one language.
struct DeviceText {
  DeviceLanguage language = DeviceLanguage::opencl_c;
  std::string text;   ///< The whole translation unit.
  std::string entry;  ///< The function's name in it: for CUDA C that of an `extern "C"` function.
};

struct DeclaredParameter {
  std::string name;
  ParameterShape shape;
};

/// The parameters of a function `void (P...)`, with their names.
template <class... P>
[[nodiscard]] std::vector<DeclaredParameter> declared_parameters(
    const std::array<std::string_view, sizeof...(P)>& names) {
  constexpr auto shapes = parameter_shapes<P...>();
  std::vector<DeclaredParameter> parameters;
  for (std::size_t i = 0; i < shapes.size(); ++i) parameters.push_back({std::string(names[i]), shapes[i]});
  return parameters;
}

/// The function takes the declared parameters in their order and nothing else: a span as a pointer to its elements, a
/// value as it is. A size that it needs is a parameter like any other. The grid is rounded up to whole groups, so the
/// function must look where the grid ends, unless `in_groups_of` divides it.
struct DeviceSource {
  std::string name;  ///< What launches call it by.
  std::vector<DeclaredParameter> parameters;
  int dimensions = 1;             ///< Of its grid: 1, 2 or 3.
  bool needs_fp64 = false;        ///< Whether it computes with double.
  std::vector<DeviceText> texts;  ///< At most one for each language.
};

}  // namespace dotcompute
