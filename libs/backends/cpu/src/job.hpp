#pragma once

/// A launch cut into chunks that several threads claim.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <type_traits>

#include <dotcompute/device/group_shape.hpp>
#include <dotcompute/device/item_boxes.hpp>
#include <dotcompute/device/launch.hpp>
#include <dotcompute/kernel/abi.h>

#include "placement.hpp"

namespace dotcompute::cpu {

class GroupRun;

/// Which end of the grid a thread takes its chunks from. Two threads that come from both ends each keep to their part
/// of the data from launch to launch, so that it stays in their caches.
enum class End { front, back };

/// Where in a job a thread begins.
struct Place {
  std::uint32_t group = 0;  ///< Its part comes first, in a job that is divided.
  End end = End::front;
};

/// What was claimed of chunks: from the front in the low half, from the back in the high.
using Claims = std::atomic<std::uint64_t>;

/// Those of a group. On a cache line of their own: every claim writes it.
struct alignas(64) GroupClaims {
  Claims claims{0};
};

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

  /// Divides the chunks between the groups of a placement, in memory for the claims of each that lives as long as the
  /// job; once, before any work. Threads of a group take from its part before they help others.
  void divide(const Placement& placement, std::span<GroupClaims> claims) noexcept;

  /// Claims chunks and runs them until none is left or a stop is requested. Any number of threads at once.
  void work(Place place) noexcept;

  [[nodiscard]] bool has_unclaimed() noexcept;

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
  /// Chunks, and the claims to them.
  struct Part {
    Claims& claims;
    Range chunks;
  };

  static constexpr int back_shift = 32;

  [[nodiscard]] static std::uint64_t count_claims(std::uint64_t word) noexcept {
    return (word & 0xFFFF'FFFF) + (word >> back_shift);
  }
  [[nodiscard]] static bool has_unclaimed(const Part& part) noexcept {
    return count_claims(part.claims.load(std::memory_order_relaxed)) < part.chunks.end - part.chunks.begin;
  }
  [[nodiscard]] static std::optional<std::uint64_t> claim(const Part& part, End end) noexcept;

  [[nodiscard]] Part part_of(std::uint32_t group) const noexcept {
    return {group_claims_[group].claims, placement_->part_of(group, count_)};
  }
  /// Calls `visit` with each part, in the order for a thread of `group`, until it says false.
  template <class Visit>
  void visit_parts(std::uint32_t group, Visit visit) noexcept;
  [[nodiscard]] bool work_on(const Part& part, End end, const std::optional<GroupRun>& groups) noexcept;

  dotcompute_entry entry_;
  JobGroups groups_;
  const LaunchDescription* launch_;
  PendingLaunch* pending_;
  bool is_stoppable_;
  std::uint64_t count_;
  ItemBoxes boxes_;
  const Placement* placement_ = nullptr;  ///< Null where the job is not divided.
  GroupClaims* group_claims_ = nullptr;
  alignas(64) Claims claims_{0};  ///< Where it is not divided.
  std::atomic<bool> stopped_{false};
  std::atomic<bool> failed_{false};
};

// A started job lies in its launch's scratch memory and is never destroyed.
static_assert(sizeof(Job) <= sizeof(PendingLaunch::scratch) && alignof(Job) <= 64);
static_assert(std::is_trivially_destructible_v<Job>);

}  // namespace dotcompute::cpu
