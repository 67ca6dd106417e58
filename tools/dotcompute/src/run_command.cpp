#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bind.hpp"
#include "commands.hpp"
#include "crash_guard.hpp"
#include "run_report.hpp"
#include "session.hpp"

namespace dotcompute::tool {

namespace {

constexpr const char* reference_id = "reference";

/// The devices to run on, in order. The reference comes first where it is needed for a check; the one whose results are
/// written comes last.
std::vector<std::string> devices_for(const RunOptions& options, const Session& session) {
  std::vector<std::string> devices;
  if (options.on == "all") {
    devices.emplace_back(reference_id);
    for (const AcceleratorInfo& info : session.devices()) {
      if (info.id != reference_id && info.id != session.default_device()) devices.push_back(info.id);
    }
    devices.push_back(session.default_device());
    return devices;
  }
  const std::string device = options.on == "auto" ? session.default_device() : options.on;
  session.require_device(device);
  if (options.check && device != reference_id) devices.emplace_back(reference_id);
  devices.push_back(device);
  return devices;
}

/// The written arrays of one run, in the order of the parameters; the entry of any other parameter is empty.
using Written = std::vector<Bytes>;

Written copy_written(const BoundLaunch& launch, const std::string& device) {
  Written copies;
  for (const BoundParameter& parameter : launch.parameters) {
    copies.push_back(parameter.is_written
                         ? parameter.array.bytes.copy(fmt::format("the copy of '{}' for {}", parameter.name, device))
                         : Bytes());
  }
  return copies;
}

/// `written` replaces the memory of written parameters; without it they are written in place.
std::vector<DynamicArgument> arguments_of(const BoundLaunch& launch, const Written* written) {
  std::vector<DynamicArgument> arguments;
  for (std::size_t i = 0; i < launch.parameters.size(); ++i) {
    const BoundParameter& parameter = launch.parameters[i];
    const bool is_replaced = written != nullptr && parameter.is_written;
    DynamicArgument argument;
    argument.name = parameter.name;
    argument.is_span = parameter.is_span;
    argument.is_writable = parameter.is_written;
    argument.is_struct = parameter.array.type.kind != ElementType::Kind::scalar;
    argument.scalar = parameter.array.type.scalar;
    argument.element_size_bytes = parameter.array.type.size_bytes;
    argument.data = is_replaced ? (*written)[i].data() : parameter.array.bytes.data();
    argument.count = parameter.is_span ? parameter.array.count() : 1;
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

/// Compares every written array of a run, which lies in `written` or in place, with the reference's.
void check_result(const BoundLaunch& launch, const Written& reference, const Written* written,
                  const Tolerance& tolerance, DeviceResult& result) {
  Comparison total;
  for (std::size_t i = 0; i < launch.parameters.size(); ++i) {
    const BoundParameter& parameter = launch.parameters[i];
    if (!parameter.is_written) continue;
    const std::byte* const data = written != nullptr ? (*written)[i].data() : parameter.array.bytes.data();
    const Comparison found =
        compare(parameter.array.type, reference[i].data(), data, parameter.array.count(), tolerance);
    if (!found.agrees() && result.first_difference.empty()) {
      result.first_difference = fmt::format("{}: {}[{}]{}{} is {}, and {} on the reference", result.device,
                                            parameter.name, found.first_element, found.first_field.empty() ? "" : ".",
                                            found.first_field, found.first_result, found.first_reference);
    }
    total.merge(found);
  }
  result.comparison = total;
}

DeviceResult launch_on(const std::string& device, const KernelRun& run, const Written* written, Session& session,
                       bool json) {
  DeviceResult result;
  result.device = device;
  const std::vector<DynamicArgument> arguments = arguments_of(run.launch, written);
  const bool is_choice_left = run.options.on == "auto" && device == session.default_device();
  const CrashGuard guard(run.kernel, device, json);
  result.report =
      session.launch({run.kernel, is_choice_left ? "" : device, run.launch.grid, run.options.group, arguments});
  return result;
}

std::vector<DeviceResult> run_everywhere(const KernelRun& run, Session& session, bool json, Progress& progress) {
  const std::vector<std::string> devices = devices_for(run.options, session);
  std::vector<DeviceResult> results;
  Written reference;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    // The last run needs no copy: nobody reads the original after it.
    const bool is_in_place = i + 1 == devices.size();
    Written copies;
    if (!is_in_place) copies = copy_written(run.launch, devices[i]);
    const Written* const written = is_in_place ? nullptr : &copies;
    progress.begin(fmt::format("running {} on {}", run.kernel, devices[i]));
    results.push_back(launch_on(devices[i], run, written, session, json));
    if (run.options.check && devices[i] == reference_id) {
      reference = std::move(copies);
    } else if (run.options.check) {
      progress.begin(fmt::format("comparing {} with the reference", devices[i]));
      check_result(run.launch, reference, written, run.options.tolerance, results.back());
    }
  }
  return results;
}

}  // namespace

ExitStatus run_kernel(const RunOptions& options, const CommonOptions& common, Progress& progress) {
  progress.begin(fmt::format("compiling {}", options.source.file));
  Session session(options.source.kernelc);
  if (options.on != "auto" && options.on != "all") session.require_device(options.on);
  const std::vector<KernelDefinition> kernels = session.compile(options.source);
  const KernelDefinition kernel = choose_kernel(kernels, options.source);
  progress.begin("reading the arguments");
  const KernelRun run{options, std::string(kernel.name()), bind(kernel.record(), options)};
  const std::vector<DeviceResult> results = run_everywhere(run, session, common.json, progress);
  const bool passed = all_agree(results);
  for (const BoundParameter& parameter : run.launch.parameters) {
    if (!passed || !parameter.output_path) continue;
    progress.begin(fmt::format("writing {}", *parameter.output_path));
    write_output(parameter.array, *parameter.output_path);
  }
  progress.end();
  fmt::print("{}", common.json ? json_report(run, results) : text_report(run, results));
  return passed ? ExitStatus::ok : ExitStatus::check_failed;
}

}  // namespace dotcompute::tool
