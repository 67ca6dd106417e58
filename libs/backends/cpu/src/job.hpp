#pragma once

/// A launch cut into chunks that several threads claim.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>

#include <dotcompute/device/group_shape.hpp>
#include <dotcompute/device/item_boxes.hpp>
#include <dotcompute/device/launch.hpp>
#include <dotcompute/kernel/abi.h>

namespace dotcompute::cpu {

/// Which end of the grid a thread takes its chunks from. Two threads that come from both ends each keep to their part
/// of the data from launch to launch, so that it stays in their caches.
enum class End { front, back };

/// How a kernel that uses its group is run; `kernel` null for the others.
struct JobGroups {
  const dotcompute_kernel* kernel = nullptr;
  GroupShape shape;
};

class Job {
 public:
  /// More chunks than this a job must not have: each end counts its claims in half a word.
  static constexpr std::uint64_t most_chunks = std::uint64_t{1} << 31;

  /// Refers to the launch. The boxes count groups where the kernel uses them, else items. `pending` is the launch's
  /// owner if it was started and not run.
  Job(dotcompute_entry entry, const LaunchDescription& launch, const ItemBoxes& boxes, PendingLaunch* pending,
      const JobGroups& groups = {}) noexcept
      : entry_(entry),
        groups_(groups),
        launch_(&launch),
        pending_(pending),
        is_stoppable_(launch.stop.stop_possible()),
        count_(boxes.count()),
        boxes_(boxes) {}

  /// Claims chunks and runs them until none is left or a stop is requested. Any number of threads at once.
  void work(End end) noexcept;

  [[nodiscard]] bool has_unclaimed() const noexcept {
    return claims(claimed_.load(std::memory_order_relaxed)) < count_;
  }

  /// Only when no thread works on the job any more.
  [[nodiscard]] LaunchOutcome outcome() const noexcept {
    return stopped_.load(std::memory_order_relaxed) ? LaunchOutcome::stopped : LaunchOutcome::completed;
  }

  /// OutOfMemoryError if a thread had no memory for a group, so that not all items ran; null if all is well. Likewise.
  [[nodiscard]] std::exception_ptr error() const noexcept;

  [[nodiscard]] PendingLaunch* pending() const noexcept { return pending_; }

  // For the team: where the job is.
  static constexpr std::uint32_t in_no_slot = ~std::uint32_t{0};
  std::atomic<std::uint32_t> slot{in_no_slot};
  Job* next_waiting = nullptr;  ///< In the line of those that wait for a slot.

 private:
  static constexpr int back_shift = 32;

  [[nodiscard]] static std::uint64_t claims(std::uint64_t word) noexcept {
    return (word & 0xFFFF'FFFF) + (word >> back_shift);
  }
  [[nodiscard]] std::optional<std::uint64_t> claim(End end) noexcept;

  dotcompute_entry entry_;
  JobGroups groups_;
  const LaunchDescription* launch_;
  PendingLaunch* pending_;
  bool is_stoppable_;
  std::uint64_t count_;
  ItemBoxes boxes_;
  // On a cache line of their own: every claim writes it.
  alignas(64) std::atomic<std::uint64_t> claimed_{
      0};  ///< Claims from the front in the low half, from the back in the high.
  std::atomic<bool> stopped_{false};
  std::atomic<bool> failed_{false};
};

// A started job lies in its launch's scratch memory and is never destroyed.
static_assert(sizeof(Job) <= sizeof(PendingLaunch::scratch) && alignof(Job) <= 64);
static_assert(std::is_trivially_destructible_v<Job>);

}  // namespace dotcompute::cpu
