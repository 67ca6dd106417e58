#pragma once

/// Values given as text on the command line.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/base/extent.hpp>
#include <dotcompute/base/scalar_type.hpp>

namespace dotcompute::tool {

/// A scalar as it lies in memory; the first `size_bytes(type)` bytes count.
using ScalarBytes = std::array<std::byte, 8>;

/// Parses the whole text as a value of the type: true or false; an integer, also 0x...; a float, also 0x...p..., inf,
/// nan. Throws std::invalid_argument with what is wrong, in a clause.
[[nodiscard]] ScalarBytes parse_scalar(std::string_view text, ScalarType type);

/// As a float, rounded to the nearest half.
[[nodiscard]] ScalarBytes parse_half(std::string_view text);

/// "1024x768:float32": sizes with x first and, after a colon, the type if it was given.
struct ShapeText {
  std::vector<std::uint64_t> sizes;
  std::string type;
};

/// Throws std::invalid_argument with what is wrong, in a clause.
[[nodiscard]] ShapeText parse_shape(std::string_view text);

/// "640", "640x480", "64x64x64". Throws std::invalid_argument with what is wrong, in a clause.
[[nodiscard]] Extent parse_extent(std::string_view text);

/// "640", "640x480" ...: the dimensions above the highest that is not 1 are left out.
[[nodiscard]] std::string describe_extent(const Extent& extent);

/// `NAME=TEXT`.
struct NamedText {
  std::string name;
  std::string text;
};

/// Throws ToolError (usage) that names the option if there is no name, no '=' or no text.
[[nodiscard]] NamedText split_named(std::string_view option, std::string_view text);

/// `FILE.cpp:KERNEL`; the kernel is empty if only a file was given.
struct SourceAndKernel {
  std::string file;
  std::string kernel;
};

/// Splits at the first ':' that follows the file's extension, since kernels' names contain ':' themselves.
[[nodiscard]] SourceAndKernel split_source(std::string_view text);

}  // namespace dotcompute::tool
