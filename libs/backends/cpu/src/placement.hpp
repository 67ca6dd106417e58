#pragma once

/// Which threads of a team belong together, and which part of a launch they take first.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "topology.hpp"

namespace dotcompute::cpu {

/// Where a half-open range begins and ends.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct PlacementOptions {
  std::size_t threads = 1;  ///< The callers' one included.
  bool binds = true;        ///< Whether workers stay on the processors of their group.
};

/// The threads of a team in groups that share a cache and a node of memory, and a launch in as many parts: each time
/// the same part goes to the same group, so that data which a group touched first, or has in its cache, stays with it.
/// Neighbouring parts go to neighbouring groups.
///
/// A machine with one node has one group, whatever its caches: there nothing is divided.
class Placement {
 public:
  /// Of one group, in which nothing is bound.
  Placement() = default;

  /// Each group has threads as it has processors, at most one apart. Where no cache is shared by cores, the nodes are
  /// the groups.
  Placement(const Topology& topology, const PlacementOptions& options);

  [[nodiscard]] bool is_divided() const noexcept { return !groups_.empty(); }
  /// At least 1.
  [[nodiscard]] std::size_t group_count() const noexcept { return is_divided() ? groups_.size() : 1; }

  // What follows is for those that are divided.

  [[nodiscard]] bool binds() const noexcept { return binds_; }
  /// Of a thread below `threads`; the callers' one is 0.
  [[nodiscard]] std::uint32_t group_of_thread(std::size_t number) const noexcept;
  /// The group that has a processor; the first one for a processor that none has.
  [[nodiscard]] std::uint32_t group_of_processor(int number) const noexcept;
  /// The threads of a group; empty where there are fewer threads than groups.
  [[nodiscard]] Range threads_of(std::uint32_t group) const noexcept { return groups_[group].threads; }
  [[nodiscard]] std::span<const unsigned> processors_of(std::uint32_t group) const noexcept {
    return groups_[group].processors;
  }
  /// A group's part of so many chunks (at most 2^31): the parts of all groups are disjoint and cover them.
  [[nodiscard]] Range part_of(std::uint32_t group, std::uint64_t chunks) const noexcept {
    const Range threads = groups_[group].threads;
    return {chunks * threads.begin / thread_count_, chunks * threads.end / thread_count_};
  }
  /// All groups in the order in which a thread of `group` works for them: its own, those of its node, the others.
  [[nodiscard]] std::span<const std::uint32_t> order_from(std::uint32_t group) const noexcept {
    return std::span(orders_).subspan(group * groups_.size(), groups_.size());
  }

 private:
  struct Group {
    unsigned node;
    Range threads;
    std::vector<unsigned> processors;
  };

  void add_groups(const Topology& topology);
  void share_threads(std::uint64_t processors);
  void make_orders();

  std::uint64_t thread_count_ = 1;
  bool binds_ = false;
  std::vector<Group> groups_;                      ///< None where nothing is divided.
  std::vector<std::uint32_t> group_of_processor_;  ///< By the system's numbers.
  std::vector<std::uint32_t> orders_;
};

}  // namespace dotcompute::cpu
