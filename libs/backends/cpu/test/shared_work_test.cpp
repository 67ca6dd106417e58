#include "shared_work.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include <dotcompute/cpu/cpu_accelerator.hpp>

#include "kernel_fixture.hpp"

namespace dotcompute::cpu {

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

void add_one(const void* context, std::uint64_t begin, std::uint64_t end) noexcept {
  auto* const values = static_cast<std::uint32_t* const*>(context)[0];
  for (std::uint64_t i = begin; i < end; ++i) ++values[i];
}

class SharedWorkOn : public testing::TestWithParam<CpuOptions> {};
INSTANTIATE_TEST_SUITE_P(Threads, SharedWorkOn, testing::ValuesIn(test::teams({2, 5})));

TEST_P(SharedWorkOn, IsDoneOnceForEachElement) {
  const auto cpu = make_cpu_accelerator(GetParam());
  // Said to be larger than they are, so that they are worth it.
  for (const std::uint64_t count : {4 * mib, 5 * mib + 77}) {
    std::vector<std::uint32_t> values(count);
    std::uint32_t* const data = values.data();
    EXPECT_TRUE(share_host_work({.run = &add_one, .context = &data, .count = count, .element_bytes = 64}));
    EXPECT_EQ(std::accumulate(values.begin(), values.end(), std::uint64_t{0}), count);
    EXPECT_EQ(std::ranges::count(values, 1u), static_cast<std::ptrdiff_t>(count));
  }
}

TEST(SharedWork, IsNotWorthItForLittle) {
  const auto nothing = [](const void*, std::uint64_t, std::uint64_t) noexcept {};
  const auto is_shared = [&](WorkerTeam& team, std::uint64_t bytes) {
    return SharedWork(team).share({.run = nothing, .count = bytes, .element_bytes = 1});
  };
  WorkerTeam on_one_node(4);
  EXPECT_FALSE(is_shared(on_one_node, 256 * mib - 1));
  EXPECT_TRUE(is_shared(on_one_node, 256 * mib));
  WorkerTeam on_nodes(4, [](std::size_t) { return Placement(); });
  EXPECT_FALSE(is_shared(on_nodes, 2 * mib - 1));
  EXPECT_TRUE(is_shared(on_nodes, 2 * mib));
}

TEST(SharedWork, IsTheCallersWhereThereIsNoOther) {
  WorkerTeam team(1);
  SharedWork work(team);
  std::uint32_t* const none = nullptr;
  EXPECT_FALSE(work.share({.run = &add_one, .context = &none, .count = 256 * mib, .element_bytes = 4}));
}

/// Elements larger than what a thread takes at once.
TEST(SharedWork, MayHaveLargeElements) {
  WorkerTeam team(2);
  SharedWork work(team);
  std::vector<std::uint32_t> values(6);
  std::uint32_t* const data = values.data();
  EXPECT_TRUE(work.share({.run = &add_one, .context = &data, .count = 6, .element_bytes = 50 * mib}));
  EXPECT_EQ(values, std::vector<std::uint32_t>(6, 1));
}

/// Which threads came to each eighth of an array; each stays until all have come.
struct Eighths {
  static constexpr std::uint64_t count = 8;
  void arrive(std::uint64_t eighth) {
    who[eighth] = std::this_thread::get_id();
    arrived.fetch_add(1);
    while (arrived.load() < count) std::this_thread::yield();
  }
  /// By node, of four.
  [[nodiscard]] std::vector<std::set<std::thread::id>> nodes() const {
    std::vector<std::set<std::thread::id>> all(4);
    for (std::uint64_t eighth = 0; eighth < count; ++eighth) all[eighth / 2].insert(who[eighth]);
    return all;
  }
  std::vector<std::thread::id> who = std::vector<std::thread::id>(count);
  std::atomic<std::uint64_t> arrived{0};
};

// What a node's threads touch first is what they work on later. No machine has these processors: the caller is of the
// first node.
TEST(SharedWork, IsDividedBetweenNodesLikeALaunch) {
  Topology topology;
  topology.core_count = 8;
  for (unsigned node = 0; node < 4; ++node) {
    topology.groups.push_back({.node = node, .processors = {5000 + 2 * node, 5001 + 2 * node}});
  }
  WorkerTeam team(8, [&](std::size_t threads) { return Placement(topology, {.threads = threads}); });
  SharedWork work(team);
  Eighths touched;
  const auto touch = [](const void* context, std::uint64_t begin, std::uint64_t end) noexcept {
    EXPECT_EQ(end - begin, 2 * mib);
    const_cast<Eighths*>(static_cast<const Eighths*>(context))->arrive(begin / (2 * mib));
  };
  ASSERT_TRUE(work.share({.run = touch, .context = &touched, .count = 16 * mib, .element_bytes = 1}));

  // Two rows of items in each eighth.
  Eighths used;
  const auto use = [](const void* arguments, const dotcompute_grid*, const dotcompute_box* box) {
    const_cast<Eighths*>(static_cast<const Eighths*>(arguments))->arrive(box->begin[1] / 2);
  };
  LaunchDescription launch;
  launch.arguments = reinterpret_cast<const std::byte*>(&used);
  launch.grid = {{100, 16, 1}};
  Job job(use, launch, ItemBoxes(launch.grid, 200), nullptr);
  team.run(job, Company::woken);
  EXPECT_EQ(used.nodes(), touched.nodes());
}

}  // namespace

}  // namespace dotcompute::cpu
