#include "unit.hpp"

#include <fmt/format.h>

namespace dotcompute::detail {

namespace {

/// Who made the unit. Every version of the ABI begins with the same four fields, so that this can be said of any.
std::string origin(const dotcompute_unit& unit) {
  if (unit.struct_size < offsetof(dotcompute_unit, kernels)) return "a unit of kernels";
  const char* file = unit.source_file != nullptr ? unit.source_file : "a unit of kernels";
  const char* version = unit.kernelc_version != nullptr ? unit.kernelc_version : "of an unknown version";
  return fmt::format("{} was compiled by kernelc {}", file, version);
}

}  // namespace

std::string unreadable_because(const dotcompute_unit& unit) {
  if (unit.abi_version != DOTCOMPUTE_ABI_VERSION) {
    return fmt::format("{} for ABI {}; this library reads ABI {}: rebuild it", origin(unit), unit.abi_version,
                       DOTCOMPUTE_ABI_VERSION);
  }
  if (unit.struct_size < sizeof(dotcompute_unit)) {
    return fmt::format("{} with a table of {} bytes; this library needs {}: rebuild it", origin(unit), unit.struct_size,
                       sizeof(dotcompute_unit));
  }
  if (unit.kernel_count == 0) return {};
  if (unit.kernels == nullptr || unit.kernels->struct_size < sizeof(dotcompute_kernel)) {
    return fmt::format("{} with kernel records of {} bytes; this library needs {}: rebuild it", origin(unit),
                       unit.kernels == nullptr ? 0 : unit.kernels->struct_size, sizeof(dotcompute_kernel));
  }
  return {};
}

}  // namespace dotcompute::detail
