#pragma once

/// A lock for a few instructions that threads seldom want at once.

#include <atomic>
#include <thread>

namespace dotcompute::detail {

class SpinLock {
 public:
  void lock() noexcept {
    while (is_locked_.exchange(true, std::memory_order_acquire)) wait();
  }
  [[nodiscard]] bool try_lock() noexcept { return !is_locked_.exchange(true, std::memory_order_acquire); }
  void unlock() noexcept { is_locked_.store(false, std::memory_order_release); }

 private:
  void wait() const noexcept {
    // Whoever has it is done in nanoseconds, unless it lost its processor meanwhile.
    for (int tries = 0; is_locked_.load(std::memory_order_relaxed); ++tries) {
      if (tries >= 64) std::this_thread::yield();
    }
  }

  std::atomic<bool> is_locked_{false};
};

}  // namespace dotcompute::detail
