#pragma once

/// Waiting by looking again.

#include <algorithm>
#include <chrono>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dotcompute::cpu {

/// Tells the processor that the thread is looking again and again.
inline void pause() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

/// How long a worker looks for work before it sleeps. Long after a look that found some, short after one in vain; at
/// once where another thread wants the processor.
class SpinTime {
 public:
  /// Looks until `found()` or the time is over; returns what `found()` said last.
  template <class Found>
  bool spin(Found found) noexcept {
    if (look(found)) return true;
    auto before = Clock::now();
    const auto end = before + time_;
    for (;;) {
      if (look(found)) return true;
      const auto now = Clock::now();
      const bool was_preempted = now - before > preempted;
      if (was_preempted) time_ = shortest;  // Somebody else ran here: the processors are oversubscribed.
      if (was_preempted || now >= end) break;
      before = now;
    }
    time_ = std::max(time_ / 2, shortest);
    return found();
  }

  /// Work came while the thread slept.
  void lengthen() noexcept { time_ = std::min(time_ * 2, longest); }

 private:
  using Clock = std::chrono::steady_clock;
  using Time = std::chrono::nanoseconds;

  template <class Found>
  bool look(Found found) noexcept {
    for (int looks = 0; looks < looks_per_clock_read; ++looks) {
      if (found()) {
        lengthen();
        return true;
      }
      pause();
    }
    return false;
  }

  static constexpr int looks_per_clock_read = 64;
  static constexpr Time shortest{3'000};
  static constexpr Time longest{50'000};
  static constexpr Time preempted{40'000};

  Time time_ = longest;
};

}  // namespace dotcompute::cpu
