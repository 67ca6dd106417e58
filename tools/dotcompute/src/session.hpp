#pragma once

/// The library as the command line uses it: every call to it is made here, and every error of it becomes a ToolError.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <dotcompute/dotcompute.hpp>

#include "options.hpp"

namespace dotcompute::tool {

/// One launch of a compiled kernel.
struct LaunchRequest {
  std::string kernel;
  std::string device;  ///< Empty for the library's choice.
  Extent grid;
  std::optional<Extent> group;
  std::span<const DynamicArgument> arguments;
};

class Session {
 public:
  /// `kernelc` is the compiler's path; empty to let the library find it.
  explicit Session(const std::string& kernelc);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// The devices there are, then those that were looked for in vain.
  [[nodiscard]] std::vector<AcceleratorStatus> all_devices() const;
  /// The devices there are.
  [[nodiscard]] std::vector<AcceleratorInfo> devices() const;
  /// The device that a launch without a choice runs on.
  [[nodiscard]] std::string default_device() const;
  /// Throws ToolError (device), which lists what there is, if there is no such device.
  void require_device(const std::string& id) const;

  /// Throws ToolError (device) if there is no such device.
  [[nodiscard]] Accelerator& accelerator(const std::string& id) const;

  /// Compiles the file; returns its kernels, which live as long as the session. There is at least one.
  [[nodiscard]] std::vector<KernelDefinition> compile(const SourceOptions& source);

  /// Why the device cannot run the kernel; empty if it can.
  [[nodiscard]] std::optional<std::string> refusal(const std::string& device, const KernelDefinition& kernel) const;

  /// Launches and waits.
  LaunchReport launch(const LaunchRequest& request);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// The kernel that the name asks for, or the only one if the name is empty. Spaces do not count, and std::int32_t is
/// int. Throws ToolError (input) that lists the nearest names.
[[nodiscard]] KernelDefinition choose_kernel(std::span<const KernelDefinition> kernels, const SourceOptions& source);

}  // namespace dotcompute::tool
