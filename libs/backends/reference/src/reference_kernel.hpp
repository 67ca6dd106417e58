#pragma once

/// A kernel's reference, and the launches that wait for a thread to run it.

#include <string>
#include <type_traits>

#include <dotcompute/device/host_accelerator.hpp>

namespace dotcompute::reference {

class LaunchLine;

class ReferenceKernel final : public HostKernel {
 public:
  ReferenceKernel(const KernelDefinition& kernel, LaunchLine& line) noexcept : record_(kernel.record()), line_(line) {}

  LaunchOutcome run(const LaunchDescription& launch) const override;
  void start(PendingLaunch& pending) const override;
  void help(PendingLaunch& pending, bool (*done)(const PendingLaunch&) noexcept) const override;

  /// Runs a grid whose items have been counted. Throws ExecutionError if the items of a group come by different
  /// barriers.
  [[nodiscard]] LaunchOutcome run_items(const LaunchDescription& launch) const;

 private:
  [[nodiscard]] LaunchOutcome run_groups(const LaunchDescription& launch) const;
  [[noreturn]] void refuse(const std::string& message) const;
  [[nodiscard]] std::uint64_t items_of(const LaunchDescription& launch) const;

  const dotcompute_kernel& record_;
  LaunchLine& line_;
};

/// A started launch; lies in the launch's scratch memory and is never destroyed.
struct LaunchInLine {
  const ReferenceKernel* kernel = nullptr;
  PendingLaunch* pending = nullptr;
  LaunchInLine* before = nullptr;
  LaunchInLine* after = nullptr;
  bool is_waiting = false;  ///< Nobody has taken it out of the line yet.
};
static_assert(sizeof(LaunchInLine) <= sizeof(PendingLaunch::scratch) && std::is_trivially_destructible_v<LaunchInLine>);

}  // namespace dotcompute::reference
