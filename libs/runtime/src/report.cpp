#include <dotcompute/runtime/report.hpp>

#include <fmt/format.h>

#include "describe.hpp"

namespace dotcompute {

namespace {

std::string describe_ns(std::uint64_t time_ns) {
  const auto time = static_cast<double>(time_ns);
  if (time < 1e3) return fmt::format("{} ns", time_ns);
  if (time < 1e6) return fmt::format("{:.1f} us", time / 1e3);
  if (time < 1e9) return fmt::format("{:.1f} ms", time / 1e6);
  return fmt::format("{:.2f} s", time / 1e9);
}

}  // namespace

std::string_view text(SelectionReason reason) noexcept {
  switch (reason) {
    case SelectionReason::asked_for: return "asked for";
    case SelectionReason::runtime_default: return "the runtime's default";
    case SelectionReason::cpu_by_default: return "the cpu is the default";
    case SelectionReason::only_candidate: return "the only device that takes it";
    case SelectionReason::estimated_fastest: return "estimated to be the fastest";
    case SelectionReason::faster_one_failed: return "the device estimated to be faster could not build it";
  }
  return "";
}

std::string_view text(LaunchOutcome outcome) noexcept {
  switch (outcome) {
    case LaunchOutcome::completed: return "completed";
    case LaunchOutcome::stopped: return "stopped";
  }
  return "";
}

std::string to_string(const LaunchReport& report) {
  std::string result = fmt::format("{} on {} ({}): {} work-items", report.kernel, report.accelerator,
                                   text(report.reason), detail::describe(report.grid));
  if (report.group.x != 0) result += fmt::format(" in groups of {}", detail::describe(report.group));
  if (report.fast_math) result += ", fast math";
  result += fmt::format(", {}", text(report.outcome));
  if (report.checked) result += ", checked";
  if (report.bytes_to_device != 0) result += fmt::format(", {} bytes to the device", report.bytes_to_device);
  if (report.bytes_to_host != 0) result += fmt::format(", {} bytes to the host", report.bytes_to_host);
  if (report.timed) {
    const StepTimes& times = report.times;
    result +=
        fmt::format(", {} (find {}, select {}, prepare {}, bind {}, place {}, launch {})", describe_ns(times.total_ns),
                    describe_ns(times.find_ns), describe_ns(times.select_ns), describe_ns(times.prepare_ns),
                    describe_ns(times.bind_ns), describe_ns(times.place_ns), describe_ns(times.launch_ns));
  }
  return result;
}

}  // namespace dotcompute
