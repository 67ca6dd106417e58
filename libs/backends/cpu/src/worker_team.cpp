#include "worker_team.hpp"

#include <signal.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include <dotcompute/base/error.hpp>
#include <dotcompute/base/task.hpp>

#include "processors.hpp"
#include "spin.hpp"

namespace dotcompute::cpu {

namespace {

/// The slot that the calling thread took last: callers that launch again and again each keep to one of their own.
constinit thread_local std::uint32_t preferred_slot = 0;

/// New threads inherit the mask: signals of the program are for the program's own threads.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

// Started launches need a worker even where callers do their own work.
WorkerTeam::WorkerTeam(std::size_t threads, Placer placer)
    : threads_(threads),
      may_divide_(placer != nullptr),
      process_(this_process.load(std::memory_order_relaxed)),
      workers_(std::max<std::size_t>(threads - 1, 1)),
      placer_(std::move(placer)) {
  notice_forks();
}

WorkerTeam::~WorkerTeam() {
  if (process_ != this_process.load(std::memory_order_relaxed)) return;  // The threads are the parent's.
  shared_.stopping.store(true, std::memory_order_seq_cst);
  shared_.wakeups.fetch_add(1, std::memory_order_seq_cst);
  shared_.wakeups.notify_all();
  for (const Worker& worker : workers_) {
    if (worker.is_running) pthread_join(worker.thread, nullptr);
  }
}

Company WorkerTeam::company_for(double ns) noexcept {
  if (ns < ns_worth_sharing || threads_ == 1) return Company::none;
  const bool is_started = has_workers();
  // As many launches under way as processors: each is served best by its own caller.
  const int under_way = is_started ? std::popcount(shared_.open.load(std::memory_order_relaxed)) : 0;
  if (static_cast<std::size_t>(under_way) + 1 >= threads_) return Company::none;
  if (ns >= ns_worth_waking) return Company::woken;
  const bool somebody_is_awake = is_started && shared_.parked.load(std::memory_order_relaxed) + 1 < threads_;
  if (somebody_is_awake) return Company::spinning;
  // One such launch does not pay for a waking, many in a row do: once what was done alone is worth it, somebody is
  // woken, and spins for the launches that follow. A sum lost between two callers does not matter.
  const double unshared = unshared_ns_.load(std::memory_order_relaxed) + ns;
  const bool is_enough = unshared >= ns_worth_waking;
  unshared_ns_.store(is_enough ? 0 : unshared, std::memory_order_relaxed);
  return is_enough ? Company::woken : Company::none;
}

void WorkerTeam::run(Job& job, Company company) {
  if (!has_workers()) start_workers();
  Slot* const slot = take_slot();
  if (slot == nullptr) {
    job.work(Place{});
    return;
  }
  open_slot(*slot, job, 1);
  // Who was woken to this thread's own processor shall see it at once, and leave.
  if (company == Company::woken && wake(2)) yield_processor();
  job.work(place_of_caller());
  close(*slot);
  wait_until_left(*slot);
  free_slot(*slot);
}

void WorkerTeam::start(Job& job) {
  if (!has_workers()) start_workers();
  if (Slot* const slot = take_slot(); slot != nullptr) {
    open_slot(*slot, job, 0);
    wake(2);
  } else {
    wait_in_line(job);
  }
}

void WorkerTeam::help(Job& job, bool (*done)(const PendingLaunch&) noexcept) {
  const PendingLaunch& pending = *job.pending();
  const bool is_worker = on_own_worker();
  while (!done(pending)) {
    const std::uint32_t number = job.slot.load(std::memory_order_acquire);
    if (number != Job::in_no_slot && enter(shared_.slots[number])) {
      // The slot may have changed hands since the number was read; then there is nothing to do but leave.
      if (shared_.slots[number].job == &job) {
        work_and_leave(shared_.slots[number], place_of_caller());
      } else {
        leave(shared_.slots[number]);
      }
    }
    if (!is_worker) return wait_for_completion(pending, done);
    // A worker never sleeps here: what the launch waits for may be this thread's to do.
    if (!run_some(number)) pause();
  }
}

void WorkerTeam::wait_for_completion(const PendingLaunch& pending,
                                     bool (*done)(const PendingLaunch&) noexcept) noexcept {
  SpinTime time;
  if (time.spin([&] { return done(pending); })) return;
  shared_.sleeping_helpers.fetch_add(1, std::memory_order_seq_cst);
  for (;;) {
    const std::uint32_t seen = shared_.completions.load(std::memory_order_seq_cst);
    if (done(pending)) break;
    shared_.completions.wait(seen, std::memory_order_seq_cst);
  }
  shared_.sleeping_helpers.fetch_sub(1, std::memory_order_relaxed);
}

void WorkerTeam::start_workers() {
  const std::lock_guard lock(process_mutex);
  const std::uint32_t process = this_process.load(std::memory_order_relaxed);
  if (started_in_.load(std::memory_order_relaxed) == process) return;
  if (process_ != process) begin_anew();
  if (placer_ != nullptr) place_workers();
  const SignalsBlocked signals;
  for (std::uint32_t number = 0; number < workers_.size(); ++number) {
    Worker& worker = workers_[number];
    if (worker.is_running) continue;
    worker.team = this;
    worker.number = number;
    // Not std::thread, which takes memory from the heap for each.
    if (const int error = pthread_create(&worker.thread, nullptr, &worker_main, &worker); error != 0) {
      ErrorContext context;
      context.device = "cpu";
      context.cause = std::generic_category().message(error);
      throw DeviceError(Remedy::retry,
                        fmt::format("cannot start thread {} of {} of the cpu: {}; raise the limit of threads, or set "
                                    "DOTCOMPUTE_CPU_THREADS lower",
                                    number + 1, workers_.size(), context.cause),
                        context);
    }
    worker.is_running = true;
  }
  started_in_.store(process, std::memory_order_release);
}

void WorkerTeam::place_workers() {
  Placement placement = placer_(threads_);
  if (placement.is_divided()) {
    claims_ = std::vector<GroupClaims>(slot_count * placement.group_count());
    // The callers are thread 0.
    for (std::size_t thread = 1; thread <= workers_.size(); ++thread) {
      const std::uint32_t group = placement.group_of_thread(thread);
      const bool is_odd = (thread - placement.threads_of(group).begin) % 2 == 1;
      workers_[thread - 1].place = {group, is_odd ? End::back : End::front};
    }
  }
  placement_ = std::move(placement);
  placer_ = nullptr;
}

/// In a child of fork(), before its first threads: forgets the threads and the launches of the parent.
void WorkerTeam::begin_anew() noexcept {
  std::construct_at(&shared_);
  for (Worker& worker : workers_) worker.is_running = false;
  process_ = this_process.load(std::memory_order_relaxed);
}

void* WorkerTeam::worker_main(void* worker) noexcept {
  Worker& self = *static_cast<Worker*>(worker);
  self.team->run_worker(self);
  return nullptr;
}

bool WorkerTeam::run_some_of(void* worker) noexcept {
  const Worker& self = *static_cast<Worker*>(worker);
  return self.team->run_some(self.number);
}

bool WorkerTeam::on_own_worker() const noexcept {
  const dotcompute::detail::WaitingWork& work = dotcompute::detail::waiting_work();
  return work.run_some == &run_some_of && static_cast<const Worker*>(work.context)->team == this;
}

/// A worker has its group; another thread's is where it runs.
Place WorkerTeam::place_in_group() const noexcept {
  if (on_own_worker()) return static_cast<const Worker*>(dotcompute::detail::waiting_work().context)->place;
  return {placement_.group_of_processor(this_processor()), End::front};
}

void WorkerTeam::run_worker(Worker& worker) noexcept {
  pthread_setname_np(pthread_self(), "dotcompute-cpu");
  // A wish: what a worker does is right wherever it runs.
  if (placement_.is_divided() && placement_.binds()) bind_to(placement_.processors_of(worker.place.group));
  dotcompute::detail::waiting_work() = {&run_some_of, &worker};
  const auto has_work = [this] {
    return shared_.open.load(std::memory_order_relaxed) != 0 || shared_.stopping.load(std::memory_order_relaxed);
  };
  SpinTime time;
  for (;;) {
    while (run_some(worker.number)) continue;
    if (shared_.stopping.load(std::memory_order_acquire)) return;
    if (time.spin(has_work)) continue;
    park();
    const int waking = shared_.waking_processor.load(std::memory_order_relaxed);
    if (waking >= 0 && waking == this_processor()) leave_processor(waking);
    time.lengthen();
    // Each worker that was woken wakes two more if there is work for them: a caller wakes two and goes on with its own.
    if (shared_.open.load(std::memory_order_relaxed) != 0) wake(2);
  }
}

bool WorkerTeam::run_some(std::uint32_t turn) noexcept {
  // Workers begin to look at different slots, so that they spread over the launches that there are.
  std::uint64_t candidates =
      std::rotr(shared_.open.load(std::memory_order_acquire), static_cast<int>(turn % slot_count));
  while (candidates != 0) {
    const auto index = (static_cast<std::uint32_t>(std::countr_zero(candidates)) + turn) % slot_count;
    if (Slot& slot = shared_.slots[index]; enter(slot)) {
      const bool has_caller = slot.job->pending() == nullptr;
      const End end = has_caller || turn % 2 == 1 ? End::back : End::front;
      work_and_leave(slot, placement_.is_divided() ? place_in_group() : Place{.end = end});
      return true;
    }
    candidates &= candidates - 1;
  }
  return false;
}

void WorkerTeam::park() noexcept {
  const std::uint32_t seen = shared_.wakeups.load(std::memory_order_seq_cst);
  // Either this thread sees the slot that a caller opened, or the caller sees that this thread is about to sleep.
  shared_.parked.fetch_add(1, std::memory_order_seq_cst);
  if (shared_.open.load(std::memory_order_seq_cst) == 0 && !shared_.stopping.load(std::memory_order_seq_cst)) {
    shared_.wakeups.wait(seen, std::memory_order_seq_cst);
  }
  shared_.parked.fetch_sub(1, std::memory_order_relaxed);
}

bool WorkerTeam::wake(std::uint32_t most) noexcept {
  const std::uint32_t count = std::min(most, shared_.parked.load(std::memory_order_seq_cst));
  if (count == 0) return false;
  shared_.waking_processor.store(this_processor(), std::memory_order_relaxed);
  shared_.wakeups.fetch_add(1, std::memory_order_seq_cst);
  for (std::uint32_t i = 0; i < count; ++i) shared_.wakeups.notify_one();
  return true;
}

WorkerTeam::Slot* WorkerTeam::take_slot() noexcept {
  for (std::uint32_t i = 0; i < slot_count; ++i) {
    const std::uint32_t index = (preferred_slot + i) % slot_count;
    std::uint32_t gate = shared_.slots[index].gate.load(std::memory_order_seq_cst);
    if (gate == 0 && shared_.slots[index].gate.compare_exchange_strong(gate, Slot::taken, std::memory_order_seq_cst)) {
      preferred_slot = index;
      return &shared_.slots[index];
    }
  }
  return nullptr;
}

void WorkerTeam::free_slot(Slot& slot) noexcept {
  slot.gate.store(0, std::memory_order_seq_cst);
  if (shared_.waiting_jobs.load(std::memory_order_seq_cst) != 0) serve_line();
}

void WorkerTeam::open_slot(Slot& slot, Job& job, std::uint32_t users) noexcept {
  const auto number = static_cast<std::uint32_t>(&slot - shared_.slots.data());
  slot.job = &job;
  if (placement_.is_divided()) {
    const std::size_t groups = placement_.group_count();
    job.divide(placement_, std::span(claims_).subspan(number * groups, groups));
  }
  job.slot.store(number, std::memory_order_release);
  // First the hint, then the gate: whoever closes the gate takes the hint back after it was given.
  shared_.open.fetch_or(bit_of(slot), std::memory_order_seq_cst);
  slot.gate.store(Slot::taken | Slot::open | users, std::memory_order_seq_cst);
}

bool WorkerTeam::enter(Slot& slot) noexcept {
  std::uint32_t gate = slot.gate.load(std::memory_order_relaxed);
  while ((gate & Slot::open) != 0) {
    if (slot.gate.compare_exchange_weak(gate, gate + 1, std::memory_order_acquire, std::memory_order_relaxed))
      return true;
  }
  return false;
}

/// Lets nobody in any more. Only by a thread that is inside.
void WorkerTeam::close(Slot& slot) noexcept {
  if ((slot.gate.fetch_and(~Slot::open, std::memory_order_relaxed) & Slot::open) != 0) {
    shared_.open.fetch_and(~bit_of(slot), std::memory_order_relaxed);
  }
}

void WorkerTeam::leave(Slot& slot) noexcept {
  Job& job = *slot.job;
  const bool has_caller = job.pending() == nullptr;
  const std::uint32_t before = slot.gate.fetch_sub(1, std::memory_order_acq_rel);
  if ((before & Slot::users) != 1 || (before & Slot::open) != 0) return;
  if (!has_caller) return complete(slot, job);
  // The caller may be gone by now, with its job; the slot stays.
  if ((before & Slot::awaited) != 0) slot.gate.notify_all();
}

void WorkerTeam::work_and_leave(Slot& slot, Place place) noexcept {
  slot.job->work(place);
  close(slot);
  leave(slot);
}

/// The caller of a job leaves the slot that it owns, and waits for those who still work in it.
void WorkerTeam::wait_until_left(Slot& slot) noexcept {
  std::uint32_t gate = slot.gate.fetch_sub(1, std::memory_order_acq_rel) - 1;
  if ((gate & Slot::users) == 0) return;
  SpinTime time;
  const auto is_left = [&] {
    gate = slot.gate.load(std::memory_order_acquire);
    return (gate & Slot::users) == 0;
  };
  if (time.spin(is_left)) return;
  gate = slot.gate.fetch_or(Slot::awaited, std::memory_order_acq_rel) | Slot::awaited;
  while ((gate & Slot::users) != 0) {
    slot.gate.wait(gate, std::memory_order_acquire);
    gate = slot.gate.load(std::memory_order_acquire);
  }
}

void WorkerTeam::complete(Slot& slot, Job& job) noexcept {
  PendingLaunch& pending = *job.pending();
  const LaunchOutcome outcome = job.outcome();
  const std::exception_ptr error = job.error();
  free_slot(slot);
  // The launch and the job in it may be gone when this returns.
  pending.completed(outcome, error);
  shared_.completions.fetch_add(1, std::memory_order_seq_cst);
  if (shared_.sleeping_helpers.load(std::memory_order_seq_cst) != 0) shared_.completions.notify_all();
}

void WorkerTeam::wait_in_line(Job& job) {
  {
    const std::lock_guard lock(shared_.line_mutex);
    if (shared_.line_last == nullptr) {
      shared_.line_first = &job;
    } else {
      shared_.line_last->next_waiting = &job;
    }
    shared_.line_last = &job;
    shared_.waiting_jobs.fetch_add(1, std::memory_order_seq_cst);
  }
  // A slot may have become free before the job stood in line.
  serve_line();
}

void WorkerTeam::serve_line() noexcept {
  while (shared_.waiting_jobs.load(std::memory_order_seq_cst) != 0) {
    Slot* const slot = take_slot();
    if (slot == nullptr) return;  // Whoever frees one serves the line.
    Job* job = nullptr;
    {
      const std::lock_guard lock(shared_.line_mutex);
      if (shared_.line_first != nullptr) {
        job = shared_.line_first;
        shared_.line_first = job->next_waiting;
        if (shared_.line_first == nullptr) shared_.line_last = nullptr;
        shared_.waiting_jobs.fetch_sub(1, std::memory_order_seq_cst);
      }
    }
    if (job == nullptr) {
      slot->gate.store(0, std::memory_order_seq_cst);
      continue;
    }
    open_slot(*slot, *job, 0);
    wake(2);
  }
}

}  // namespace dotcompute::cpu
