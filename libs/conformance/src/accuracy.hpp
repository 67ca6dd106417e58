#pragma once

/// How far a device's result may be from the reference's.

#include <string>
#include <string_view>

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

/// Limits for one function, in ulp of the exact result. A function of <cmath> that is not here has one right answer
/// everywhere.
///
/// OpenCL: the OpenCL 1.2 specification, section 7.4, full profile; the same for float and double.
/// CUDA: the CUDA C++ Programming Guide, "Mathematical Functions", the largest of the versions 11 to 13.
/// Reference: of floats that are computed in doubles, what that leaves, as tests/math_accuracy found it; otherwise
/// SLEEF's own bound, 1 or 1.5, and half a unit more among subnormal numbers, as found there; of the functions that it
/// takes from the C library, glibc's list of known errors (sysdeps/x86_64/fpu/libm-test-ulps), rounded up, with
/// half a unit for the correctly rounded result that this counts from.
/// C library: the same list, for a device that calls the host's.
struct FunctionAccuracy {
  /// The device calls the function that the reference calls.
  static constexpr double same_library = -1;

  std::string_view name;
  double opencl;
  double cuda_float32;
  double cuda_float64;
  double reference_float32;
  double reference_float64;
  double library_float32;
  double scale = 0;
};

/// Null for a function that has one right answer.
[[nodiscard]] const FunctionAccuracy* accuracy_of(std::string_view function) noexcept;

/// What the suite allows this device for this kernel.
[[nodiscard]] Tolerance tolerance_of(const AcceleratorInfo& device, const KernelDefinition& kernel);

/// Whether kernelc sees that the kernel's result may depend on the order of its items. Those of the suite are written
/// so that it does not, and are compared as all others are.
[[nodiscard]] bool depends_on_order(const KernelDefinition& kernel);

/// "exact", "exact, in any order of the items", or "5.5 ulp: 4 by the OpenCL 1.2 specification, section 7.4, and
/// 1.5 of the reference".
[[nodiscard]] std::string describe(const Tolerance& tolerance, const KernelDefinition& kernel);

}  // namespace dotcompute::conformance
