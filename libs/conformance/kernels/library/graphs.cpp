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
