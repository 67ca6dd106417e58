#pragma once

/// The header of a .npy file: numpy's format, versions 1.0 to 3.0
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "element_type.hpp"

namespace dotcompute::tool {

struct NpyHeader {
  ElementType type;
  bool is_fortran_order = false;
  std::vector<std::uint64_t> shape;
};

/// Parses the dictionary of a header. Throws std::invalid_argument with what is wrong with it.
[[nodiscard]] NpyHeader parse_npy_header(std::string_view text);

/// The bytes that precede the data of an array in C order, as numpy writes them: magic, version, length and dictionary,
/// padded to a multiple of 64. The lowest version that can hold the dictionary is used.
[[nodiscard]] std::string format_npy_header(const ElementType& type, const std::vector<std::uint64_t>& shape);

}  // namespace dotcompute::tool
