#include "conformance_report.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "table.hpp"

namespace dotcompute::tool {

namespace {

using conformance::Verdict;
using Json = nlohmann::ordered_json;

constexpr Verdict from_worst[] = {Verdict::failed, Verdict::excluded, Verdict::refused};

/// How many kernels of one feature had each verdict.
struct Counts {
  int kernels = 0;
  int of[4] = {};
  double largest_ulp = 0;
};

std::string feature_table(const DeviceConformance& device) {
  std::map<std::string, Counts> features;
  Counts all;
  for (const KernelVerdict& kernel : device.kernels) {
    for (Counts* counts : {&features[kernel.feature], &all}) {
      ++counts->kernels;
      ++counts->of[static_cast<int>(kernel.verdict())];
      counts->largest_ulp = std::max(counts->largest_ulp, kernel.largest_ulp());
    }
  }
  Table table({"feature", "kernels", "passed", "excluded", "refused", "failed", "largest ulp"});
  const auto add = [&](const std::string& name, const Counts& counts) {
    const auto of = [&](Verdict verdict) { return fmt::format("{}", counts.of[static_cast<int>(verdict)]); };
    table.add({name, fmt::format("{}", counts.kernels), of(Verdict::passed), of(Verdict::excluded),
               of(Verdict::refused), of(Verdict::failed), fmt::format("{:.3g}", counts.largest_ulp)});
  };
  for (const auto& [feature, counts] : features) add(feature, counts);
  add("all", all);
  return table.text();
}

std::string device_report(const DeviceConformance& device) {
  std::string text = fmt::format("{}: {}\n", device.device.id, device.device.name);
  if (!device.kernels.empty()) text += feature_table(device);
  for (const KernelVerdict& kernel : device.kernels) {
    if (kernel.verdict() == Verdict::passed) continue;
    text += fmt::format("{}: {}: {}\n", kernel.kernel, name_of(kernel.verdict()), kernel.detail());
    if (kernel.verdict() == Verdict::failed) text += fmt::format("  the rule: {}\n", kernel.sizes.front().rule);
  }
  const auto passed = std::count_if(device.checks.begin(), device.checks.end(),
                                    [](const auto& c) { return c.verdict == Verdict::passed; });
  if (!device.checks.empty()) {
    text += fmt::format("{} of {} checks of the device's contract passed\n", passed, device.checks.size());
  }
  for (const conformance::CheckResult& check : device.checks) {
    if (check.verdict == Verdict::passed) continue;
    text += fmt::format("{}: {}: {}\n", check.check, name_of(check.verdict), check.detail);
  }
  return text;
}

Json to_json(const DeviceConformance& device) {
  Json kernels = Json::array();
  for (const KernelVerdict& kernel : device.kernels) {
    kernels.push_back({{"kernel", kernel.kernel},
                       {"family", kernel.family},
                       {"type", kernel.type},
                       {"feature", kernel.feature},
                       {"verdict", name_of(kernel.verdict())},
                       {"rule", kernel.sizes.empty() ? "" : kernel.sizes.front().rule},
                       {"largest_ulp", kernel.largest_ulp()},
                       {"detail", kernel.detail()}});
  }
  Json checks = Json::array();
  for (const conformance::CheckResult& check : device.checks) {
    checks.push_back({{"check", check.check}, {"verdict", name_of(check.verdict)}, {"detail", check.detail}});
  }
  return {{"device", device.device.id},
          {"name", device.device.name},
          {"backend", device.device.backend},
          {"driver", device.device.driver},
          {"verdict", device.has_failed() ? "failed" : "passed"},
          {"kernels", kernels},
          {"checks", checks}};
}

/// The size whose result decided.
const conformance::KernelResult* decisive(const KernelVerdict& kernel) {
  for (const Verdict verdict : from_worst) {
    for (const conformance::KernelResult& size : kernel.sizes) {
      if (size.verdict == verdict) return &size;
    }
  }
  return kernel.sizes.empty() ? nullptr : &kernel.sizes.front();
}

}  // namespace

Verdict KernelVerdict::verdict() const {
  const conformance::KernelResult* const size = decisive(*this);
  return size == nullptr ? Verdict::passed : size->verdict;
}

const std::string& KernelVerdict::detail() const {
  static const std::string none;
  const conformance::KernelResult* const size = decisive(*this);
  return size == nullptr ? none : size->detail;
}

double KernelVerdict::largest_ulp() const {
  double largest = 0;
  for (const conformance::KernelResult& size : sizes) largest = std::max(largest, size.largest_ulp);
  return largest;
}

bool DeviceConformance::has_failed() const {
  return std::any_of(kernels.begin(), kernels.end(), [](const auto& k) { return k.verdict() == Verdict::failed; }) ||
         std::any_of(checks.begin(), checks.end(), [](const auto& c) { return c.verdict == Verdict::failed; });
}

std::string text_report(const ConformanceRun& run) {
  std::string text;
  for (const DeviceConformance& device : run.devices) text += device_report(device) + "\n";
  return text + fmt::format("sizes {}; seed {}\n", fmt::join(run.sizes, ", "), run.seed);
}

std::string json_report(const ConformanceRun& run) {
  Json devices = Json::array();
  for (const DeviceConformance& device : run.devices) devices.push_back(to_json(device));
  const Json json = {{"sizes", run.sizes}, {"seed", run.seed}, {"devices", devices}};
  // What a driver says of itself need not be UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace dotcompute::tool
