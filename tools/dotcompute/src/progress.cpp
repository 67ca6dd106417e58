#include "progress.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace dotcompute::tool {

bool stderr_is_terminal() noexcept { return isatty(STDERR_FILENO) == 1; }

Progress::Progress(bool is_enabled) : is_terminal_(stderr_is_terminal()), began_(std::chrono::steady_clock::now()) {
  if (!is_enabled) return;
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!is_ending_) show(lock);
  });
}

Progress::~Progress() { end(); }

void Progress::begin(std::string phase) {
  {
    const std::lock_guard lock(mutex_);
    phase_ = std::move(phase);
    began_ = std::chrono::steady_clock::now();
  }
  changed_.notify_all();
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

void Progress::show(std::unique_lock<std::mutex>& lock) {
  const auto began = began_;
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
  const auto next = began + elapsed + std::chrono::seconds(1);
  const bool is_changed = changed_.wait_until(lock, next, [&] { return is_ending_ || began_ != began; });
  if (is_changed || phase_.empty()) return;
  is_shown_ = true;
  const std::string line = fmt::format("dotcompute: {}, {} s", phase_, elapsed.count() + 1);
  fmt::print(stderr, "{}{}{}", is_terminal_ ? "\r\x1b[K" : "", line, is_terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace dotcompute::tool
