#include "launch_line.hpp"

#include <pthread.h>
#include <signal.h>
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include <dotcompute/base/error.hpp>
#include <dotcompute/base/task.hpp>

namespace dotcompute::reference {

LaunchLine::LaunchLine() : process_(this_process.load(std::memory_order_relaxed)) { notice_forks(); }

LaunchLine::~LaunchLine() {
  begin_anew_in_child();
  {
    const std::lock_guard lock(shared_.mutex);
    shared_.stopping = true;
  }
  shared_.appended.notify_all();
  if (shared_.thread.joinable()) shared_.thread.join();
}

/// In a child of fork(), before anything else: forgets the thread and the launches of the parent.
void LaunchLine::begin_anew_in_child() noexcept {
  const std::uint32_t process = this_process.load(std::memory_order_relaxed);
  if (process_.load(std::memory_order_acquire) == process) return;
  const std::lock_guard lock(process_mutex);
  if (process_.load(std::memory_order_relaxed) == process) return;
  std::construct_at(&shared_);
  process_.store(process, std::memory_order_release);
}

void LaunchLine::append(LaunchInLine& launch) {
  begin_anew_in_child();
  {
    const std::lock_guard lock(shared_.mutex);
    if (!shared_.thread.joinable()) {
      // The thread inherits the mask: signals of the program are for the program's own threads.
      sigset_t all;
      sigset_t before;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &before);
      std::string failure;
      try {
        shared_.thread = std::thread([this] { run_line(); });
      } catch (const std::system_error& error) {
        failure = error.what();
      }
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
      if (!failure.empty()) {
        ErrorContext context;
        context.device = "reference";
        context.cause = failure;
        throw DeviceError(Remedy::retry,
                          fmt::format("cannot start the thread of the reference: {}; raise the limit of threads, or "
                                      "launch with run instead of execute",
                                      failure),
                          std::move(context));
      }
    }
    launch.is_waiting = true;
    launch.before = shared_.last;
    (shared_.last == nullptr ? shared_.first : shared_.last->after) = &launch;
    shared_.last = &launch;
  }
  shared_.appended.notify_one();
}

void LaunchLine::take_out(LaunchInLine& launch) noexcept {
  launch.is_waiting = false;
  (launch.before == nullptr ? shared_.first : launch.before->after) = launch.after;
  (launch.after == nullptr ? shared_.last : launch.after->before) = launch.before;
}

void LaunchLine::run_and_complete(const LaunchInLine& launch) noexcept {
  PendingLaunch& pending = *launch.pending;
  LaunchOutcome outcome = LaunchOutcome::stopped;
  std::exception_ptr error;
  try {
    outcome = launch.kernel->run_items(pending.launch);
  } catch (...) {
    error = std::current_exception();
  }
  // The launch, and its place in line with it, may be gone when this returns.
  pending.completed(outcome, std::move(error));
  // Not between a waiting thread's look at its launch and its sleep.
  {
    const std::lock_guard lock(shared_.mutex);
  }
  shared_.completed.notify_all();
}

void LaunchLine::help(LaunchInLine& launch, bool (*done)(const PendingLaunch&) noexcept) {
  const PendingLaunch& pending = *launch.pending;
  {
    std::unique_lock lock(shared_.mutex);
    if (launch.is_waiting) {
      take_out(launch);
      lock.unlock();
      return run_and_complete(launch);
    }
  }
  if (dotcompute::detail::waiting_work().run_some == &run_some_of &&
      dotcompute::detail::waiting_work().context == this) {
    // The line's own thread: what the launch waits for may be next in line.
    while (!done(pending)) {
      if (!run_first()) std::this_thread::yield();
    }
    return;
  }
  std::unique_lock lock(shared_.mutex);
  shared_.completed.wait(lock, [&] { return done(pending); });
}

bool LaunchLine::run_first() noexcept {
  LaunchInLine* launch = nullptr;
  {
    const std::lock_guard lock(shared_.mutex);
    if (shared_.first == nullptr) return false;
    launch = shared_.first;
    take_out(*launch);
  }
  run_and_complete(*launch);
  return true;
}

bool LaunchLine::run_some_of(void* line) noexcept { return static_cast<LaunchLine*>(line)->run_first(); }

void LaunchLine::run_line() noexcept {
  pthread_setname_np(pthread_self(), "dotcompute-ref");
  dotcompute::detail::waiting_work() = {&run_some_of, this};
  for (;;) {
    while (run_first()) continue;
    std::unique_lock lock(shared_.mutex);
    shared_.appended.wait(lock, [&] { return shared_.first != nullptr || shared_.stopping; });
    if (shared_.first == nullptr) return;
  }
}

}  // namespace dotcompute::reference
