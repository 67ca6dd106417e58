#include "job.hpp"

#include <dotcompute/device/host_fp_environment.hpp>

#include "group_run.hpp"

namespace dotcompute::cpu {

std::optional<std::uint64_t> Job::claim(End end) noexcept {
  // A claim too many, at most one per thread and visit, does no harm: nothing was left before it either.
  const std::uint64_t one = end == End::front ? 1 : std::uint64_t{1} << back_shift;
  const std::uint64_t before = claimed_.fetch_add(one, std::memory_order_relaxed);
  if (claims(before) >= count_) return std::nullopt;
  return end == End::front ? before & 0xFFFF'FFFF : count_ - 1 - (before >> back_shift);
}

void Job::work(End end) noexcept {
  const HostFpEnvironment environment;
  std::optional<GroupRun> groups;
  if (groups_.kernel != nullptr && has_unclaimed()) groups.emplace(*groups_.kernel, entry_, *launch_, groups_.shape);
  while (has_unclaimed()) {
    const std::optional<std::uint64_t> chunk = claim(end);
    if (!chunk) return;
    // After the claim: a stop that comes when everything is claimed already stops nothing.
    if (is_stoppable_ && launch_->stop.stop_requested()) {
      stopped_.store(true, std::memory_order_relaxed);
      return;
    }
    const dotcompute_box box = boxes_[*chunk];
    if (groups) {
      groups->run(box);
    } else {
      entry_(launch_->arguments, &launch_->grid, &box);
    }
  }
}

}  // namespace dotcompute::cpu
