#pragma once

/// The grid of a launch for which --over was not given.

#include <cstdint>
#include <string>
#include <vector>

#include <dotcompute/base/extent.hpp>
#include <dotcompute/kernel/abi.h>

namespace dotcompute::tool {

/// An array whose size is known before the grid is.
struct SizedArray {
  std::string name;
  std::uint64_t count = 0;
  std::vector<std::uint64_t> grid_shape;  ///< x first.
};

/// For a 1-D kernel, the length of the longest array; for a 2-D or 3-D one, the shape of the longest array, which must
/// have as many axes. Throws ToolError (input) that names --over where that gives no grid.
[[nodiscard]] Extent grid_of(const dotcompute_kernel& kernel, const std::vector<SizedArray>& arrays);

}  // namespace dotcompute::tool
