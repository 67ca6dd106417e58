#include "launch_line.hpp"

#include <pthread.h>
#include <signal.h>
#include <fmt/format.h>

#include <system_error>

#include <dotcompute/base/error.hpp>
#include <dotcompute/base/task.hpp>

namespace dotcompute::reference {

LaunchLine::~LaunchLine() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  appended_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LaunchLine::append(LaunchInLine& launch) {
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) {
      // The thread inherits the mask: signals of the program are for the program's own threads.
      sigset_t all;
      sigset_t before;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &before);
      std::string failure;
      try {
        thread_ = std::thread([this] { run_line(); });
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
    launch.before = last_;
    (last_ == nullptr ? first_ : last_->after) = &launch;
    last_ = &launch;
  }
  appended_.notify_one();
}

void LaunchLine::take_out(LaunchInLine& launch) noexcept {
  launch.is_waiting = false;
  (launch.before == nullptr ? first_ : launch.before->after) = launch.after;
  (launch.after == nullptr ? last_ : launch.after->before) = launch.before;
}

void LaunchLine::run_and_complete(const LaunchInLine& launch) noexcept {
  PendingLaunch& pending = *launch.pending;
  const LaunchOutcome outcome = launch.kernel->run_items(pending.launch);
  // The launch, and its place in line with it, may be gone when this returns.
  pending.completed(outcome, nullptr);
  // Not between a waiting thread's look at its launch and its sleep.
  {
    const std::lock_guard lock(mutex_);
  }
  completed_.notify_all();
}

void LaunchLine::help(LaunchInLine& launch, bool (*done)(const PendingLaunch&) noexcept) {
  const PendingLaunch& pending = *launch.pending;
  {
    std::unique_lock lock(mutex_);
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
  std::unique_lock lock(mutex_);
  completed_.wait(lock, [&] { return done(pending); });
}

bool LaunchLine::run_first() noexcept {
  LaunchInLine* launch = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (first_ == nullptr) return false;
    launch = first_;
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
    std::unique_lock lock(mutex_);
    appended_.wait(lock, [&] { return first_ != nullptr || stopping_; });
    if (first_ == nullptr) return;
  }
}

}  // namespace dotcompute::reference
