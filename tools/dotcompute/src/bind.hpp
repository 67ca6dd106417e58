#pragma once

/// Joins a kernel's parameters with the files, values and sizes of the command line.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <dotcompute/base/extent.hpp>
#include <dotcompute/kernel/abi.h>

#include "array.hpp"
#include "options.hpp"

namespace dotcompute::tool {

/// One parameter with its value: a value is an array of shape ().
struct BoundParameter {
  std::string name;
  bool is_span = false;
  bool is_written = false;
  Array array;  ///< In the layout that C++ gave the type.
  std::optional<std::string> output_path;
};

/// Everything a launch needs, and where its results go.
struct BoundLaunch {
  std::vector<BoundParameter> parameters;  ///< In the kernel's order.
  Extent grid;
};

/// Reads the files, allocates the outputs and decides the grid. Errors are ToolErrors: `input` for arguments that do
/// not fit the kernel, `output` for a file that cannot be written, which is found out before anything long is done.
[[nodiscard]] BoundLaunch bind(const dotcompute_kernel& kernel, const RunOptions& options);

/// Writes the array to a .npy or .png file, told by the name. Its padding is set to zero.
void write_output(const Array& array, const std::string& path);

/// A parameter's type as in the source: "float", "std::span<const float>".
[[nodiscard]] std::string describe_parameter(const dotcompute_parameter& parameter);

}  // namespace dotcompute::tool
