#include "cpu_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/host_fp_environment.hpp>
#include <dotcompute/device/item_boxes.hpp>

#include "job.hpp"

namespace dotcompute::cpu {

namespace {

constexpr std::uint64_t units_per_math_call = 16;
/// Chunks per thread: enough that threads that come late or are slow do not hold up the rest.
constexpr std::uint64_t chunks_per_thread = 4;
/// A chunk is large enough to be worth its claim, and small enough that a stop is noticed and work stays shared.
constexpr std::uint64_t least_units_per_chunk = 10'000;
constexpr std::uint64_t most_units_per_chunk = 4'000'000;
/// Cutting along rows and planes may make up to eight times as many boxes as their size asks for.
constexpr std::uint64_t most_boxes_asked_for = Job::most_chunks / 8;

std::uint64_t units_of(const dotcompute_cost& cost) noexcept {
  const std::uint64_t units =
      std::uint64_t{cost.arithmetic} + cost.loads + cost.stores + units_per_math_call * cost.math_calls;
  return std::max<std::uint64_t>(units, 1);
}

}  // namespace

CpuKernel::CpuKernel(const KernelDefinition& kernel, dotcompute_entry entry, WorkerTeam& team) noexcept
    : entry_(entry), units_per_item_(units_of(kernel.record().cost)), team_(team), record_(kernel.record()) {}

CpuKernel::Work CpuKernel::work_of(const LaunchDescription& launch) const {
  Work work;
  if (!count_items(launch.grid, work.items)) {
    ErrorContext context;
    context.kernel = record_.name;
    context.device = "cpu";
    throw ExecutionError(
        Remedy::fix_input,
        fmt::format("the grid {}x{}x{} of '{}' has more work-items than 64 bits count; make it smaller",
                    launch.grid.size[0], launch.grid.size[1], launch.grid.size[2], record_.name),
        std::move(context));
  }
  if (__builtin_mul_overflow(work.items, units_per_item_, &work.units)) {
    work.units = std::numeric_limits<std::uint64_t>::max();
  }
  return work;
}

ItemBoxes CpuKernel::chunks(const LaunchDescription& launch, const Work& work) const noexcept {
  const std::uint64_t wanted = chunks_per_thread * team_.threads();
  const std::uint64_t units = std::clamp(work.units / wanted, least_units_per_chunk, most_units_per_chunk);
  return {launch.grid, std::max({units / units_per_item_, work.items / most_boxes_asked_for, std::uint64_t{1}})};
}

LaunchOutcome CpuKernel::run_alone(const LaunchDescription& launch, const Work& work) const noexcept {
  if (launch.stop.stop_possible()) {
    Job job(entry_, launch, chunks(launch, work), nullptr);
    job.work(End::front);
    return job.outcome();
  }
  const HostFpEnvironment environment;
  const dotcompute_box all = whole_box(launch.grid);
  entry_(launch.arguments, &launch.grid, &all);
  return LaunchOutcome::completed;
}

LaunchOutcome CpuKernel::run(const LaunchDescription& launch) const {
  const Work work = work_of(launch);
  if (work.items == 0) return LaunchOutcome::completed;
  const Company company = team_.company_for(work.units);
  if (company == Company::none) return run_alone(launch, work);
  Job job(entry_, launch, chunks(launch, work), nullptr);
  team_.run(job, company);
  return job.outcome();
}

void CpuKernel::start(PendingLaunch& pending) const {
  const Work work = work_of(pending.launch);
  if (work.units < WorkerTeam::units_worth_sharing) {
    const LaunchOutcome outcome = work.items == 0 ? LaunchOutcome::completed : run_alone(pending.launch, work);
    pending.completed(outcome, nullptr);
    return;
  }
  team_.start(*new (pending.scratch) Job(entry_, pending.launch, chunks(pending.launch, work), &pending));
}

void CpuKernel::help(PendingLaunch& pending, bool (*done)(const PendingLaunch&) noexcept) const {
  // A launch that ran inside `start` is done and has no job.
  if (done(pending)) return;
  team_.help(*std::launder(reinterpret_cast<Job*>(pending.scratch)), done);
}

}  // namespace dotcompute::cpu
