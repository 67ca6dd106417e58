#include "grid.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tool_error.hpp"

namespace dotcompute::tool {

Extent grid_of(const dotcompute_kernel& kernel, const std::vector<SizedArray>& arrays) {
  const char* const form = kernel.dimensions == 1 ? "N" : kernel.dimensions == 2 ? "WxH" : "WxHxD";
  if (arrays.empty()) {
    throw input_error(
        fmt::format("kernel {} is given no array whose length could be the grid; add --over {} or the --shape of "
                    "an output",
                    kernel.name, form));
  }
  const auto longest = std::max_element(arrays.begin(), arrays.end(),
                                        [](const SizedArray& a, const SizedArray& b) { return a.count < b.count; });
  if (kernel.dimensions == 1) return {longest->count};
  for (const SizedArray& array : arrays) {
    if (array.count != longest->count || array.grid_shape.size() != kernel.dimensions) continue;
    return {array.grid_shape[0], array.grid_shape[1], kernel.dimensions == 3 ? array.grid_shape[2] : 1};
  }
  throw input_error(fmt::format("kernel {} works on a {}-D grid, but its longest array '{}' has {} {}; add --over {}",
                                kernel.name, kernel.dimensions, longest->name, longest->grid_shape.size(),
                                longest->grid_shape.size() == 1 ? "axis" : "axes", form));
}

}  // namespace dotcompute::tool
