#include "graphs.hpp"

#include <algorithm>

#include <dotcompute/kernel.hpp>

#include "square.hpp"

namespace library::graphs {

using namespace dotcompute;

/// The edges of a vertex; none if its bounds are wrong, or it has more than any.
inline std::span<const std::uint32_t> neighbours(std::span<const std::uint32_t> begin,
                                                 std::span<const std::uint32_t> edges, std::size_t vertex) {
  const std::size_t first = begin[vertex];
  const std::size_t last = begin[vertex + 1];
  if (first > last || last > edges.size() || last - first > most_neighbours) return {};
  return edges.subspan(first, last - first);
}

/// Beamer, Asanovic and Patterson, Direction-Optimizing Breadth-First Search, 2012: the step from below, in which each
/// vertex looks for a parent, and no two items write to one place.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(64) void bfs_level(std::span<const std::uint32_t> begin,
                                                      std::span<const std::uint32_t> edges, std::uint32_t level,
                                                      std::span<const std::uint32_t> in, std::span<std::uint32_t> out,
                                                      std::span<std::uint32_t> found) {
  SharedArray<bool, 64> is_found;
  const std::size_t vertex = global_id();
  is_found[local_id()] = false;
  if (vertex < std::min(in.size(), out.size()) && vertex + 1 < begin.size()) {
    std::uint32_t mine = in[vertex];
    if (mine == unreached) {
      for (const std::uint32_t neighbour : neighbours(begin, edges, vertex)) {
        if (neighbour >= in.size() || in[neighbour] != level) continue;
        mine = level + 1;
        is_found[local_id()] = true;
        break;
      }
    }
    out[vertex] = mine;
  }
  barrier();
  if (local_id() != 0 || group_id() >= found.size()) return;
  std::uint32_t any = 0;
  for (const bool each : is_found) any |= each ? 1u : 0u;
  found[group_id()] = any;
}

/// Harish and Narayanan, Accelerating Large Graph Algorithms on the GPU Using CUDA, 2007: an item for each vertex of
/// the frontier; of several that reach a vertex one counts it.
DOTCOMPUTE_KERNEL void bfs_push_level(std::span<const std::uint32_t> begin, std::span<const std::uint32_t> edges,
                                      std::uint32_t level, std::span<std::uint32_t> levels,
                                      std::span<std::uint32_t> found) {
  const std::size_t vertex = global_id();
  if (vertex >= levels.size() || vertex + 1 >= begin.size() || level >= unreached - 1) return;
  if (atomic_load(levels[vertex]) != level) return;
  for (const std::uint32_t neighbour : neighbours(begin, edges, vertex)) {
    if (neighbour >= levels.size()) continue;
    const bool is_first = atomic_compare_exchange(levels[neighbour], unreached, level + 1) == unreached;
    if (is_first && !found.empty()) atomic_add(found[0], 1u);
  }
}

/// Shiloach and Vishkin, An O(log n) Parallel Connectivity Algorithm, 1982, in the form without concurrent writes: a
/// label is the number of a vertex of the same component, and jumps to that vertex's label.
DOTCOMPUTE_KERNEL void smallest_label(std::span<const std::uint32_t> begin, std::span<const std::uint32_t> edges,
                                      std::span<const std::uint32_t> in, std::span<std::uint32_t> out) {
  const std::size_t vertex = global_id();
  if (vertex >= std::min(in.size(), out.size()) || vertex + 1 >= begin.size()) return;
  std::uint32_t smallest = in[vertex];
  for (const std::uint32_t neighbour : neighbours(begin, edges, vertex)) {
    if (neighbour < in.size()) smallest = std::min(smallest, in[neighbour]);
  }
  if (smallest < in.size()) smallest = std::min(smallest, in[smallest]);
  out[vertex] = smallest;
}

/// Shiloach and Vishkin's hooking with concurrent writes, of which the smallest wins, so that no order of the items is
/// seen.
DOTCOMPUTE_KERNEL void hook_labels(std::span<const std::uint32_t> begin, std::span<const std::uint32_t> edges,
                                   std::span<const std::uint32_t> labels, std::span<std::uint32_t> parents) {
  const std::size_t vertex = global_id();
  if (vertex >= labels.size() || vertex + 1 >= begin.size()) return;
  const std::uint32_t mine = labels[vertex];
  for (const std::uint32_t neighbour : neighbours(begin, edges, vertex)) {
    if (neighbour >= labels.size()) continue;
    const std::uint32_t larger = std::max(mine, labels[neighbour]);
    if (larger < parents.size()) atomic_min(parents[larger], std::min(mine, labels[neighbour]));
  }
}

DOTCOMPUTE_KERNEL void take_parents(std::span<const std::uint32_t> parents, std::span<std::uint32_t> labels) {
  const std::size_t vertex = global_id();
  if (vertex < labels.size() && labels[vertex] < parents.size()) labels[vertex] = parents[labels[vertex]];
}

/// Floyd, Algorithm 97: Shortest Path, 1962. Row and column k stay as they are in step k, as the way from k to k is 0.
DOTCOMPUTE_KERNEL void floyd_warshall_step(std::span<std::int32_t> distances, std::uint32_t k) {
  const std::size_t from = global_id<1>();
  const std::size_t to = global_id<0>();
  const std::size_t n = rows_of_square(distances.size());
  if (from >= n || to >= n || k >= n || from == k || to == k) return;
  const std::int32_t by_way_of_k = distances[from * n + k] + distances[std::size_t{k} * n + to];
  distances[from * n + to] = std::min(distances[from * n + to], by_way_of_k);
}

}  // namespace library::graphs
