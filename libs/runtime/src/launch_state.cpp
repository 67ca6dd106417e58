#include <dotcompute/runtime/launch_state.hpp>

#include <dotcompute/runtime/completion.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

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

void LaunchInFlight::start(const HostKernel& kernel, InFlightCount& count) {
  kernel_ = &kernel;
  count_ = &count;
  count.launches.fetch_add(1, std::memory_order_relaxed);
  try {
    kernel.start(*this);
  } catch (...) {
    leave();
    throw;
  }
}

void LaunchInFlight::completed(LaunchOutcome outcome, std::exception_ptr error) noexcept {
  const CompletionMark mark;
  report.outcome = outcome;
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
  if (!completed_.load(std::memory_order_acquire)) {
    kernel_->help(*this, [](const PendingLaunch& pending) noexcept {
      return static_cast<const LaunchInFlight&>(pending).completed_.load(std::memory_order_acquire);
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
