#include <dotcompute/base/task.hpp>

#include <thread>

namespace dotcompute::detail {

WaitingWork& waiting_work() noexcept {
  static constinit thread_local WaitingWork work;
  return work;
}

void TaskStateBase::wait() noexcept {
  if (const WaitingWork work = waiting_work(); work.run_some != nullptr) {
    // The work that finishes this operation may be the team's own, so the thread never sleeps here.
    while (!ready()) {
      if (!work.run_some(work.context)) std::this_thread::yield();
    }
    return;
  }
  for (;;) {
    const std::uint32_t phase = phase_.load(std::memory_order_acquire);
    if (phase == finished) return;
    phase_.wait(phase, std::memory_order_acquire);
  }
}

bool TaskStateBase::resume_later(std::coroutine_handle<> continuation) noexcept {
  continuation_ = continuation;
  std::uint32_t expected = running;
  return phase_.compare_exchange_strong(expected, awaited, std::memory_order_acq_rel, std::memory_order_acquire);
}

void TaskStateBase::finish() noexcept {
  const std::uint32_t before = phase_.exchange(finished, std::memory_order_seq_cst);
  const std::coroutine_handle<> continuation = before == awaited ? continuation_ : nullptr;
  phase_.notify_all();
  let_go();
  if (continuation) continuation.resume();
}

}  // namespace dotcompute::detail
