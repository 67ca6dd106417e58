// Graphs, against a queue, a forest of sets and Bellman's and Ford's algorithm.

#include <algorithm>
#include <numeric>
#include <queue>
#include <utility>

#include "devices.hpp"
#include "graphs.hpp"

namespace library::graphs {

namespace {

struct Graph {
  std::vector<std::vector<std::uint32_t>> neighbours;
  std::vector<std::uint32_t> begin{0};
  std::vector<std::uint32_t> edges;
};

class Graphs : public OnDevice {
 protected:
  /// An undirected graph with edges between random vertices, some of which lie near each other.
  Graph random_graph(std::size_t vertices, std::size_t edges) {
    Graph graph;
    graph.neighbours.resize(vertices);
    for (std::size_t e = 0; e < edges && vertices > 1; ++e) {
      const std::size_t from = random()() % vertices;
      const std::size_t to = e % 3 == 0 ? random()() % vertices : (from + 1 + random()() % 5) % vertices;
      graph.neighbours[from].push_back(static_cast<std::uint32_t>(to));
      graph.neighbours[to].push_back(static_cast<std::uint32_t>(from));
    }
    for (const auto& each : graph.neighbours) {
      graph.edges.insert(graph.edges.end(), each.begin(), each.end());
      graph.begin.push_back(static_cast<std::uint32_t>(graph.edges.size()));
    }
    return graph;
  }
};

TEST_P(Graphs, AreSearchedInBreadth) {
  for (const std::size_t n : {1u, 2u, 65u, 1000u, 20'000u}) {
    const Graph graph = random_graph(n, n * 6 / 5);
    std::vector<std::uint32_t> expected(n, unreached);
    std::queue<std::uint32_t> frontier({0u});
    expected[0] = 0;
    for (; !frontier.empty(); frontier.pop()) {
      for (const std::uint32_t neighbour : graph.neighbours[frontier.front()]) {
        if (expected[neighbour] != unreached) continue;
        expected[neighbour] = expected[frontier.front()] + 1;
        frontier.push(neighbour);
      }
    }
    std::vector<std::uint32_t> levels(n, unreached);
    levels[0] = 0;
    std::vector<std::uint32_t> next(n);
    std::vector<std::uint32_t> found((n + 63) / 64, 1);
    for (std::uint32_t level = 0; std::count(found.begin(), found.end(), 0u) != std::ssize(found); ++level) {
      device().over(n).run(bfs_level, graph.begin, graph.edges, level, levels, next, found);
      std::swap(levels, next);
    }
    expect_equal(levels, expected);
    std::fill(levels.begin(), levels.end(), unreached);
    levels[0] = 0;
    found.assign(1, 1);
    for (std::uint32_t level = 0; found[0] != 0; ++level) {
      found[0] = 0;
      device().over(n).run(bfs_push_level, graph.begin, graph.edges, level, levels, found);
      EXPECT_EQ(found[0], std::count(expected.begin(), expected.end(), level + 1));
    }
    expect_equal(levels, expected);
  }
}

TEST_P(Graphs, FallIntoComponents) {
  for (const std::size_t n : {1u, 2u, 65u, 1000u, 20'000u}) {
    const Graph graph = random_graph(n, n * 2 / 3);
    // Each set's root is its smallest vertex.
    std::vector<std::uint32_t> parent(n);
    std::iota(parent.begin(), parent.end(), 0u);
    const auto root = [&](std::uint32_t v) {
      while (parent[v] != v) v = parent[v] = parent[parent[v]];
      return v;
    };
    for (std::uint32_t v = 0; v < n; ++v) {
      for (const std::uint32_t w : graph.neighbours[v]) {
        const auto [low, high] = std::minmax({root(v), root(w)});
        parent[high] = low;
      }
    }
    std::vector<std::uint32_t> expected(n);
    for (std::uint32_t v = 0; v < n; ++v) expected[v] = root(v);
    std::vector<std::uint32_t> labels(n);
    std::iota(labels.begin(), labels.end(), 0u);
    std::vector<std::uint32_t> before;
    while (labels != before) {
      before = labels;
      device().over(n).run(smallest_label, graph.begin, graph.edges, before, labels);
    }
    expect_equal(labels, expected);
    std::iota(labels.begin(), labels.end(), 0u);
    before.clear();
    while (labels != before) {
      before = labels;
      std::vector<std::uint32_t> parents(n);
      std::iota(parents.begin(), parents.end(), 0u);
      device().over(n).run(hook_labels, graph.begin, graph.edges, labels, parents);
      device().over(n).run(take_parents, parents, labels);
    }
    expect_equal(labels, expected);
  }
}

TEST_P(Graphs, HaveShortestPaths) {
  constexpr std::int32_t far = 1'000'000;
  for (const std::size_t n : {1u, 2u, 31u, 90u}) {
    std::vector<std::int32_t> distances(n * n, far);
    struct Way {
      std::size_t from;
      std::size_t to;
      std::int32_t length;
    };
    std::vector<Way> ways;
    for (std::size_t i = 0; i < n * 3; ++i) {
      ways.push_back({random()() % n, random()() % n, static_cast<std::int32_t>(random()() % 1000) + 1});
      std::int32_t& distance = distances[ways.back().from * n + ways.back().to];
      distance = std::min(distance, ways.back().length);
    }
    for (std::size_t i = 0; i < n; ++i) distances[i * n + i] = 0;
    std::vector<std::int32_t> expected(n * n, far);
    for (std::size_t start = 0; start < n; ++start) {
      const auto row = expected.begin() + static_cast<std::ptrdiff_t>(start * n);
      row[static_cast<std::ptrdiff_t>(start)] = 0;
      for (bool is_changed = true; is_changed;) {
        is_changed = false;
        for (const Way& way : ways) {
          const std::int32_t longer = row[static_cast<std::ptrdiff_t>(way.from)] + way.length;
          std::int32_t& end = row[static_cast<std::ptrdiff_t>(way.to)];
          if (longer < end) end = longer, is_changed = true;
        }
      }
    }
    for (std::uint32_t k = 0; k < n; ++k) device().over({n, n}).run(floyd_warshall_step, distances, k);
    for (std::int32_t& each : distances) each = std::min(each, far);
    expect_equal(distances, expected);
  }
}

DOTCOMPUTE_ON_EACH_DEVICE(Graphs);

}  // namespace

}  // namespace library::graphs
