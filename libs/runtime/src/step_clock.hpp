#pragma once

/// The times of a launch's steps. Reads no clock unless the launch asked for times.

#include <chrono>
#include <cstdint>

#include <dotcompute/runtime/report.hpp>

namespace dotcompute::detail {

[[nodiscard]] inline std::uint64_t now_ns() noexcept {
  const auto since_epoch = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count());
}

class StepClock {
 public:
  explicit StepClock(bool timed) noexcept : timed_(timed), begun_ns_(timed ? now_ns() : 0), last_ns_(begun_ns_) {}

  /// The step that began when the previous one ended is done.
  void ended(std::uint64_t StepTimes::* step) noexcept {
    if (!timed_) return;
    const std::uint64_t now = now_ns();
    times_.*step += now - last_ns_;
    last_ns_ = now;
  }

  /// Stores what was measured and when the clock was started; leaves both as they are if it measures nothing.
  void store(StepTimes& times, std::uint64_t& begun_ns) const noexcept {
    if (!timed_) return;
    times = times_;
    begun_ns = begun_ns_;
  }

  /// Adds the steps that were measured.
  void add_to(StepTimes& times) const noexcept {
    if (!timed_) return;
    times.select_ns += times_.select_ns;
    times.place_ns += times_.place_ns;
    times.launch_ns += times_.launch_ns;
  }

  /// The last step ended a launch that began at `begun_ns`.
  void store_total(StepTimes& times, std::uint64_t begun_ns) const noexcept {
    if (timed_) times.total_ns = last_ns_ - begun_ns;
  }

  [[nodiscard]] const StepTimes& times() const noexcept { return times_; }

 private:
  bool timed_;
  std::uint64_t begun_ns_;
  std::uint64_t last_ns_;
  StepTimes times_;
};

}  // namespace dotcompute::detail
