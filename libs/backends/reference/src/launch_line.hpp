#pragma once

/// The launches that were started on the reference, and the thread that runs them one by one.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "reference_kernel.hpp"

namespace dotcompute::reference {

/// Thread-safe. Every launch must be complete before the line is destroyed.
class LaunchLine {
 public:
  LaunchLine() = default;
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

  std::mutex mutex_;
  std::condition_variable appended_;
  std::condition_variable completed_;
  LaunchInLine* first_ = nullptr;
  LaunchInLine* last_ = nullptr;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dotcompute::reference
