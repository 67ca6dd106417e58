/// The life of a launch, in the order of its steps. Each step is a function in a file of its own:
///
///   find     function or name -> kernel          find.hpp
///   select   what was asked for -> device        plan.hpp, or for each launch: placement.hpp
///   prepare  kernel + device -> its code there   prepare.hpp    (these three once per kind of launch: plan.hpp)
///   bind     plan + arguments -> block and grid  bind.hpp
///   place    buffers + device -> current there   place.hpp, and device_launch.hpp for memory of its own
///   launch   code + block + grid -> completion   the device's HostKernel, or a stream: device_launch.hpp
///   collect  -> result and LaunchReport          below and LaunchInFlight

#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/prepared_launch.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

#include "bind.hpp"
#include "checked_call.hpp"
#include "device_launch.hpp"
#include "launch.hpp"
#include "launch_uses.hpp"
#include "place.hpp"
#include "placement.hpp"
#include "plan.hpp"
#include "step_clock.hpp"
#include "stream_core.hpp"

namespace dotcompute::detail {

namespace {

BoundCall bound_call(const LaunchPlan& plan, const std::byte* block, BufferStorage* const* buffers, const Extent& grid,
                     StepClock& clock) {
  clock.ended(&StepTimes::bind_ns);
  BoundCall bound{&plan, block, grid, buffers, {}, 0};
  clock.store(bound.times, bound.begun_ns);
  return bound;
}

LaunchDescription description(const LaunchOptions& options, const std::byte* block, const Extent& grid) {
  const Extent& group = options.group;
  return {block, {{grid.x, grid.y, grid.z}}, options.stop, {{group.x, group.y, group.z}}};
}

LaunchReport report_of(const LaunchOptions& options, const LaunchPlan& plan, const Extent& grid,
                       const StepTimes& times = {}) {
  // All at once, so that nothing is cleared first: this is a good part of what a launch costs.
  return {.kernel = plan.kernel,
          .accelerator = plan.device->id,
          .reason = plan.reason,
          .outcome = LaunchOutcome::completed,
          .timed = options.timed,
          .fast_math = plan.fast_math,
          .checked = plan.is_checked,
          .grid = grid,
          .group = options.group,
          .launches = 0,
          .bytes_to_device = 0,
          .bytes_to_host = 0,
          .times = times};
}

/// Whether a launch on the plan's device, if it has any work-items, only calls the kernel's code on the host. Buffers
/// have to be ready for it.
bool is_direct(const LaunchOptions& options, const LaunchPlan& plan) noexcept {
  return plan.direct_code != nullptr && options.stream == nullptr && !options.timed;
}

LaunchReport run_directly(const LaunchOptions& options, const LaunchPlan& plan, const std::byte* block,
                          const Extent& grid) {
  LaunchReport report = report_of(options, plan, grid);
  if (grid.count() == 0) return report;
  report.launches = 1;
  report.outcome = plan.direct_code->run(description(options, block, grid));
  return report;
}

void start_steps(const LaunchOptions& options, const BoundCall& bound, LaunchInFlight& state) {
  state.report = report_of(options, *bound.plan, bound.grid, bound.times);
  state.launch = description(options, bound.block, bound.grid);
  state.begun_ns = bound.begun_ns;
  state.started_ns = options.timed ? now_ns() : 0;
  state.stream = options.stream;
  state.watcher = options.watcher;
  state.start(bound, options.runtime->in_flight());
}

/// A blocking launch whose buffers others use: whoever is in its way begins it, so that it does not depend on this
/// thread, which may come to wait for something else while it helps others.
LaunchReport run_in_turn(const LaunchOptions& options, const BoundCall& bound) {
  using State = ReportingLaunch<NothingHeld>;
  UnstartedLaunch<State> state(new State());
  start_steps(options, bound, *state);
  return Task<LaunchReport>(state.started()).get();
}

CallUses uses_of(const LaunchOptions& options, const BoundCall& bound) noexcept {
  return {bound.plan, bound.buffers, options.stream == nullptr ? nullptr : &options.stream->turns()};
}

/// Whether all memory of the call is that of buffers.
bool has_only_buffers(const BoundCall& bound) noexcept {
  const std::vector<PlannedParameter>& parameters = bound.plan->parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].shape.is_span && (bound.buffers == nullptr || bound.buffers[i] == nullptr)) return false;
  }
  return true;
}

/// The steps behind bind.
void run_steps(const LaunchOptions& options, const BoundCall& bound, LaunchReport& report) {
  StepClock clock(options.timed);
  HeldUses uses(uses_of(options, bound));
  if (bound.grid.count() == 0) {
    // Nothing to do.
  } else if (!uses.try_take()) {
    report = run_in_turn(options, bound);
    return;
  } else if (bound.plan->device_code != nullptr) {
    run_on_device(options, bound, report, clock, uses);
  } else {
    if (bound.buffers != nullptr) report.bytes_to_host = place_on_host(bound);
    clock.ended(&StepTimes::place_ns);
    report.launches = 1;
    report.outcome = run_on_host(bound, description(options, bound.block, bound.grid));
  }
  clock.ended(&StepTimes::launch_ns);
  clock.add_to(report.times);
  clock.store_total(report.times, bound.begun_ns);
}

/// A launch that does more than run code on the host, or is timed.
void run_in_steps(const LaunchOptions& options, const BoundCall& bound, LaunchReport& report) {
  if (!bound.plan->is_checked) return run_steps(options, bound, report);
  const CheckedCall checked(bound);
  run_steps(options, checked.bound(), report);
  if (const std::exception_ptr fault = checked.fault()) std::rethrow_exception(fault);
}

LaunchReport run_placed(const LaunchOptions& options, const BoundCall& bound) {
  const LaunchPlan& plan = *bound.plan;
  if (bound.buffers == nullptr && is_direct(options, plan)) return run_directly(options, plan, bound.block, bound.grid);
  LaunchReport report = report_of(options, plan, bound.grid, bound.times);
  if (bound.grid.count() == 0 && !options.timed) return report;
  run_in_steps(options, bound, report);
  return report;
}

void start_placed(const LaunchOptions& options, const BoundCall& bound, LaunchInFlight& state) {
  if (bound.plan->is_checked) return start_steps(options, state.check(bound), state);
  start_steps(options, bound, state);
}

/// A blocking launch whose plan is found and whose arguments are checked.
LaunchReport run_call(const LaunchOptions& options, const LaunchPlan& plan, const std::byte* block,
                      BufferStorage* const* buffers, const Extent& grid, StepClock& clock) {
  const bool is_short = buffers == nullptr && is_direct(options, plan) && is_placed(plan, grid);
  if (is_short) return run_directly(options, plan, block, grid);
  return run_bound(options, bound_call(plan, block, buffers, grid, clock));
}

/// A call by name whose arguments are checked and lie in their block.
struct NamedCall {
  const std::byte* block;
  BufferStorage* const* buffers;
  Extent grid;
};

NamedCall bind_arguments(const LaunchPlan& plan, const LaunchOptions& options, std::span<const ArgumentView> arguments,
                         NamedBlock& block) {
  std::byte* const bytes = block.reserve(plan.block_size);
  static_cast<void>(fill_block(plan, arguments, nullptr, bytes));
  const Extent grid = bind_grid(plan, options, bytes, plan.span_count);
  return {bytes, find_buffers(plan, arguments, block), grid};
}

}  // namespace

BoundCall bind_function(const LaunchOptions& options, const FunctionCall& call, const std::byte* block,
                        BufferStorage* const* buffers) {
  StepClock clock(options.timed);
  const LaunchPlan& plan = find_plan(options, call, clock);
  const Extent grid = bind_grid(plan, options, block, plan.span_count);
  return bound_call(plan, block, buffers, grid, clock);
}

BoundCall bind_name(const LaunchOptions& options, std::string_view kernel, std::span<const ArgumentView> arguments,
                    NamedBlock& block) {
  StepClock clock(options.timed);
  const LaunchPlan& plan = find_plan(options, kernel, clock);
  const NamedCall call = bind_arguments(plan, options, arguments, block);
  return bound_call(plan, call.block, call.buffers, call.grid, clock);
}

BoundCall bind_name_and_result(const LaunchOptions& options, std::string_view kernel,
                               std::span<const ArgumentView> arguments, NamedBlock& block, const ElementShape& result,
                               MissingResult& missing) {
  StepClock clock(options.timed);
  const LaunchPlan& plan = find_plan(options, kernel, clock);
  std::byte* const bytes = block.reserve(plan.block_size);
  const PlannedParameter* const parameter = fill_block(plan, arguments, &result, bytes);
  const Extent grid = bind_grid(plan, options, bytes, plan.span_count - 1);
  BufferStorage** const buffers = block.reserve_buffers(plan.parameters.size());
  store_buffers(plan, arguments, buffers);
  missing = {bytes + parameter->offset, buffers + (parameter - plan.parameters.data()), grid.count()};
  return bound_call(plan, bytes, buffers, grid, clock);
}

LaunchReport run_function(const LaunchOptions& options, const FunctionCall& call, const std::byte* block,
                          BufferStorage* const* buffers) {
  StepClock clock(options.timed);
  const LaunchPlan& plan = find_plan(options, call, clock);
  const Extent grid = bind_grid(plan, options, block, plan.span_count);
  return run_call(options, plan, block, buffers, grid, clock);
}

LaunchReport run_name(const LaunchOptions& options, std::string_view kernel, std::span<const ArgumentView> arguments,
                      NamedBlock& block) {
  StepClock clock(options.timed);
  const LaunchPlan& plan = find_plan(options, kernel, clock);
  const NamedCall call = bind_arguments(plan, options, arguments, block);
  return run_call(options, plan, call.block, call.buffers, call.grid, clock);
}

DirectLaunch direct_launch(const LaunchOptions& options, const BoundCall& bound) {
  const LaunchPlan& plan = *bound.plan;
  if (bound.grid.count() == 0 || !is_direct(options, plan) || !is_placed(plan, bound.grid)) return {};
  LaunchReport report = report_of(options, plan, bound.grid);
  report.launches = 1;
  return {plan.direct_code, description(options, bound.block, bound.grid), report};
}

BoundCall place_call(const LaunchOptions& options, const BoundCall& bound) {
  StepClock clock(options.timed);
  BoundCall call = place_by_estimate(options, bound);
  clock.ended(&StepTimes::select_ns);
  clock.add_to(call.times);
  return call;
}

LaunchReport run_bound(const LaunchOptions& options, const BoundCall& bound) {
  if (bound.plan->is_open) return run_placed(options, place_call(options, bound));
  return run_placed(options, bound);
}

bool enqueue_bound(const LaunchOptions& options, const BoundCall& bound, DeviceWork& work, LaunchReport& report) {
  const LaunchPlan& plan = *bound.plan;
  const bool may_run_later = plan.device_code != nullptr && !plan.is_checked && !options.timed &&
                             bound.grid.count() != 0 && !options.stop.stop_requested() && has_only_buffers(bound);
  if (!may_run_later) return false;
  HeldUses uses(uses_of(options, bound));
  if (!uses.try_take()) return false;
  StepClock clock(options.timed);
  report = report_of(options, plan, bound.grid);
  work = begin_on_device(options, bound, report, clock, uses);
  return true;
}

void start_bound(const LaunchOptions& options, const BoundCall& bound, LaunchInFlight& state) {
  if (bound.plan->is_open) return start_placed(options, place_call(options, bound), state);
  start_placed(options, bound, state);
}

}  // namespace dotcompute::detail
