#pragma once

/// What `dotcompute conformance` prints.

#include <cstdint>
#include <string>
#include <vector>

#include <dotcompute/conformance/library.hpp>

namespace dotcompute::tool {

/// A kernel of the suite on one device, at all sizes.
struct KernelVerdict {
  std::string kernel;   ///< "suite::math::sin<float>"
  std::string family;   ///< "math::sin"
  std::string type;     ///< "float"
  std::string feature;  ///< "functions of <cmath>"
  std::vector<conformance::KernelResult> sizes;

  /// The worst of all sizes.
  [[nodiscard]] conformance::Verdict verdict() const;
  /// Of the size that decided the verdict.
  [[nodiscard]] const std::string& detail() const;
  [[nodiscard]] double largest_ulp() const;
};

/// All of the suite on one device.
struct DeviceConformance {
  AcceleratorInfo device;
  std::vector<KernelVerdict> kernels;
  std::vector<conformance::CheckResult> checks;

  [[nodiscard]] bool has_failed() const;
};

struct ConformanceRun {
  std::vector<std::uint64_t> sizes;
  std::uint64_t seed = 0;
  std::vector<DeviceConformance> devices;
};

/// The tables for people.
[[nodiscard]] std::string text_report(const ConformanceRun& run);

/// The JSON object for programs.
[[nodiscard]] std::string json_report(const ConformanceRun& run);

}  // namespace dotcompute::tool
