#include "job.hpp"

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
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
  if (groups_.kernel != nullptr && has_unclaimed()) {
    try {
      groups.emplace(*groups_.kernel, entry_, *launch_, groups_.shape);
    } catch (const OutOfMemoryError&) {
      // Nobody is to wait for chunks that this thread left.
      failed_.store(true, std::memory_order_relaxed);
      while (claim(end)) {
      }
      return;
    }
  }
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

std::exception_ptr Job::error() const noexcept {
  if (!failed_.load(std::memory_order_relaxed)) return nullptr;
  ErrorContext context;
  context.kernel = groups_.kernel->name;
  context.device = "cpu";
  return std::make_exception_ptr(OutOfMemoryError(
      Remedy::fix_input,
      fmt::format(
          "a group of '{}' needs {} bytes for its shared arrays and for what its items keep across barriers, and "
          "not all threads can have them; ask for smaller groups, or make the arrays smaller",
          groups_.kernel->name, group_memory_bytes(*groups_.kernel, groups_.shape)),
      std::move(context)));
}

}  // namespace dotcompute::cpu
