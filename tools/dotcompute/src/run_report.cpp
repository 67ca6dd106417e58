#include "run_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "table.hpp"

namespace dotcompute::tool {

namespace {

using Json = nlohmann::ordered_json;

std::string verdict_of(const DeviceResult& result, bool check) {
  if (!check) return "not checked";
  if (!result.comparison) return "reference";
  if (result.comparison->unequal == 0) return "equal";
  if (result.comparison->agrees()) return "agrees";
  return fmt::format("differs in {} {}", result.comparison->different,
                     result.comparison->different == 1 ? "value" : "values");
}

double seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

Json to_json(const DeviceResult& result, const RunOptions& options) {
  const StepTimes& times = result.report.times;
  Json json = {{"device", result.device},
               {"reason", text(result.report.reason)},
               {"outcome", text(result.report.outcome)},
               {"fast_math", result.report.fast_math},
               {"seconds", seconds(times.launch_ns)}};
  if (options.time) {
    json["times_ns"] = {{"find", times.find_ns}, {"select", times.select_ns}, {"prepare", times.prepare_ns},
                        {"bind", times.bind_ns}, {"launch", times.launch_ns}, {"total", times.total_ns}};
  }
  if (!options.check) return json;
  json["verdict"] = !result.comparison                ? "reference"
                    : result.comparison->unequal == 0 ? "equal"
                    : result.comparison->agrees()     ? "agrees"
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

std::string time_table(const std::vector<DeviceResult>& results) {
  Table table({"device", "find", "select", "prepare", "bind", "launch", "total"});
  for (const DeviceResult& result : results) {
    const StepTimes& times = result.report.times;
    std::vector<std::string> row{result.device};
    for (const std::uint64_t step :
         {times.find_ns, times.select_ns, times.prepare_ns, times.bind_ns, times.launch_ns, times.total_ns}) {
      row.push_back(describe_seconds(seconds(step)));
    }
    table.add(std::move(row));
  }
  return table.text();
}

}  // namespace

bool all_agree(const std::vector<DeviceResult>& results) {
  return std::all_of(results.begin(), results.end(),
                     [](const DeviceResult& result) { return !result.comparison || result.comparison->agrees(); });
}

std::string json_report(const KernelRun& run, const std::vector<DeviceResult>& results) {
  const bool passed = all_agree(results);
  Json devices = Json::array();
  for (const DeviceResult& result : results) devices.push_back(to_json(result, run.options));
  Json outputs = Json::array();
  for (const BoundParameter& parameter : run.launch.parameters) {
    if (!parameter.output_path) continue;
    outputs.push_back({{"name", parameter.name},
                       {"file", *parameter.output_path},
                       {"written", passed},
                       {"type", describe(parameter.array.type)},
                       {"shape", parameter.array.shape}});
  }
  Json json = {{"kernel", run.kernel},
               {"source", run.options.source.file},
               {"grid", {run.launch.grid.x, run.launch.grid.y, run.launch.grid.z}},
               {"devices", devices},
               {"outputs", outputs}};
  if (run.options.check) json["check"] = passed ? "passed" : "failed";
  // A path need not be UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string text_report(const KernelRun& run, const std::vector<DeviceResult>& results) {
  const bool passed = all_agree(results);
  std::string report;
  const std::string items =
      fmt::format("{} work-item{}", describe_extent(run.launch.grid), run.launch.grid == Extent(1) ? "" : "s");
  if (results.size() == 1) {
    const DeviceResult& result = results.front();
    report += fmt::format("{} on {} ({}): {}, {}\n", run.kernel, result.device, text(result.report.reason), items,
                          describe_seconds(seconds(result.report.times.launch_ns)));
  } else {
    report += fmt::format("{}: {}\n", run.kernel, items);
    Table table({"device", "time", "largest difference", "verdict", "rule"});
    for (const DeviceResult& result : results) {
      table.add({result.device, describe_seconds(seconds(result.report.times.launch_ns)),
                 result.comparison ? result.comparison->largest() : "-", verdict_of(result, run.options.check),
                 result.comparison ? run.options.tolerance.rule() : "-"});
    }
    report += table.text();
  }
  for (const DeviceResult& result : results) {
    if (!result.first_difference.empty()) report += fmt::format("{}\n", result.first_difference);
  }
  if (run.options.time) report += time_table(results);
  for (const BoundParameter& parameter : run.launch.parameters) {
    if (!parameter.output_path) continue;
    report += fmt::format("{} {}: {} {}\n",
                          passed ? "wrote" : "not written because the check failed:", *parameter.output_path,
                          describe(parameter.array.type), describe_shape(parameter.array.shape));
  }
  return report;
}

}  // namespace dotcompute::tool
