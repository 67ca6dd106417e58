// Asks the suite whether the smallest backend is one.
#include <cstdio>

#include <dotcompute/conformance/device_checks.hpp>
#include <dotcompute/conformance/suite.hpp>
#include <dotcompute/dotcompute.hpp>

#include "minimal_backend.hpp"

int main() {
  using namespace dotcompute;
  auto runtime = Runtime::create();
  auto& reference = dynamic_cast<HostAccelerator&>(runtime.accelerator("reference"));
  const auto device = minimal::make_accelerator();
  int kernels = 0, refused = 0, failures = 0;

  conformance::SuiteOptions options;
  options.sizes = {0, 1, 17, 257, 65'537};
  for (const KernelDefinition& kernel : conformance::suite_kernels()) {
    // What the device says that it cannot run is no failure; what it takes must be right.
    if (device->refusal(kernel)) {
      ++refused;
      continue;
    }
    ++kernels;
    for (const auto& result : conformance::compare_with_reference(*device, reference, kernel, options)) {
      if (result.verdict == conformance::Verdict::passed) continue;
      ++failures;
      std::printf("%s: %s\n", result.kernel.c_str(), result.detail.c_str());
    }
  }
  for (const std::string_view check : conformance::checks_for(*device)) {
    const auto result = conformance::run_check(*device, check);
    if (result.verdict == conformance::Verdict::passed) continue;
    // What a device need not have, and this one has not.
    if (result.verdict != conformance::Verdict::excluded) ++failures;
    std::printf("%s: %s\n", result.check.c_str(), result.detail.c_str());
  }
  std::printf("%d kernels, %d refused, %d failures\n", kernels, refused, failures);
  return kernels > 300 && failures == 0 ? 0 : 1;
}
