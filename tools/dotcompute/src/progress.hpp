#pragma once

/// A line on stderr for work that takes longer than a second.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace dotcompute::tool {

/// Shows the current phase and the seconds since the beginning of all, once a second. On a terminal the line is
/// rewritten in place and removed at the end; elsewhere each is a line of its own. Silent unless enabled, and in the
/// first second.
class Progress {
 public:
  /// Starts a thread only if `is_enabled`.
  explicit Progress(bool is_enabled);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Begins a phase: "compiling saxpy.cpp".
  void begin(std::string phase);

  /// Ends the line and the thread. Does nothing the second time.
  void end();

 private:
  void show_every_second();

  bool is_terminal_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_ending_ = false;
  bool is_shown_ = false;
  std::string phase_;
  std::chrono::steady_clock::time_point began_;
  std::thread thread_;
};

/// Whether stderr is a terminal.
[[nodiscard]] bool stderr_is_terminal() noexcept;

}  // namespace dotcompute::tool
