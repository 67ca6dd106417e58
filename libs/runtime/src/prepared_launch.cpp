#include <dotcompute/runtime/prepared_launch.hpp>

#include "bind.hpp"
#include "plan.hpp"
#include "step_clock.hpp"

namespace dotcompute::detail {

namespace {

/// Keeps the prepared call and what it holds alive until the launch is complete.
class CallHold {
 public:
  explicit CallHold(PreparedCall& held) noexcept : call_(&held) { held.retain(); }
  CallHold(const CallHold&) = delete;
  CallHold& operator=(const CallHold&) = delete;
  ~CallHold() { call_->release(); }

 private:
  PreparedCall* call_;
};

LaunchReport repeated(const DirectLaunch& direct) {
  LaunchReport report = direct.report;
  report.outcome = direct.code->run(direct.launch);
  return report;
}

}  // namespace

void PreparedCall::keep(const BoundCall& bound) {
  bound_ = bound;
  direct_ = direct_launch(options, bound);
  only_runs_code_ = direct_.code != nullptr && bound.buffers == nullptr;
  plan_.store(bound.plan, std::memory_order_release);
}

BoundCall PreparedCall::current() const {
  StepClock clock(options.timed);
  BoundCall call = bound_;
  call.plan = plan_.load(std::memory_order_acquire);
  if (!is_valid(*call.plan)) {
    const LaunchPlan& found = kernel.empty() ? find_plan(options, function, clock) : find_plan(options, kernel, clock);
    if (!found.same_parameters(*call.plan)) {
      throw_refused(found, "its parameters changed since the launch was prepared; prepare it again");
    }
    plan_.store(&found, std::memory_order_release);
    call.plan = &found;
  }
  clock.ended(&StepTimes::find_ns);
  clock.store(call.times, call.begun_ns);
  return call;
}

LaunchReport PreparedCall::run() const {
  if (only_runs_code_ && is_valid(*bound_.plan)) return repeated(direct_);
  return run_bound(options, current());
}

Task<LaunchReport> PreparedCall::execute() {
  using State = ReportingLaunch<CallHold>;
  UnstartedLaunch<State> state(new State(*this));
  start_bound(options, current(), *state);
  return Task<LaunchReport>(state.started());
}

}  // namespace dotcompute::detail
