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
  [[nodiscard]] LaunchOutcome run_alone(const LaunchDescription& launch, const Work& work) const noexcept;

  dotcompute_entry entry_;
  mutable LaunchCost cost_;
  WorkerTeam& team_;
  const dotcompute_kernel& record_;
};

}  // namespace dotcompute::cpu
