#include "placement.hpp"

#include <algorithm>

namespace dotcompute::cpu {

Placement::Placement(const Topology& topology, const PlacementOptions& options)
    : thread_count_(options.threads), binds_(options.binds) {
  if (topology.node_count() == 1 || options.threads == 1) return;
  add_groups(topology);
  share_threads(topology.processor_count());
  make_orders();
}

void Placement::add_groups(const Topology& topology) {
  const bool has_shared_caches = topology.groups.size() < topology.core_count;
  for (const ProcessorGroup& from : topology.groups) {
    if (has_shared_caches || groups_.empty() || groups_.back().node != from.node)
      groups_.push_back({from.node, {}, {}});
    std::vector<unsigned>& processors = groups_.back().processors;
    processors.insert(processors.end(), from.processors.begin(), from.processors.end());
  }
  for (std::uint32_t number = 0; number < groups_.size(); ++number) {
    for (const unsigned processor : groups_[number].processors) {
      if (processor >= group_of_processor_.size()) group_of_processor_.resize(processor + 1, 0);
      group_of_processor_[processor] = number;
    }
  }
}

/// Thread k of T has its place at processor k * P / T of all P.
void Placement::share_threads(std::uint64_t processors) {
  const auto first_thread_from = [&](std::uint64_t processor) {
    return (processor * thread_count_ + processors - 1) / processors;
  };
  std::uint64_t before = 0;
  for (Group& group : groups_) {
    const std::uint64_t behind = before + group.processors.size();
    group.threads = {first_thread_from(before), first_thread_from(behind)};
    before = behind;
  }
}

void Placement::make_orders() {
  const std::size_t count = groups_.size();
  for (std::size_t from = 0; from < count; ++from) {
    for (const bool is_near : {true, false}) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t other = (from + i) % count;
        if ((groups_[other].node == groups_[from].node) == is_near) {
          orders_.push_back(static_cast<std::uint32_t>(other));
        }
      }
    }
  }
}

std::uint32_t Placement::group_of_thread(std::size_t number) const noexcept {
  const auto after =
      std::ranges::upper_bound(groups_, number, {}, [](const Group& group) { return group.threads.begin; });
  return static_cast<std::uint32_t>(after - groups_.begin() - 1);
}

std::uint32_t Placement::group_of_processor(int number) const noexcept {
  const auto index = static_cast<std::size_t>(number);
  return number >= 0 && index < group_of_processor_.size() ? group_of_processor_[index] : 0;
}

}  // namespace dotcompute::cpu
