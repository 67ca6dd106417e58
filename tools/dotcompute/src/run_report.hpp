#pragma once

/// What `dotcompute run` prints.

#include <optional>
#include <string>
#include <vector>

#include <dotcompute/runtime/report.hpp>

#include "bind.hpp"
#include "compare.hpp"
#include "options.hpp"

namespace dotcompute::tool {

/// A kernel with its arguments.
struct KernelRun {
  RunOptions options;
  std::string kernel;
  BoundLaunch launch;
};

/// What one device did.
struct DeviceResult {
  std::string device;
  LaunchReport report;
  std::optional<Comparison> comparison;  ///< With the reference, if this was checked and is not it.
  std::string first_difference;          ///< For people; empty if the device agrees.
};

/// Whether no device differs from the reference.
[[nodiscard]] bool all_agree(const std::vector<DeviceResult>& results);

/// The text for people: a line for one device, a table for several.
[[nodiscard]] std::string text_report(const KernelRun& run, const std::vector<DeviceResult>& results);

/// The JSON object for programs.
[[nodiscard]] std::string json_report(const KernelRun& run, const std::vector<DeviceResult>& results);

}  // namespace dotcompute::tool
