#pragma once

/// Work on the host's memory that is no launch, done by the team.

#include <cstddef>

#include <dotcompute/device/host_workers.hpp>

#include "worker_team.hpp"

namespace dotcompute::cpu {

/// Thread-safe.
class SharedWork final : public HostWorkers {
 public:
  /// From this size on it is shared on a machine with several nodes: a page of the largest kind, which lies in one.
  static constexpr std::uint64_t least_bytes_on_nodes = std::uint64_t{2} << 20;
  /// And on others, where two threads write little more in a time than one. See docs/decisions/nodes-of-memory.md.
  static constexpr std::uint64_t least_bytes = std::uint64_t{256} << 20;

  /// The team lives longer.
  explicit SharedWork(WorkerTeam& team) noexcept : team_(team) {}

  [[nodiscard]] bool share(const HostWork& work) noexcept override;

 private:
  WorkerTeam& team_;
};

}  // namespace dotcompute::cpu
