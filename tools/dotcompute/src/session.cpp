#include "session.hpp"

#include <utility>

#include <fmt/format.h>

#include "file.hpp"
#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

ExitStatus status_of(const ComputeError& error) {
  if (dynamic_cast<const CompilationError*>(&error) != nullptr) return ExitStatus::compile;
  if (dynamic_cast<const DeviceError*>(&error) != nullptr) return ExitStatus::device;
  if (error.remedy() == Remedy::fix_input) return ExitStatus::input;
  return error.remedy() == Remedy::report_bug ? ExitStatus::internal : ExitStatus::device;
}

/// Calls the library; its errors become ToolErrors.
template <class Call>
decltype(auto) translated(Call&& call) {
  try {
    return call();
  } catch (const ComputeError& error) {
    throw ToolError(status_of(error), error.what(), error.context().cause);
  }
}

}  // namespace

struct Session::Parts {
  Runtime runtime;
};

Session::Session(const std::string& kernelc) {
  parts_ = translated([&] {
    RuntimeOptions options;
    options.kernelc_path = kernelc;
    return std::make_unique<Parts>(Parts{Runtime::create(options)});
  });
}

Session::~Session() = default;

std::vector<AcceleratorStatus> Session::all_devices() const { return parts_->runtime.accelerators(); }

std::vector<AcceleratorInfo> Session::devices() const {
  std::vector<AcceleratorInfo> devices;
  for (AcceleratorStatus& status : parts_->runtime.accelerators()) {
    if (status.available) devices.push_back(std::move(status.info));
  }
  return devices;
}

std::string Session::default_device() const { return "cpu"; }

void Session::require_device(const std::string& id) const {
  std::vector<std::string> names;
  std::string reason;
  for (const AcceleratorStatus& status : all_devices()) {
    if (status.info.id == id && status.available) return;
    // "cuda" is absent where "cuda:0" is asked for.
    const bool is_meant = status.info.id == id || id.starts_with(status.info.id + ":");
    if (is_meant && !status.available) reason = ": " + status.reason;
    if (status.available) names.push_back(status.info.id);
  }
  throw ToolError(ExitStatus::device,
                  fmt::format("--on {}: there is no such device{}; this machine has {}, and 'auto' and "
                              "'all' choose among them",
                              id, reason, fmt::join(names, ", ")));
}

Accelerator& Session::accelerator(const std::string& id) const {
  return translated([&]() -> Accelerator& { return parts_->runtime.accelerator(id); });
}

std::vector<KernelDefinition> Session::compile(const SourceOptions& source) {
  // Read here first, so that a missing file is an input error rather than the compiler's.
  const InputFile file(source.file);
  std::vector<KernelDefinition> kernels =
      translated([&] { return parts_->runtime.add_file(source.file, source.compile_options); });
  if (kernels.empty()) {
    throw ToolError(ExitStatus::compile,
                    fmt::format("'{}' has no kernel; mark a function with DOTCOMPUTE_KERNEL", source.file));
  }
  return kernels;
}

std::optional<std::string> Session::refusal(const std::string& device, const KernelDefinition& kernel) const {
  return translated([&] { return parts_->runtime.accelerator(device).refusal(kernel); });
}

LaunchReport Session::launch(const LaunchRequest& request) {
  return translated([&] {
    Launcher launcher = parts_->runtime.over(request.grid).timed();
    if (!request.device.empty()) launcher = launcher.on(request.device);
    if (request.group) launcher = launcher.in_groups_of(*request.group);
    return launcher.run(request.kernel, request.arguments);
  });
}

}  // namespace dotcompute::tool
