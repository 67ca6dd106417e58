// Runs the suite on msl-on-host for the table of scripts/conformance, and prints what `dotcompute conformance --json`
// prints: msl_on_host_conformance <sizes, with commas> <seed>. Exits with 6 if something differs, as that does, and
// with 1 and the reason if there is no device.

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include <dotcompute/reference/reference_accelerator.hpp>

#include "conformance_report.hpp"
#include "msl_on_host.hpp"

namespace {

using namespace dotcompute;

tool::DeviceConformance run_suite(DeviceAccelerator& device, const conformance::SuiteOptions& options) {
  const auto reference = make_reference_accelerator();
  tool::DeviceConformance result;
  result.device = device.info();
  for (const KernelDefinition& kernel : conformance::suite_kernels()) {
    const conformance::KernelOrigin origin = conformance::origin_of(kernel);
    result.kernels.push_back({std::string(kernel.name()), origin.family, origin.type,
                              std::string(conformance::feature_of(kernel)),
                              conformance::compare_with_reference(device, *reference, kernel, options)});
  }
  for (const std::string_view check : conformance::checks_for(device)) {
    result.checks.push_back(conformance::run_check(device, check, options.seed));
  }
  return result;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: %s <size,size,...> <seed>\n", arguments[0]);
    return 1;
  }
  if (const auto reason = msl_on_host::why_absent()) {
    std::fprintf(stderr, "%s\n", reason->c_str());
    return 1;
  }
  conformance::SuiteOptions options;
  options.sizes.clear();
  std::istringstream sizes(arguments[1]);
  for (std::string size; std::getline(sizes, size, ',');) options.sizes.push_back(std::stoull(size));
  options.seed = std::stoull(arguments[2]);
  const auto device = msl_on_host::make_accelerator();
  const tool::ConformanceRun run{options.sizes, options.seed, {run_suite(*device, options)}};
  std::fputs(tool::json_report(run).c_str(), stdout);
  return run.devices.front().has_failed() ? 6 : 0;
}
