#pragma once

/// What a checked kernel looks at: a table in its record, so that a fault on any device is a number.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/model.hpp"

namespace kernelc::checked {

/// One place that may go wrong; see dotcompute_check.
struct Check {
  std::uint32_t kind = 0;                                 ///< enum dotcompute_check_kind
  model::ScalarType scalar = model::ScalarType::boolean;  ///< Of the values that the message tells.
  std::string subject;                                    ///< "'x'"; of an assertion its condition.
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};
using Checks = std::vector<Check>;

/// Where a node's `place` is.
struct Position {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool is_library = false;  ///< A system's header: it says nothing to the user.
};
using PositionOf = std::function<Position(std::uint32_t place)>;

}  // namespace kernelc::checked
