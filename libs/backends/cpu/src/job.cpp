#include "job.hpp"

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/host_fp_environment.hpp>

#include "group_run.hpp"

namespace dotcompute::cpu {

void Job::divide(const Placement& placement, std::span<GroupClaims> claims) noexcept {
  for (GroupClaims& each : claims) each.claims.store(0, std::memory_order_relaxed);
  placement_ = &placement;
  group_claims_ = claims.data();
}

template <class Visit>
void Job::visit_parts(std::uint32_t group, Visit visit) noexcept {
  if (placement_ == nullptr) {
    visit(Part{claims_, {0, count_}});
    return;
  }
  for (const std::uint32_t each : placement_->order_from(group)) {
    if (!visit(part_of(each))) return;
  }
}

bool Job::has_unclaimed() noexcept {
  bool found = false;
  visit_parts(0, [&](const Part& part) {
    found = has_unclaimed(part);
    return !found;
  });
  return found;
}

std::optional<std::uint64_t> Job::claim(const Part& part, End end) noexcept {
  // A claim too many, at most one per thread and visit, does no harm: nothing was left before it either.
  const std::uint64_t one = end == End::front ? 1 : std::uint64_t{1} << back_shift;
  const std::uint64_t before = part.claims.fetch_add(one, std::memory_order_relaxed);
  if (count_claims(before) >= part.chunks.end - part.chunks.begin) return std::nullopt;
  return end == End::front ? part.chunks.begin + (before & 0xFFFF'FFFF) : part.chunks.end - 1 - (before >> back_shift);
}

void Job::work(Place place) noexcept {
  const HostFpEnvironment environment;
  std::optional<GroupRun> groups;
  if (groups_.kernel != nullptr && has_unclaimed()) {
    try {
      groups.emplace(*groups_.kernel, entry_, *launch_, groups_.shape);
    } catch (const OutOfMemoryError&) {
      // Nobody is to wait for chunks that this thread left.
      failed_.store(true, std::memory_order_relaxed);
      visit_parts(place.group, [&](const Part& part) {
        while (claim(part, place.end)) continue;
        return true;
      });
      return;
    }
  }
  visit_parts(place.group, [&](const Part& part) { return work_on(part, place.end, groups); });
}

/// Until the part has no unclaimed chunk; false if a stop is requested.
bool Job::work_on(const Part& part, End end, const std::optional<GroupRun>& groups) noexcept {
  while (has_unclaimed(part)) {
    const std::optional<std::uint64_t> chunk = claim(part, end);
    if (!chunk) break;
    // After the claim: a stop that comes when everything is claimed already stops nothing.
    if (is_stoppable_ && launch_->stop.stop_requested()) {
      stopped_.store(true, std::memory_order_relaxed);
      return false;
    }
    const dotcompute_box box = boxes_[*chunk];
    if (groups) {
      groups->run(box);
    } else {
      entry_(launch_->arguments, &launch_->grid, &box);
    }
  }
  return true;
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
