#pragma once

/// A kernel's code for this machine, and how its launches are cut and run.

#include <cstdint>
#include <string>

#include <dotcompute/device/host_accelerator.hpp>

#include "job.hpp"
#include "launch_cost.hpp"
#include "worker_team.hpp"

namespace dotcompute::cpu {

class CpuKernel final : public HostKernel {
 public:
  CpuKernel(const KernelDefinition& kernel, dotcompute_entry entry, WorkerTeam& team) noexcept;

  LaunchOutcome run(const LaunchDescription& launch) const override;
  void start(PendingLaunch& pending) const override;
  void help(PendingLaunch& pending, bool (*done)(const PendingLaunch&) noexcept) const override;

 private:
  /// The size of a launch.
  struct Work {
    std::uint64_t items = 0;
    double ns = 0;  ///< What one thread is thought to take.
    JobGroups groups;
    std::uint64_t group_items = 1;
  };

  [[noreturn]] void refuse(const std::string& message) const;
  [[noreturn]] void refuse_size(const LaunchDescription& launch) const;

  [[nodiscard]] Work work_of(const LaunchDescription& launch) const;
  [[nodiscard]] ItemBoxes chunks(const LaunchDescription& launch, const Work& work) const noexcept;
  [[nodiscard]] LaunchOutcome run_with(Company company, const LaunchDescription& launch, const Work& work) const;
  /// Whether there is nothing to look at but the grid: no groups, and nobody who may stop the launch.
  [[nodiscard]] bool is_plain(const LaunchDescription& launch) const noexcept {
    return !uses_groups_ && launch.group.size[0] == 0 && !launch.stop.stop_possible();
  }
  /// A launch that may be worth sharing, or timing. Not inlined, so that others need not save the registers it uses.
  [[nodiscard, gnu::noinline]] LaunchOutcome run_weighed(const LaunchDescription& launch) const;
  void run_whole(const LaunchDescription& launch) const noexcept;
  [[nodiscard]] LaunchOutcome run_alone(const LaunchDescription& launch, const Work& work) const noexcept;

  dotcompute_entry entry_;
  mutable LaunchCost cost_;
  WorkerTeam& team_;
  const dotcompute_kernel& record_;
  bool uses_groups_;
};

}  // namespace dotcompute::cpu
