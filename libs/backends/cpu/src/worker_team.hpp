#pragma once

/// The threads that share the work of launches.
///
/// A caller puts its job into a slot, works on it from the front, and workers that look for work join from the back.
/// Whoever finds the job's chunks all claimed closes the slot; the last thread to leave a closed slot is the one that
/// completes a started job. Nothing here takes a lock or memory while slots are free.
///
/// On a machine with several nodes of memory, jobs are divided between the groups of a Placement, in which each thread
/// works from one end.
///
/// Figures of a two-processor machine that the constants follow: handing work to a thread that spins and back takes
/// 52-56 ns; waking a parked one takes 30-40 us until it runs, and the caller a system call.

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <type_traits>
#include <vector>

#include <dotcompute/device/launch.hpp>
#include <dotcompute/device/process.hpp>

#include "job.hpp"
#include "placement.hpp"

namespace dotcompute::cpu {

inline constexpr std::size_t most_threads = 1024;

/// Who works on a launch beside its caller.
enum class Company {
  none,      ///< Nobody: the launch is over sooner than another thread would be of use.
  spinning,  ///< The workers that are awake.
  woken,     ///< Sleeping workers too.
};

/// Thread-safe. Every launch must be complete before the team is destroyed.
///
/// In a child of fork() the team has no threads until the first launch there that needs some. Launches that were in
/// flight are the parent's alone: the child must not wait for them, and may destroy the team all the same.
class WorkerTeam {
 public:
  /// Sharing less work than this costs more than it saves: a second thread needs about 0.5 us to find and begin its
  /// part, and takes the data out of the first one's cache. (A saxpy of 65,536 elements takes 3.1 us on one thread, 2.7
  /// on two.)
  static constexpr double ns_worth_sharing = 2'000;
  /// From this much work on, waking a sleeping worker pays.
  static constexpr double ns_worth_waking = 50'000;

  /// Places as many threads. Called once, before the first of them is started.
  using Placer = std::function<Placement(std::size_t threads)>;

  /// `threads` counts the callers' one, 1 to `most_threads`. No thread is started yet. Without `placer` all are one
  /// group.
  explicit WorkerTeam(std::size_t threads, Placer placer = nullptr);
  WorkerTeam(const WorkerTeam&) = delete;
  WorkerTeam& operator=(const WorkerTeam&) = delete;
  ~WorkerTeam();

  [[nodiscard]] std::size_t threads() const noexcept { return threads_; }
  /// Whether there is a `placer`.
  [[nodiscard]] bool may_divide() const noexcept { return may_divide_; }

  /// Who should work on a launch that takes one thread so long, and that a caller waits for.
  [[nodiscard]] Company company_for(double ns) noexcept;

  /// Works on the job with `company` (not `none`) and returns when it is complete.
  void run(Job& job, Company company);

  /// Leaves the job to the workers; its `pending()` is told when it is complete. Throws DeviceError if there is no
  /// worker and none can be started.
  void start(Job& job);

  /// Works on a started job until `done` and returns then.
  void help(Job& job, bool (*done)(const PendingLaunch&) noexcept);

 private:
  static constexpr std::uint32_t slot_count = 64;

  /// `gate` counts the threads that work on the job; the flags say whether more may come in.
  struct alignas(64) Slot {
    static constexpr std::uint32_t taken = 1u << 31;    ///< Somebody owns the slot.
    static constexpr std::uint32_t open = 1u << 30;     ///< Threads may enter.
    static constexpr std::uint32_t awaited = 1u << 29;  ///< The owner sleeps until the last one leaves.
    static constexpr std::uint32_t users = awaited - 1;
    std::atomic<std::uint32_t> gate{0};
    Job* job = nullptr;
  };

  struct Worker {
    WorkerTeam* team = nullptr;
    std::uint32_t number = 0;
    Place place = {};  ///< In jobs that are divided.
    pthread_t thread{};
    bool is_running = false;
  };

  [[nodiscard]] bool has_workers() const noexcept {
    return started_in_.load(std::memory_order_acquire) == this_process.load(std::memory_order_relaxed);
  }
  void start_workers();
  void place_workers();
  void begin_anew() noexcept;
  [[nodiscard]] static void* worker_main(void* worker) noexcept;
  void run_worker(Worker& worker) noexcept;
  [[nodiscard]] static bool run_some_of(void* worker) noexcept;
  [[nodiscard]] bool run_some(std::uint32_t turn) noexcept;
  [[nodiscard]] bool on_own_worker() const noexcept;
  [[nodiscard]] Place place_of_caller() const noexcept { return placement_.is_divided() ? place_in_group() : Place{}; }
  [[nodiscard]] Place place_in_group() const noexcept;
  void park() noexcept;
  bool wake(std::uint32_t most) noexcept;  ///< Whether anybody slept.

  [[nodiscard]] Slot* take_slot() noexcept;
  void free_slot(Slot& slot) noexcept;
  void open_slot(Slot& slot, Job& job, std::uint32_t users) noexcept;
  [[nodiscard]] static bool enter(Slot& slot) noexcept;
  void close(Slot& slot) noexcept;
  void leave(Slot& slot) noexcept;
  void wait_until_left(Slot& slot) noexcept;
  void work_and_leave(Slot& slot, Place place) noexcept;
  void complete(Slot& slot, Job& job) noexcept;

  void wait_in_line(Job& job);
  void serve_line() noexcept;
  void wait_for_completion(const PendingLaunch& pending, bool (*done)(const PendingLaunch&) noexcept) noexcept;

  [[nodiscard]] std::uint64_t bit_of(const Slot& slot) const noexcept {
    return std::uint64_t{1} << (&slot - shared_.slots.data());
  }

  /// What the threads of one process share. A child of fork() writes a new one over it: in the old one other threads
  /// work, wait and hold the lock, and none of them is in the child.
  struct Shared {
    std::array<Slot, slot_count> slots;
    alignas(64) std::atomic<std::uint64_t> open{0};  ///< Which slots are worth a visit; what spinning workers look at.
    alignas(64) std::atomic<std::uint32_t> parked{0};
    std::atomic<bool> stopping{false};
    std::atomic<std::uint32_t> waiting_jobs{0};
    alignas(64) std::atomic<std::uint32_t> wakeups{0};
    std::atomic<int> waking_processor{-1};  ///< Where the thread ran that woke workers last.
    alignas(64) std::atomic<std::uint32_t> completions{0};
    std::atomic<std::uint32_t> sleeping_helpers{0};

    // Started jobs that found every slot taken. The lock is taken only then.
    std::mutex line_mutex;
    Job* line_first = nullptr;
    Job* line_last = nullptr;
  };
  static_assert(std::is_trivially_destructible_v<Shared>);  // Nothing is lost with the old one.

  const std::size_t threads_;
  const bool may_divide_;
  std::atomic<std::uint32_t> started_in_{no_process};  ///< The process that all of the workers run in.
  std::uint32_t process_;                              ///< The one that the rest belongs to. Under `process_mutex`.
  Shared shared_;
  alignas(64) std::atomic<double> unshared_ns_{0};  ///< Work that callers did alone for want of a worker awake.
  std::vector<Worker> workers_;  ///< Made with the team, so that starting them asks nobody for memory.
  // Written once, before the first thread is started.
  Placer placer_;
  Placement placement_;
  std::vector<GroupClaims> claims_;  ///< Of the groups in each slot's job, where jobs are divided.
};

}  // namespace dotcompute::cpu
