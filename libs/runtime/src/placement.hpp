#pragma once

/// The device of a launch that names none: the candidates are found once for a kernel, and one of them is chosen for
/// each launch.

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include <dotcompute/base/extent.hpp>
#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/launch_options.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

#include "select.hpp"

namespace dotcompute::detail {

/// What a plan remembers of the devices that the runtime may choose.
class Candidates {
 public:
  /// `devices` take the kernel.
  Candidates(const std::vector<const Device*>& devices, const Bandwidths& measured);

  [[nodiscard]] std::size_t size() const noexcept { return devices_.size(); }
  [[nodiscard]] std::span<const Candidate> values() const noexcept { return values_; }
  [[nodiscard]] const Device& device(std::size_t index) const noexcept { return *devices_[index]; }

  /// The plan of a launch there; null before it was first chosen.
  [[nodiscard]] std::atomic<const LaunchPlan*>& plan(std::size_t index) noexcept { return plans_[index]; }

 private:
  std::vector<Candidate> values_;
  std::vector<const Device*> devices_;
  std::unique_ptr<std::atomic<const LaunchPlan*>[]> plans_;
};

/// The devices of the runtime that may be chosen for a kernel: its first, which is the cpu, and those with cores of
/// their own; where none of these takes it, any with memory of its own that does. Empty if there is none.
[[nodiscard]] std::vector<const Device*> candidates_for(const KernelDefinition& kernel, const RuntimeCore& runtime);

/// Whether a launch over this grid runs on its plan's device without further thought: the runtime has no choice, and
/// the launch is too short to look for one.
[[nodiscard]] bool is_placed(const LaunchPlan& plan, const Extent& grid) noexcept;

/// The call with the plan of the device that it runs on; `bound.plan` leaves that to the runtime. Looks for more
/// devices once launches placed here took long enough for that to be worth its time.
[[nodiscard]] BoundCall place_by_estimate(const LaunchOptions& options, const BoundCall& bound);

}  // namespace dotcompute::detail
