#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bind.hpp"
#include "commands.hpp"
#include "session.hpp"
#include "table.hpp"

namespace dotcompute::tool {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* reference_id = "reference";

/// What one device did.
struct DeviceResult {
  std::string device;
  LaunchReport report;
  std::optional<Comparison> comparison;  ///< With the reference, if this was checked and is not it.
  std::string first_difference;          ///< For people; empty if the device agrees.
};

/// The devices to run on, in order. The reference comes first where it is needed for a check; the one whose results are
/// written comes last.
std::vector<std::string> devices_for(const RunOptions& options, const Session& session) {
  std::vector<std::string> devices;
  if (options.on == "all") {
    for (const AcceleratorInfo& info : session.devices()) devices.push_back(info.id);
    const auto rank = [&](const std::string& id) { return id == reference_id ? 0 : id == session.default_device() ? 2 : 1; };
    std::stable_sort(devices.begin(), devices.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
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
void check_result(const BoundLaunch& launch, const Written& reference, const Written* written, const Tolerance& tolerance,
                  DeviceResult& result) {
  Comparison total;
  for (std::size_t i = 0; i < launch.parameters.size(); ++i) {
    const BoundParameter& parameter = launch.parameters[i];
    if (!parameter.is_written) continue;
    const std::byte* const data = written != nullptr ? (*written)[i].data() : parameter.array.bytes.data();
    const Comparison found =
        compare(parameter.array.type, reference[i].data(), data, parameter.array.count(), tolerance);
    if (!found.agrees() && result.first_difference.empty()) {
      result.first_difference =
          fmt::format("{}: {}[{}]{}{} is {}, and {} on the reference", result.device, parameter.name, found.first_element,
                      found.first_field.empty() ? "" : ".", found.first_field, found.first_result, found.first_reference);
    }
    total.merge(found);
  }
  result.comparison = total;
}

std::string verdict_of(const DeviceResult& result, bool check) {
  if (!check) return "not checked";
  if (!result.comparison) return "reference";
  if (result.comparison->unequal == 0) return "equal";
  if (result.comparison->agrees()) return "agrees";
  return fmt::format("differs in {} {}", result.comparison->different, result.comparison->different == 1 ? "value" : "values");
}

double seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

std::vector<DeviceResult> run_everywhere(const RunOptions& options, const std::string& kernel, BoundLaunch& launch,
                                         Session& session, Progress& progress) {
  const std::vector<std::string> devices = devices_for(options, session);
  std::vector<DeviceResult> results;
  Written reference;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    DeviceResult result;
    result.device = devices[i];
    // The last run needs no copy: nobody reads the original after it.
    const bool is_in_place = i + 1 == devices.size();
    Written copies;
    if (!is_in_place) copies = copy_written(launch, result.device);
    const Written* const written = is_in_place ? nullptr : &copies;
    const std::vector<DynamicArgument> arguments = arguments_of(launch, written);
    progress.begin(fmt::format("running {} on {}", kernel, result.device));
    const bool is_choice_left = options.on == "auto" && result.device == session.default_device();
    result.report = session.launch({kernel, is_choice_left ? "" : result.device, launch.grid, options.group, arguments});
    if (options.check && result.device == reference_id) {
      reference = std::move(copies);
    } else if (options.check) {
      progress.begin(fmt::format("comparing {} with the reference", result.device));
      check_result(launch, reference, written, options.tolerance, result);
    }
    results.push_back(std::move(result));
  }
  return results;
}

Json to_json(const DeviceResult& result, const RunOptions& options) {
  const StepTimes& times = result.report.times;
  Json json = {{"device", result.device},
               {"reason", text(result.report.reason)},
               {"outcome", text(result.report.outcome)},
               {"seconds", seconds(times.launch_ns)}};
  if (options.time) {
    json["times_ns"] = {{"find", times.find_ns}, {"select", times.select_ns}, {"prepare", times.prepare_ns},
                        {"bind", times.bind_ns}, {"launch", times.launch_ns}, {"total", times.total_ns}};
  }
  if (!options.check) return json;
  json["verdict"] = !result.comparison                    ? "reference"
                    : result.comparison->unequal == 0     ? "equal"
                    : result.comparison->agrees()         ? "agrees"
                                                          : "differs";
  if (!result.comparison) return json;
  const Comparison& found = *result.comparison;
  json["rule"] = options.tolerance.rule();
  json["largest_difference"] = std::isfinite(found.largest_absolute) ? Json(found.largest_absolute) : Json("inf");
  if (found.has_floats) json["largest_ulp"] = found.largest_ulps;
  json["unequal_values"] = found.unequal;
  json["different_values"] = found.different;
  if (!result.first_difference.empty()) json["first_difference"] = result.first_difference;
  return json;
}

void print_json(const RunOptions& options, const std::string& kernel, const BoundLaunch& launch,
                const std::vector<DeviceResult>& results, bool passed) {
  Json devices = Json::array();
  for (const DeviceResult& result : results) devices.push_back(to_json(result, options));
  Json outputs = Json::array();
  for (const BoundParameter& parameter : launch.parameters) {
    if (!parameter.output_path) continue;
    outputs.push_back({{"name", parameter.name},
                       {"file", *parameter.output_path},
                       {"written", passed},
                       {"type", describe(parameter.array.type)},
                       {"shape", parameter.array.shape}});
  }
  Json json = {{"kernel", kernel},
               {"source", options.source.file},
               {"grid", {launch.grid.x, launch.grid.y, launch.grid.z}},
               {"devices", devices},
               {"outputs", outputs}};
  if (options.check) json["check"] = passed ? "passed" : "failed";
  fmt::print("{}\n", json.dump(2));
}

void print_times(const std::vector<DeviceResult>& results) {
  Table table({"device", "find", "select", "prepare", "bind", "launch", "total"});
  for (const DeviceResult& result : results) {
    const StepTimes& times = result.report.times;
    std::vector<std::string> row{result.device};
    for (const std::uint64_t step : {times.find_ns, times.select_ns, times.prepare_ns, times.bind_ns, times.launch_ns, times.total_ns}) {
      row.push_back(describe_seconds(seconds(step)));
    }
    table.add(std::move(row));
  }
  fmt::print("{}", table.text());
}

void print_text(const RunOptions& options, const std::string& kernel, const BoundLaunch& launch,
                const std::vector<DeviceResult>& results, bool passed) {
  const std::string items = fmt::format("{} work-item{}", describe_extent(launch.grid), launch.grid == Extent(1) ? "" : "s");
  if (results.size() == 1) {
    const DeviceResult& result = results.front();
    fmt::print("{} on {} ({}): {}, {}\n", kernel, result.device, text(result.report.reason), items,
               describe_seconds(seconds(result.report.times.launch_ns)));
  } else {
    fmt::print("{}: {}\n", kernel, items);
    Table table({"device", "time", "largest difference", "verdict", "rule"});
    for (const DeviceResult& result : results) {
      table.add({result.device, describe_seconds(seconds(result.report.times.launch_ns)),
                 result.comparison ? result.comparison->largest() : "-", verdict_of(result, options.check),
                 result.comparison ? options.tolerance.rule() : "-"});
    }
    fmt::print("{}", table.text());
  }
  for (const DeviceResult& result : results) {
    if (!result.first_difference.empty()) fmt::print("{}\n", result.first_difference);
  }
  if (options.time) print_times(results);
  for (const BoundParameter& parameter : launch.parameters) {
    if (!parameter.output_path) continue;
    fmt::print("{} {}: {} {}\n", passed ? "wrote" : "not written because the check failed:", *parameter.output_path,
               describe(parameter.array.type), describe_shape(parameter.array.shape));
  }
}

}  // namespace

ExitStatus run_kernel(const RunOptions& options, const CommonOptions& common, Progress& progress) {
  progress.begin(fmt::format("compiling {}", options.source.file));
  Session session(options.source.kernelc);
  if (options.on != "auto" && options.on != "all") session.require_device(options.on);
  const std::vector<KernelDefinition> kernels = session.compile(options.source);
  const KernelDefinition kernel = choose_kernel(kernels, options.source);
  const std::string name(kernel.name());
  progress.begin("reading the arguments");
  BoundLaunch launch = bind(kernel.record(), options);
  const std::vector<DeviceResult> results = run_everywhere(options, name, launch, session, progress);
  const bool passed = std::all_of(results.begin(), results.end(), [](const DeviceResult& result) {
    return !result.comparison || result.comparison->agrees();
  });
  for (const BoundParameter& parameter : launch.parameters) {
    if (!passed || !parameter.output_path) continue;
    progress.begin(fmt::format("writing {}", *parameter.output_path));
    write_output(parameter);
  }
  progress.end();
  if (common.json) {
    print_json(options, name, launch, results, passed);
  } else {
    print_text(options, name, launch, results, passed);
  }
  return passed ? ExitStatus::ok : ExitStatus::check_failed;
}

}  // namespace dotcompute::tool
