#pragma once

/// How far a device's result may be from the reference's.

#include <string>

#include <dotcompute/device/accelerator.hpp>

namespace dotcompute::conformance {

/// Limits on the difference of two floating-point numbers, in units in the last place of the larger of the two; all
/// other numbers are equal or they differ.
struct Tolerance {
  double ulp_float32 = 0;
  double ulp_float64 = 0;
  double scale = 0;    ///< A unit is never smaller than this number's.
  std::string source;  ///< Where the limits come from; empty if everything is exact.

  [[nodiscard]] bool is_exact() const noexcept { return ulp_float32 == 0 && ulp_float64 == 0; }
};

/// What the suite allows this device for this kernel.
[[nodiscard]] Tolerance tolerance_of(const AcceleratorInfo& device, const KernelDefinition& kernel);

/// Whether kernelc sees that the kernel's result may depend on the order of its items. Those of the suite are written
/// so that it does not, and are compared as all others are.
[[nodiscard]] bool depends_on_order(const KernelDefinition& kernel);

/// "exact", "exact, in any order of the items", or "5 ulp: 4 of sin in OpenCL C 1.2, section 7.4, and 1 of the C
/// library's".
[[nodiscard]] std::string describe(const Tolerance& tolerance, const KernelDefinition& kernel);

}  // namespace dotcompute::conformance
