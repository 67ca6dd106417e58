#include "progress.hpp"

#include <cstdio>
#include <utility>

#include <unistd.h>
#include <fmt/format.h>

namespace dotcompute::tool {

bool stderr_is_terminal() noexcept { return isatty(STDERR_FILENO) == 1; }

Progress::Progress(bool is_enabled) : is_terminal_(stderr_is_terminal()), began_(std::chrono::steady_clock::now()) {
  if (is_enabled) thread_ = std::thread([this] { show_every_second(); });
}

Progress::~Progress() { end(); }

void Progress::begin(std::string phase) {
  const std::lock_guard lock(mutex_);
  phase_ = std::move(phase);
}

void Progress::end() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (std::exchange(is_shown_, false) && is_terminal_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show_every_second() {
  std::unique_lock lock(mutex_);
  for (int elapsed = 1;; ++elapsed) {
    if (changed_.wait_until(lock, began_ + std::chrono::seconds(elapsed), [&] { return is_ending_; })) return;
    is_shown_ = true;
    fmt::print(stderr, "{}dotcompute: {}, {} s{}", is_terminal_ ? "\r\x1b[K" : "", phase_, elapsed,
               is_terminal_ ? "" : "\n");
    std::fflush(stderr);
  }
}

}  // namespace dotcompute::tool
