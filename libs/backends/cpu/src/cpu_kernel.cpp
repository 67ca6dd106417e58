#include "cpu_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/group_memory.hpp>
#include <dotcompute/device/group_shape.hpp>
#include <dotcompute/device/host_fp_environment.hpp>
#include <dotcompute/device/item_boxes.hpp>

#include "group_run.hpp"
#include "job.hpp"

namespace dotcompute::cpu {

namespace {

/// Chunks per thread: enough that threads that come late or are slow do not hold up the rest.
constexpr double chunks_per_thread = 4;
/// A chunk is large enough to be worth its claim (a cache line that moves, some 100 ns), and small enough that a stop
/// is noticed and work stays shared.
constexpr double least_ns_per_chunk = 1'000;
constexpr double most_ns_per_chunk = 200'000;
/// Cutting along rows and planes may make up to eight times as many boxes as their size asks for.
constexpr std::uint64_t most_boxes_asked_for = Job::most_chunks / 8;
// What is too short to be timed is too short to be shared.
static_assert(LaunchCost::shortest_sample_ns <= WorkerTeam::ns_worth_sharing);

}  // namespace

CpuKernel::CpuKernel(const KernelDefinition& kernel, dotcompute_entry entry, WorkerTeam& team) noexcept
    : entry_(entry),
      cost_(kernel.record().cost),
      team_(team),
      record_(kernel.record()),
      uses_groups_(uses_groups(record_)) {}

void CpuKernel::refuse(const std::string& message) const {
  ErrorContext context;
  context.kernel = record_.name;
  context.device = "cpu";
  throw ExecutionError(Remedy::fix_input, message, std::move(context));
}

void CpuKernel::refuse_size(const LaunchDescription& launch) const {
  refuse(fmt::format("the grid {}x{}x{} of '{}' has more work-items than 64 bits count; make it smaller",
                     launch.grid.size[0], launch.grid.size[1], launch.grid.size[2], record_.name));
}

CpuKernel::Work CpuKernel::work_of(const LaunchDescription& launch) const {
  Work work;
  dotcompute_grid grid = launch.grid;
  if (const std::optional<std::string> problem = group_problem(record_, launch.group)) {
    refuse(fmt::format("kernel {} {}", record_.name, *problem));
  }
  if (uses_groups_) {
    work.groups = {&record_, group_shape(record_, launch.group)};
    work.group_items = work.groups.shape.items();
    if (!round_to_groups(grid, work.groups.shape)) refuse_size(launch);
    // Here, where it may throw: a launch that runs on this thread finds it.
    static_cast<void>(group_memory(group_memory_bytes(record_, work.groups.shape)));
  }
  if (!count_items(grid, work.items)) refuse_size(launch);
  work.ns = cost_.estimate_ns(work.items);
  return work;
}

ItemBoxes CpuKernel::chunks(const LaunchDescription& launch, const Work& work) const noexcept {
  const double wanted = chunks_per_thread * static_cast<double>(team_.threads());
  const double ns = std::clamp(work.ns / wanted, least_ns_per_chunk, most_ns_per_chunk);
  // A part of the items, so that the number fits.
  const auto items = static_cast<std::uint64_t>(static_cast<double>(work.items) * std::min(ns / work.ns, 0.5));
  const std::uint64_t per_box = std::max(items, work.items / most_boxes_asked_for);
  if (work.groups.kernel == nullptr) return {launch.grid, std::max(per_box, std::uint64_t{1})};
  dotcompute_grid grid = launch.grid;
  static_cast<void>(round_to_groups(grid, work.groups.shape));  // has been checked
  return {group_counts(grid, work.groups.shape), std::max(per_box / work.group_items, std::uint64_t{1}), 1};
}

/// All work-items, on this thread.
void CpuKernel::run_whole(const LaunchDescription& launch) const noexcept {
  const HostFpEnvironment environment;
  const dotcompute_box all = whole_box(launch.grid);
  entry_(launch.arguments, &launch.grid, &all);
}

LaunchOutcome CpuKernel::run_alone(const LaunchDescription& launch, const Work& work) const noexcept {
  if (launch.stop.stop_possible()) {
    Job job(entry_, launch, chunks(launch, work), nullptr, work.groups);
    job.work(Place{});
    return job.outcome();
  }
  if (work.groups.kernel != nullptr) {
    const HostFpEnvironment environment;
    GroupRun(record_, entry_, launch, work.groups.shape).run_all();
  } else {
    run_whole(launch);
  }
  return LaunchOutcome::completed;
}

LaunchOutcome CpuKernel::run_with(Company company, const LaunchDescription& launch, const Work& work) const {
  if (company == Company::none) return run_alone(launch, work);
  Job job(entry_, launch, chunks(launch, work), nullptr, work.groups);
  team_.run(job, company);
  if (const std::exception_ptr error = job.error()) std::rethrow_exception(error);
  return job.outcome();
}

LaunchOutcome CpuKernel::run(const LaunchDescription& launch) const {
  std::uint64_t items = 0;
  if (is_plain(launch) && count_items(launch.grid, items) && items != 0 && cost_.is_negligible(items)) {
    run_whole(launch);
    return LaunchOutcome::completed;
  }
  return run_weighed(launch);
}

LaunchOutcome CpuKernel::run_weighed(const LaunchDescription& launch) const {
  const Work work = work_of(launch);
  if (work.items == 0) return LaunchOutcome::completed;
  const Company company = team_.company_for(work.ns);
  if (!cost_.wants_sample(work.ns)) return run_with(company, launch, work);

  const auto begin = LaunchCost::Clock::now();
  const LaunchOutcome outcome = run_with(company, launch, work);
  const std::chrono::duration<double, std::nano> taken = LaunchCost::Clock::now() - begin;
  // Who else came to work on it, and when, is not known: with company it is taken for two threads' time.
  const double threads = company == Company::none ? 1 : 2;
  if (outcome == LaunchOutcome::completed) cost_.learn(work.items, taken.count() * threads);
  return outcome;
}

void CpuKernel::start(PendingLaunch& pending) const {
  const Work work = work_of(pending.launch);
  if (work.items == 0 || (pending.may_run_in_start && work.ns < WorkerTeam::ns_worth_sharing)) {
    const LaunchOutcome outcome = work.items == 0 ? LaunchOutcome::completed : run_alone(pending.launch, work);
    pending.completed(outcome, nullptr);
    return;
  }
  team_.start(*new (pending.scratch) Job(entry_, pending.launch, chunks(pending.launch, work), &pending, work.groups));
}

void CpuKernel::help(PendingLaunch& pending, bool (*done)(const PendingLaunch&) noexcept) const {
  // A launch that ran inside `start` is done and has no job.
  if (done(pending)) return;
  team_.help(*std::launder(reinterpret_cast<Job*>(pending.scratch)), done);
}

}  // namespace dotcompute::cpu
