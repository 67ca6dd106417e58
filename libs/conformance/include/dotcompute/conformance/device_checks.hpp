#pragma once

/// What the contract of devices promises beyond right results: order, waiting, limits, errors.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/conformance/suite.hpp>
#include <dotcompute/device/accelerator.hpp>

namespace dotcompute::conformance {

struct CheckResult {
  std::string check;  ///< "points are reached in order"
  Verdict verdict = Verdict::passed;
  std::string detail;  ///< What was expected and what happened; or why it does not apply to this device.
};

/// The names of the checks for this kind of device, in the order in which they run.
[[nodiscard]] DOTCOMPUTE_API std::vector<std::string_view> checks_for(const Accelerator& device);

/// Runs one check. The kernels `suite::contract::...` must be in the registry. Never throws for what the device does.
[[nodiscard]] DOTCOMPUTE_API CheckResult run_check(Accelerator& device, std::string_view check, std::uint64_t seed = 1);

/// Checks what a device promises of another one where it says that it can access it: copies both ways, at odd offsets,
/// and in the order of both devices' launches. Excluded where it says that it cannot. Never throws for what they do.
[[nodiscard]] DOTCOMPUTE_API CheckResult run_peer_check(Accelerator& device, Accelerator& other);

}  // namespace dotcompute::conformance
