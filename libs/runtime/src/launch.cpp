/// The life of a launch, in the order of its steps. Each step is a function in a file of its own:
///
///   find     function or name -> kernel          find.hpp
///   select   what was asked for -> device        select.hpp
///   prepare  kernel + device -> its code there   prepare.hpp    (these three once per kind of launch: plan.hpp)
///   bind     plan + arguments -> block and grid  bind.hpp
///   launch   code + block + grid -> completion   the device's HostKernel
///   collect  -> result and LaunchReport          below and LaunchInFlight

#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/prepared_launch.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

#include "bind.hpp"
#include "plan.hpp"
#include "step_clock.hpp"

namespace dotcompute::detail {

namespace {

BoundCall bound_call(const LaunchPlan& plan, const std::byte* block, const Extent& grid, StepClock& clock) {
  clock.ended(&StepTimes::bind_ns);
  return {&plan, block, grid, clock.times(), clock.begun_ns()};
}

LaunchDescription description(const LaunchOptions& options, const BoundCall& bound) {
  const Extent& group = options.group;
  return {bound.block, {{bound.grid.x, bound.grid.y, bound.grid.z}}, options.stop, {{group.x, group.y, group.z}}};
}

LaunchReport report_of(const LaunchOptions& options, const BoundCall& bound) {
  LaunchReport report;
  report.kernel = bound.plan->kernel;
  report.accelerator = bound.plan->device->id;
  report.reason = bound.plan->reason;
  report.timed = options.timed;
  report.grid = bound.grid;
  report.group = options.group;
  report.times = bound.times;
  return report;
}

}  // namespace

BoundCall bind_function(const LaunchOptions& options, const FunctionCall& call, const std::byte* block) {
  StepClock clock(options.timed);
  const LaunchPlan& plan = find_plan(options, call, clock);
  const Extent grid = bind_grid(plan, options, block, plan.span_count);
  return bound_call(plan, block, grid, clock);
}

BoundCall bind_name(const LaunchOptions& options, std::string_view kernel, std::span<const ArgumentView> arguments,
                    NamedBlock& block) {
  StepClock clock(options.timed);
  const LaunchPlan& plan = find_plan(options, kernel, clock);
  std::byte* const bytes = block.reserve(plan.block_size);
  static_cast<void>(fill_block(plan, arguments, nullptr, bytes));
  const Extent grid = bind_grid(plan, options, bytes, plan.span_count);
  return bound_call(plan, bytes, grid, clock);
}

BoundCall bind_name_and_result(const LaunchOptions& options, std::string_view kernel,
                               std::span<const ArgumentView> arguments, NamedBlock& block, const ElementShape& result,
                               MissingResult& missing) {
  StepClock clock(options.timed);
  const LaunchPlan& plan = find_plan(options, kernel, clock);
  std::byte* const bytes = block.reserve(plan.block_size);
  const PlannedParameter* const parameter = fill_block(plan, arguments, &result, bytes);
  const Extent grid = bind_grid(plan, options, bytes, plan.span_count - 1);
  missing = {bytes + parameter->offset, grid.count()};
  return bound_call(plan, bytes, grid, clock);
}

LaunchReport run_function(const LaunchOptions& options, const FunctionCall& call, const std::byte* block) {
  return run_bound(options, bind_function(options, call, block));
}

LaunchReport run_bound(const LaunchOptions& options, const BoundCall& bound) {
  LaunchReport report = report_of(options, bound);
  const std::uint64_t started_ns = options.timed ? now_ns() : 0;
  if (bound.grid.count() != 0) report.outcome = bound.plan->code->run(description(options, bound));
  if (options.timed) {
    const std::uint64_t now = now_ns();
    report.times.launch_ns = now - started_ns;
    report.times.total_ns = now - bound.begun_ns;
  }
  return report;
}

void start_bound(const LaunchOptions& options, const BoundCall& bound, LaunchInFlight& state) {
  state.report = report_of(options, bound);
  state.launch = description(options, bound);
  state.begun_ns = bound.begun_ns;
  state.started_ns = options.timed ? now_ns() : 0;
  state.start(*bound.plan->code, options.runtime->in_flight());
}

}  // namespace dotcompute::detail
