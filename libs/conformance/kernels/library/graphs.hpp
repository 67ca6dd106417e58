#pragma once

/// Graphs, in compressed sparse rows: vertex v's neighbours are edges[begin[v]] to edges[begin[v + 1] - 1], at most
/// `most_neighbours`.

#include <cstddef>
#include <cstdint>
#include <span>

namespace library::graphs {

inline constexpr std::size_t most_neighbours = 4096;
inline constexpr std::uint32_t unreached = 0xFFFFFFFFu;

/// A level of a breadth-first search: vertices that are unreached and have a neighbour at `level` get `level + 1`.
/// `found[g]` tells whether group g found one.
void bfs_level(std::span<const std::uint32_t> begin, std::span<const std::uint32_t> edges, std::uint32_t level,
               std::span<const std::uint32_t> in, std::span<std::uint32_t> out, std::span<std::uint32_t> found);

/// The same from above: vertices at `level` give `level + 1` to their unreached neighbours, in place. Adds to
/// `found[0]` how many.
void bfs_push_level(std::span<const std::uint32_t> begin, std::span<const std::uint32_t> edges, std::uint32_t level,
                    std::span<std::uint32_t> levels, std::span<std::uint32_t> found);

/// Each vertex takes the smallest label of itself and its neighbours, and of the vertex that its label names.
void smallest_label(std::span<const std::uint32_t> begin, std::span<const std::uint32_t> edges,
                    std::span<const std::uint32_t> in, std::span<std::uint32_t> out);

/// Where two neighbours have different labels, the larger label gets the smaller one as its parent; at first each label
/// is its own. Then each vertex takes the parent of its label.
void hook_labels(std::span<const std::uint32_t> begin, std::span<const std::uint32_t> edges,
                 std::span<const std::uint32_t> labels, std::span<std::uint32_t> parents);
void take_parents(std::span<const std::uint32_t> parents, std::span<std::uint32_t> labels);

/// Step k of all shortest paths between n vertices, n x n distances, in place. Two dimensions.
void floyd_warshall_step(std::span<std::int32_t> distances, std::uint32_t k);

}  // namespace library::graphs
