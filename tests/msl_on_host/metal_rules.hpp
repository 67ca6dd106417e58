#pragma once

/// What Metal refuses in a text and Clang takes.

#include <string>
#include <string_view>

namespace msl_on_host {

/// What is wrong with a text, a line for each thing; empty if nothing is.
[[nodiscard]] std::string what_metal_refuses(std::string_view text);

/// Whether Clang says of a text only what it is wrong about: in C++ for OpenCL it does not let a variable and a value
/// of one type meet in `c ? variable : value`.
[[nodiscard]] bool is_limitation_of_clang(std::string_view said);

}  // namespace msl_on_host
