#include <dotcompute/runtime/launch_state.hpp>

#include <new>
#include <utility>

#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/completion.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

#include "checked_call.hpp"
#include "device_launch.hpp"
#include "launch_uses.hpp"
#include "launch_watcher.hpp"
#include "place.hpp"
#include "plan.hpp"
#include "step_clock.hpp"
#include "stream_core.hpp"

namespace dotcompute::detail {

namespace {

constinit thread_local int completions_running = 0;

/// Marks the calling thread as being inside a completion, where it must not wait for the device's own threads.
struct CompletionMark {
  CompletionMark() noexcept { ++completions_running; }
  CompletionMark(const CompletionMark&) = delete;
  CompletionMark& operator=(const CompletionMark&) = delete;
  ~CompletionMark() { --completions_running; }
};

}  // namespace

bool inside_completion() noexcept { return completions_running != 0; }

/// What a launch on a stream keeps in the launch's scratch.
struct LaunchInFlight::DeviceFlight : PointWait {
  LaunchInFlight* launch = nullptr;
  DeviceWork work;
};

void CheckedCallDeleter::operator()(CheckedCall* call) const noexcept { delete call; }

BoundCall LaunchInFlight::check(const BoundCall& bound) {
  checked_.reset(new CheckedCall(bound));
  return checked_->bound();
}

LaunchInFlight::DeviceFlight& LaunchInFlight::flight() noexcept {
  return *std::launder(reinterpret_cast<DeviceFlight*>(scratch));
}

void LaunchInFlight::start(const BoundCall& bound, InFlightCount& count) {
  plan_ = bound.plan;
  buffers_ = bound.buffers;
  count_ = &count;
  count.launches.fetch_add(1, std::memory_order_relaxed);
  try {
    if (uses().any() && bound.grid.count() != 0 && !take_turn()) return;
    begin();
  } catch (...) {
    give_back_uses();
    leave();
    throw;
  }
}

CallUses LaunchInFlight::uses() const noexcept {
  return {plan_, buffers_, stream == nullptr ? nullptr : &stream->turns()};
}

void LaunchInFlight::give_back_uses() noexcept {
  if (std::exchange(holds_uses_, false)) give_back(uses());
}

/// False where the launch is begun later, by another thread perhaps, and may be over by now.
bool LaunchInFlight::take_turn() {
  holds_uses_ = try_take(uses());
  if (holds_uses_) return true;
  phase_.store(waits, std::memory_order_relaxed);
  // Until the launch begins, nobody needs the scratch memory for it.
  if (stand_in_line(uses(), turn_, scratch, waits_) == HostUses::Turn::later) return false;
  holds_uses_ = true;
  phase_.store(begun, std::memory_order_relaxed);
  return true;
}

void LaunchInFlight::Turn::has_come(UseTicket& ticket) noexcept { static_cast<Turn&>(ticket).launch.begin_in_turn(); }

/// On a thread that has other things to do: the launch neither runs here, nor is it gone before this returns.
void LaunchInFlight::begin_in_turn() noexcept {
  hold_state();
  users_.fetch_add(1, std::memory_order_relaxed);
  holds_uses_ = true;
  may_run_in_start = false;
  try {
    begin();
  } catch (...) {
    end(LaunchOutcome::stopped, std::current_exception());
  }
  phase_.store(begun, std::memory_order_release);
  phase_.notify_all();
  leave();
  let_go_of_state();
}

/// If this throws, the launch is not under way.
void LaunchInFlight::begin() {
  if (plan_->device_code != nullptr) {
    begin_on_device();
  } else {
    begin_on_host();
  }
}

BoundCall LaunchInFlight::bound() const noexcept {
  return {plan_, launch.arguments, report.grid, buffers_, {}, begun_ns};
}

void LaunchInFlight::begin_on_host() {
  const bool is_empty = report.grid.count() == 0;
  if (buffers_ != nullptr && !is_empty) {
    report.bytes_to_host = place_on_host(bound());
    if (report.timed) {
      const std::uint64_t now = now_ns();
      report.times.place_ns = now - started_ns;
      started_ns = now;
    }
  }
  report.launches = is_empty ? 0 : 1;
  if (watcher != nullptr) watcher->begun_on_host();
  plan_->host_code->start(*this);
}

void LaunchInFlight::begin_on_device() {
  static_assert(sizeof(DeviceFlight) <= sizeof scratch && alignof(DeviceFlight) <= 64);
  const bool is_empty = report.grid.count() == 0;
  if (is_empty || launch.stop.stop_requested()) {
    end(is_empty ? LaunchOutcome::completed : LaunchOutcome::stopped, nullptr);
    return;
  }
  auto* const flight = ::new (static_cast<void*>(scratch)) DeviceFlight;
  StepClock clock(report.timed);
  LaunchOptions options;
  options.group = report.group;
  flight->work = enqueue_on_device(options, bound(), {stream == nullptr ? nullptr : stream->shared(), true}, clock);
  report.times.place_ns = clock.times().place_ns;
  started_ns += report.times.place_ns;
  report.bytes_to_device = flight->work.bytes_to_device;
  report.bytes_to_host = flight->work.bytes_to_host;
  report.launches = 1;
  flight->launch = this;
  flight->point = flight->work.complete;
  flight->reached = [](PointWait& wait, std::exception_ptr error) noexcept {
    const DeviceFlight& done = static_cast<DeviceFlight&>(wait);
    LaunchInFlight& launch = *done.launch;
    tidy_after(*launch.plan_);
    if (error) error = fail_on_device(*launch.plan_, launch.buffers_, done.work, error);
    launch.completed(LaunchOutcome::completed, std::move(error));
  };
  // What follows is ordered on the device from here on.
  give_back_uses();
  if (watcher != nullptr) watcher->enqueued(flight->work);
  flight->work.stream->tell(*flight);
}

void LaunchInFlight::wait_on_device() noexcept {
  DeviceFlight& awaited = flight();
  // Whoever took it from the line is about to complete it.
  if (!awaited.work.stream->take_back(awaited)) return;
  std::exception_ptr error;
  try {
    awaited.work.stream->stream().wait(awaited.point);
  } catch (...) {
    error = std::current_exception();
  }
  awaited.reached(awaited, std::move(error));
}

void LaunchInFlight::completed(LaunchOutcome outcome, std::exception_ptr error) noexcept {
  if (checked_ != nullptr && !error) error = checked_->fault();
  if (plan_->host_code != nullptr && (error || outcome == LaunchOutcome::stopped)) {
    lose_written_buffers(*plan_, launch.arguments, buffers_, error ? "failed" : "was stopped");
  }
  end(outcome, std::move(error));
}

void LaunchInFlight::end(LaunchOutcome outcome, std::exception_ptr error) noexcept {
  const CompletionMark mark;
  report.outcome = outcome;
  if (report.timed) {
    const std::uint64_t now = now_ns();
    report.times.launch_ns = now - started_ns;
    report.times.total_ns = now - begun_ns;
  }
  // First, so that what waits for them is under way when the caller learns of this launch.
  if (watcher != nullptr && plan_->host_code != nullptr) watcher->ended_on_host();
  give_back_uses();
  completed_.store(true, std::memory_order_release);
  // From here on the runtime may be destroyed: only the state is touched, which the operation still holds.
  leave();
  deliver(std::move(error));
}

void LaunchInFlight::help() noexcept {
  if (!enter()) return;
  wait_and_help(phase_, waits);
  if (!is_completed() && plan_->host_code == nullptr) {
    wait_on_device();
  } else if (!is_completed()) {
    plan_->host_code->help(*this, [](const PendingLaunch& pending) noexcept {
      return static_cast<const LaunchInFlight&>(pending).is_completed();
    });
  }
  leave();
}

bool LaunchInFlight::enter() noexcept {
  std::uint32_t users = users_.load(std::memory_order_relaxed);
  while (users != 0) {
    if (users_.compare_exchange_weak(users, users + 1, std::memory_order_acquire, std::memory_order_relaxed))
      return true;
  }
  return false;
}

void LaunchInFlight::leave() noexcept {
  if (users_.fetch_sub(1, std::memory_order_acq_rel) == 1) count_->launches.fetch_sub(1, std::memory_order_release);
}

}  // namespace dotcompute::detail
