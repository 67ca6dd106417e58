#include <dotcompute/runtime/launch_state.hpp>

#include <new>
#include <utility>

#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/completion.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

#include "checked_call.hpp"
#include "device_launch.hpp"
#include "place.hpp"
#include "plan.hpp"
#include "step_clock.hpp"

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

void LaunchInFlight::start_on_host(const BoundCall& bound, InFlightCount& count) {
  plan_ = bound.plan;
  buffers_ = bound.buffers;
  count_ = &count;
  report.launches = bound.grid.count() == 0 ? 0 : 1;
  count.launches.fetch_add(1, std::memory_order_relaxed);
  try {
    plan_->host_code->start(*this);
  } catch (...) {
    leave();
    throw;
  }
}

void LaunchInFlight::start_on_device(const LaunchOptions& options, const BoundCall& bound, InFlightCount& count) {
  static_assert(sizeof(DeviceFlight) <= sizeof scratch && alignof(DeviceFlight) <= 64);
  plan_ = bound.plan;
  buffers_ = bound.buffers;
  count_ = &count;
  count.launches.fetch_add(1, std::memory_order_relaxed);
  if (bound.grid.count() == 0 || options.stop.stop_requested()) {
    completed(bound.grid.count() == 0 ? LaunchOutcome::completed : LaunchOutcome::stopped, nullptr);
    return;
  }
  auto* const flight = ::new (static_cast<void*>(scratch)) DeviceFlight;
  try {
    StepClock clock(options.timed);
    SharedStream& stream = plan_->device->session->stream();
    stream.prepare_to_tell();
    flight->work = enqueue_on_device(options, bound, stream, clock);
    report.times.place_ns = clock.times().place_ns;
  } catch (...) {
    leave();
    throw;
  }
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
  const CompletionMark mark;
  report.outcome = outcome;
  if (checked_ != nullptr && !error) error = checked_->fault();
  if (plan_->host_code != nullptr && (error || outcome == LaunchOutcome::stopped)) {
    lose_written_buffers(*plan_, launch.arguments, buffers_, error ? "failed" : "was stopped");
  }
  if (report.timed) {
    const std::uint64_t now = now_ns();
    report.times.launch_ns = now - started_ns;
    report.times.total_ns = now - begun_ns;
  }
  completed_.store(true, std::memory_order_release);
  // From here on the runtime may be destroyed: only the state is touched, which the operation still holds.
  leave();
  deliver(std::move(error));
}

void LaunchInFlight::help() noexcept {
  if (!enter()) return;
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
