#pragma once

/// Which processors there are, and which of them share caches and memory.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::cpu {

/// Processors that share their outermost cache and a node of memory.
struct ProcessorGroup {
  unsigned node = 0;              ///< As the system numbers it.
  std::uint64_t cache_bytes = 0;  ///< Of the shared cache; 0 where it is not known.
  /// As the system numbers them, those of a core side by side.
  std::vector<unsigned> processors;
};

struct Topology {
  /// Never empty, and none without processors. Those of a node are neighbours, and so are those that lie close.
  std::vector<ProcessorGroup> groups;
  std::size_t core_count = 0;  ///< Of which some processor is usable.
  /// Of one cache of the first processor; 0 where it is not known.
  std::uint64_t l2_bytes = 0;
  std::uint64_t l3_bytes = 0;
  /// Why caches and nodes are not known, so that all is taken for one group; else empty.
  std::string unknown;

  [[nodiscard]] std::size_t node_count() const noexcept;
  [[nodiscard]] std::size_t processor_count() const noexcept;
};

/// The nodes of memory that this machine has, from one line of the system's, in some 10 us; 1 where it does not say.
[[nodiscard]] std::size_t node_count_of_machine() noexcept;

/// How many numbers a list of the system's has: 5 for "0-3,8". 0 if it is none.
[[nodiscard]] std::size_t count_in_list(std::string_view list) noexcept;

/// The topology of this machine, of `processors` only, which are in ascending order and not empty. Opens hwloc, which
/// takes some 1 ms on a small machine; what goes wrong is said in `unknown`.
[[nodiscard]] Topology topology_of_machine(std::span<const unsigned> processors);

/// The topology that hwloc makes of a text: "numa:2 l3:1 core:4 pu:2". Of `processors` only, where they are given.
/// Throws DeviceError where it cannot.
[[nodiscard]] Topology synthetic_topology(const std::string& text,
                                          std::optional<std::span<const unsigned>> processors = std::nullopt);

/// One group of all.
[[nodiscard]] Topology one_group(std::span<const unsigned> processors, std::string unknown);

}  // namespace dotcompute::cpu
