#include <algorithm>
#include <string>
#include <vector>

#include <fnmatch.h>
#include <fmt/format.h>

#include "commands.hpp"
#include "conformance_library.hpp"
#include "conformance_report.hpp"
#include "session.hpp"

namespace dotcompute::tool {

namespace {

constexpr const char* reference_id = "reference";

/// The pattern may leave out the namespace that all kernels of the suite are in.
bool is_chosen(const std::string& pattern, const std::string& kernel) {
  return fnmatch(pattern.c_str(), kernel.c_str(), 0) == 0 ||
         fnmatch(("suite::" + pattern).c_str(), kernel.c_str(), 0) == 0;
}

std::vector<KernelDefinition> chosen_kernels(const conformance::Library& suite, const std::string& pattern) {
  std::vector<KernelDefinition> kernels = suite.suite_kernels();
  std::erase_if(kernels,
                [&](const KernelDefinition& kernel) { return !is_chosen(pattern, std::string(kernel.name())); });
  if (kernels.empty()) {
    throw input_error(
        fmt::format("--filter {}: no kernel of the suite has such a name; '*' stands for any text, as in "
                    "'math::*' or '*<float>'",
                    pattern));
  }
  return kernels;
}

DeviceConformance run_on(const std::string& id, const std::vector<KernelDefinition>& kernels,
                         const conformance::Library& suite, const ConformanceRun& run, const Session& session,
                         Progress& progress) {
  Accelerator& device = session.accelerator(id);
  auto& reference = dynamic_cast<HostAccelerator&>(session.accelerator(reference_id));
  DeviceConformance result;
  result.device = device.info();
  for (const KernelDefinition& kernel : kernels) {
    progress.begin(fmt::format("{}: {} ({} of {})", id, kernel.name(), result.kernels.size() + 1, kernels.size()));
    const conformance::KernelOrigin origin = suite.origin_of(kernel);
    result.kernels.push_back({std::string(kernel.name()), origin.family, origin.type,
                              std::string(suite.feature_of(kernel)),
                              suite.compare_with_reference(device, reference, kernel, {run.sizes, run.seed})});
  }
  for (const std::string_view check : suite.checks_for(device)) {
    progress.begin(fmt::format("{}: {}", id, check));
    result.checks.push_back(suite.run_check(device, check, run.seed));
  }
  return result;
}

}  // namespace

ExitStatus check_conformance(const ConformanceOptions& options, const CommonOptions& common, Progress& progress) {
  const Session session("");
  std::vector<std::string> devices{options.device};
  if (options.device.empty()) {
    devices.clear();
    for (const AcceleratorInfo& info : session.devices()) devices.push_back(info.id);
  } else {
    session.require_device(options.device);
  }
  const conformance::Library& suite = open_conformance_library();
  const std::vector<KernelDefinition> kernels = chosen_kernels(suite, options.filter);
  ConformanceRun run;
  run.sizes = options.sizes;
  run.seed = options.seed;
  bool has_failed = false;
  for (const std::string& device : devices) {
    run.devices.push_back(run_on(device, kernels, suite, run, session, progress));
    has_failed = has_failed || run.devices.back().has_failed();
  }
  progress.end();
  fmt::print("{}", common.json ? json_report(run) : text_report(run));
  return has_failed ? ExitStatus::check_failed : ExitStatus::ok;
}

}  // namespace dotcompute::tool
