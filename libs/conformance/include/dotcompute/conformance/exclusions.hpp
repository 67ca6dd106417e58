#pragma once

/// Faults of drivers that the suite knows. Each was first looked for in our own code.

#include <span>
#include <string>
#include <string_view>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/accelerator.hpp>

namespace dotcompute::conformance {

/// All three patterns must match; `*` stands for any text.
struct Exclusion {
  std::string_view backend;   ///< "opencl"
  std::string_view driver;    ///< Of AcceleratorInfo::driver.
  std::string_view kernel;    ///< "suite::math::lgamma<*>"
  std::string_view reason;    ///< What the driver does wrong.
  std::string_view evidence;  ///< How it was seen to be the driver's fault and not ours.
  bool harms = false;         ///< It crashes or hangs, so that the kernel is not even tried.
};

/// All of them.
[[nodiscard]] DOTCOMPUTE_API std::span<const Exclusion> exclusions() noexcept;

/// The first of `list` that is about this kernel on this device; null if there is none.
[[nodiscard]] DOTCOMPUTE_API const Exclusion* find_exclusion(std::span<const Exclusion> list,
                                                             const AcceleratorInfo& device, std::string_view kernel);

}  // namespace dotcompute::conformance
