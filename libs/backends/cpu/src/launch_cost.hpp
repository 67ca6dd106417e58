#pragma once

/// How long a kernel's launches take, for deciding who runs them: guessed from its operations, then measured.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include <dotcompute/kernel/abi.h>

namespace dotcompute::cpu {

/// The time of one thread for one work-item of a kernel. What the operations of an item take differs thirtyfold between
/// scalar code that waits for memory and vector code in the cache, so that a count of them is a beginning only: the
/// first launches are timed, and later one in 32 of those that take long enough for it not to matter.
///
/// Thread-safe; estimates of several callers may overwrite each other.
class LaunchCost {
 public:
  using Clock = std::chrono::steady_clock;

  /// Launches that are known to be shorter are not timed: the clock itself takes a part of such a time.
  static constexpr double shortest_sample_ns = 500;

  explicit LaunchCost(const dotcompute_cost& cost) noexcept : ns_per_item_(guess(cost)) {}

  [[nodiscard]] double estimate_ns(std::uint64_t items) const noexcept {
    return static_cast<double>(items) * ns_per_item_.load(std::memory_order_relaxed);
  }

  /// Whether a launch is not worth timing or sharing any more: it is known to be short, or has nothing to share.
  [[nodiscard]] bool is_negligible(std::uint64_t items) const noexcept {
    if (samples_.load(std::memory_order_relaxed) < first_samples) return false;
    return items <= 1 || estimate_ns(items) < shortest_sample_ns;
  }

  /// Whether a launch that is thought to take so long should be timed.
  [[nodiscard]] bool wants_sample(double ns) const noexcept {
    if (samples_.load(std::memory_order_relaxed) < first_samples) return true;
    return ns >= shortest_sample_ns && tick++ % launches_per_sample == 0;
  }

  /// Learns that `items` took `ns` of one thread's time. One sample changes the estimate eightfold at most: a thread
  /// may have been interrupted, or a cache been cold.
  void learn(std::uint64_t items, double ns) noexcept {
    samples_.store(samples_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (ns < shortest_sample_ns) return;
    const double before = ns_per_item_.load(std::memory_order_relaxed);
    const double sample = std::clamp(ns / static_cast<double>(items), before / 8, before * 8);
    ns_per_item_.store((before + sample) / 2, std::memory_order_relaxed);
  }

 private:
  static constexpr double ns_per_operation = 0.05;
  static constexpr double operations_per_math_call = 16;
  static constexpr std::uint32_t first_samples = 8;
  static constexpr std::uint32_t launches_per_sample = 32;

  [[nodiscard]] static double guess(const dotcompute_cost& cost) noexcept {
    const double operations = static_cast<double>(cost.arithmetic) + cost.loads + cost.stores;
    return ns_per_operation * std::max(operations + operations_per_math_call * cost.math_calls, 1.0);
  }

  static inline constinit thread_local std::uint32_t tick = 0;

  std::atomic<double> ns_per_item_;
  std::atomic<std::uint32_t> samples_{0};
};

}  // namespace dotcompute::cpu
