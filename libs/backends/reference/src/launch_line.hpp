#pragma once

/// The launches that were started on the reference, and the thread that runs them one by one.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include <dotcompute/device/process.hpp>

#include "reference_kernel.hpp"

namespace dotcompute::reference {

/// Thread-safe. Every launch must be complete before the line is destroyed.
///
/// In a child of fork() the line is empty and has no thread until the first launch that is started there. Launches that
/// were in it are the parent's alone: the child must not wait for them, and may destroy the line all the same.
class LaunchLine {
 public:
  LaunchLine();
  LaunchLine(const LaunchLine&) = delete;
  LaunchLine& operator=(const LaunchLine&) = delete;
  ~LaunchLine();

  /// Throws DeviceError if the line's thread cannot be started.
  void append(LaunchInLine& launch);

  /// Runs the launch if nobody does yet, and returns when `done`.
  void help(LaunchInLine& launch, bool (*done)(const PendingLaunch&) noexcept);

 private:
  void run_line() noexcept;
  [[nodiscard]] static bool run_some_of(void* line) noexcept;
  [[nodiscard]] bool run_first() noexcept;
  void take_out(LaunchInLine& launch) noexcept;
  void run_and_complete(const LaunchInLine& launch) noexcept;

  void begin_anew_in_child() noexcept;

  /// What the threads of one process share. A child of fork() writes a new one over it and does not destroy the old
  /// one, whose lock may be held and whose conditions are waited for by threads that are not in the child.
  struct Shared {
    std::mutex mutex;
    std::condition_variable appended;
    std::condition_variable completed;
    LaunchInLine* first = nullptr;
    LaunchInLine* last = nullptr;
    bool stopping = false;
    std::thread thread;
  };

  std::atomic<std::uint32_t> process_;  ///< The one that the rest belongs to. Written under `process_mutex`.
  Shared shared_;
};

}  // namespace dotcompute::reference
