#pragma once

/// What was measured, function by function, next to what is stated.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "devices.hpp"
#include "measure.hpp"

namespace accuracy {

/// One function for one type.
struct Row {
  std::string function;
  std::string type;  ///< "float" or "double".
  double scale = 0;  ///< A unit is never smaller than this number's; 0 for most functions.
  double stated_reference = 0.5;
  Measured reference;
  std::string unequal;  ///< Where a device that should have the reference's bits has others; empty if nowhere.
  std::vector<std::string> equal;  ///< The names of devices that have the reference's bits.
  double stated_opencl = 0.5;
  std::optional<Measured> opencl;
  std::string opencl_fault;     ///< What the driver is known to do wrong at arguments that were left out; or empty.
  std::string opencl_excluded;  ///< The driver's known fault with this function; empty if there is none.
};

/// The limit that an error keeps, with the rounding of the exact results' own last bits.
[[nodiscard]] constexpr bool keeps(double ulp, double stated) { return ulp <= stated + 1e-6; }

/// All functions for one type, "float" or "double"; calls `next` with each row.
void for_each_row(const Devices& devices, const std::string& type, Density density,
                  const std::function<void(const Row&)>& next);

}  // namespace accuracy
