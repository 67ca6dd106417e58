#include "placement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "job.hpp"
#include "kernel_fixture.hpp"
#include "processors.hpp"
#include "topology.hpp"
#include "worker_team.hpp"

namespace dotcompute::cpu {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PlacementOn : public testing::Test {
 protected:
  void SetUp() override {
#ifndef DOTCOMPUTE_TEST_HAS_HWLOC
    GTEST_SKIP() << "built without hwloc";
#endif
  }
};

Placement place(const std::string& topology, std::size_t threads) {
  return {synthetic_topology(topology), {.threads = threads}};
}

/// The group of each thread.
std::vector<std::uint32_t> groups_of_threads(const Placement& placement, std::size_t threads) {
  std::vector<std::uint32_t> groups;
  for (std::size_t thread = 0; thread < threads; ++thread) groups.push_back(placement.group_of_thread(thread));
  return groups;
}

/// Where the parts of so many chunks end, the first of which must begin at 0 and each where the one before it ended.
std::vector<std::uint64_t> ends_of_parts(const Placement& placement, std::uint64_t chunks) {
  std::vector<std::uint64_t> ends;
  std::uint64_t before = 0;
  for (std::uint32_t group = 0; group < placement.group_count(); ++group) {
    const Range part = placement.part_of(group, chunks);
    EXPECT_EQ(part.begin, before);
    before = part.end;
    ends.push_back(part.end);
  }
  EXPECT_EQ(before, chunks);
  return ends;
}

TEST_F(PlacementOn, OneNodeDividesNothing) {
  EXPECT_FALSE(place("numa:1 l3:4 core:4 pu:1", 16).is_divided());
  EXPECT_FALSE(Placement().is_divided());
  EXPECT_EQ(Placement().group_count(), 1u);
}

TEST_F(PlacementOn, OneThreadIsNotDivided) { EXPECT_FALSE(place("numa:2 core:4 pu:1", 1).is_divided()); }

TEST_F(PlacementOn, TwoNodesHaveHalfEach) {
  const Placement placement = place("numa:2 core:4 pu:1", 8);
  ASSERT_EQ(placement.group_count(), 2u);
  EXPECT_THAT(groups_of_threads(placement, 8), ElementsAre(0, 0, 0, 0, 1, 1, 1, 1));
  EXPECT_THAT(ends_of_parts(placement, 32), ElementsAre(16, 32));
  EXPECT_THAT(placement.processors_of(1), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(placement.order_from(1), ElementsAre(1, 0));
}

TEST_F(PlacementOn, FourNodesWithTwoCachesEachHaveEightGroups) {
  const Placement placement = place("numa:4 l3:2 core:2 pu:1", 16);
  ASSERT_EQ(placement.group_count(), 8u);
  EXPECT_THAT(groups_of_threads(placement, 16), ElementsAre(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7));
  EXPECT_THAT(ends_of_parts(placement, 64), ElementsAre(8, 16, 24, 32, 40, 48, 56, 64));
  // First the own cache, then the other of the node.
  EXPECT_THAT(placement.order_from(5), ElementsAre(5, 4, 6, 7, 0, 1, 2, 3));
  EXPECT_THAT(placement.order_from(0), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST_F(PlacementOn, CachesOfOneCoreMakeNoGroups) {
  const Placement placement = place("numa:2 l2:4 core:1 pu:2", 16);
  ASSERT_EQ(placement.group_count(), 2u);
  EXPECT_EQ(placement.processors_of(0).size(), 8u);
}

TEST_F(PlacementOn, UnevenNodesHavePartsLikeTheirProcessors) {
  // Six processors of the first node, two of the second.
  const std::vector<unsigned> usable{0, 1, 2, 3, 4, 5, 6, 7};
  const Placement placement(synthetic_topology("numa:2 core:6 pu:1", usable), {.threads = 8});
  EXPECT_THAT(groups_of_threads(placement, 8), ElementsAre(0, 0, 0, 0, 0, 0, 1, 1));
  EXPECT_THAT(ends_of_parts(placement, 32), ElementsAre(24, 32));
}

TEST_F(PlacementOn, NodesThatThisProcessMayNotUseHaveNothing) {
  const std::vector<unsigned> one_node{4, 5, 6};
  EXPECT_FALSE(Placement(synthetic_topology("numa:4 core:4 pu:1", one_node), {.threads = 3}).is_divided());
  const std::vector<unsigned> two_nodes{4, 5, 12};
  const Placement placement(synthetic_topology("numa:4 core:4 pu:1", two_nodes), {.threads = 3});
  ASSERT_EQ(placement.group_count(), 2u);
  EXPECT_THAT(placement.processors_of(0), ElementsAre(4, 5));
  EXPECT_THAT(placement.processors_of(1), ElementsAre(12));
  EXPECT_EQ(placement.group_of_processor(5), 0u);
  EXPECT_EQ(placement.group_of_processor(12), 1u);
}

TEST_F(PlacementOn, ThreadsOfACoreAreInOneGroup) {
  const Placement placement = place("numa:2 core:2 pu:2(indexes=0,4,1,5,2,6,3,7)", 8);
  EXPECT_THAT(placement.processors_of(0), ElementsAre(0, 4, 1, 5));
  EXPECT_EQ(placement.group_of_processor(4), 0u);
  EXPECT_EQ(placement.group_of_processor(6), 1u);
}

TEST_F(PlacementOn, ProcessorsThatNobodyKnowsAreOfTheFirstGroup) {
  const Placement placement = place("numa:2 core:2 pu:1", 4);
  EXPECT_EQ(placement.group_of_processor(-1), 0u);
  EXPECT_EQ(placement.group_of_processor(4), 0u);
  EXPECT_EQ(placement.group_of_processor(3), 1u);
}

TEST_F(PlacementOn, FewerThreadsThanGroupsLeaveSomeWithout) {
  const Placement placement = place("numa:4 core:2 pu:1", 3);
  EXPECT_THAT(groups_of_threads(placement, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(ends_of_parts(placement, 12), ElementsAre(4, 8, 12, 12));
}

TEST_F(PlacementOn, MoreThreadsThanProcessorsAreSpread) {
  const Placement placement = place("numa:2 core:1 pu:1", 7);
  EXPECT_THAT(groups_of_threads(placement, 7), ElementsAre(0, 0, 0, 0, 1, 1, 1));
}

// For any machine and number of threads: each thread has a group, and each chunk is of one part.
TEST_F(PlacementOn, AnyMachineCoversAll) {
  for (const char* topology : {"numa:2 core:3 pu:1", "numa:3 l3:2 core:3 pu:2", "numa:5 core:1 pu:1"}) {
    for (const std::size_t threads : {2u, 3u, 4u, 7u, 16u, 33u, 1024u}) {
      SCOPED_TRACE(testing::Message() << topology << ", " << threads << " threads");
      const Placement placement = place(topology, threads);
      for (std::size_t thread = 0; thread < threads; ++thread) {
        const Range of_group = placement.threads_of(placement.group_of_thread(thread));
        EXPECT_LE(of_group.begin, thread);
        EXPECT_GT(of_group.end, thread);
      }
      for (const std::uint64_t chunks : {std::uint64_t{1}, std::uint64_t{5}, std::uint64_t{1000}, Job::most_chunks}) {
        ends_of_parts(placement, chunks);
      }
      for (std::uint32_t group = 0; group < placement.group_count(); ++group) {
        const auto order = placement.order_from(group);
        EXPECT_EQ(order.front(), group);
        EXPECT_EQ(std::set(order.begin(), order.end()).size(), placement.group_count());
      }
    }
  }
}

/// Which thread ran each chunk of 64 items; an entry returns when all chunks have been begun, so that each thread runs
/// one.
struct Meeting {
  explicit Meeting(std::size_t chunks) : who(chunks), wanted(static_cast<int>(chunks)) {
    launch.arguments = reinterpret_cast<const std::byte*>(this);
    launch.grid = {{64 * chunks, 1, 1}};
  }
  static void entry(const void* arguments, const dotcompute_grid*, const dotcompute_box* box) {
    auto& meeting = const_cast<Meeting&>(*static_cast<const Meeting*>(arguments));
    meeting.who[box->begin[0] / 64] = std::this_thread::get_id();
    meeting.arrived.fetch_add(1);
    while (meeting.arrived.load() < meeting.wanted) std::this_thread::yield();
  }
  std::vector<std::thread::id> who;
  int wanted;
  std::atomic<int> arrived{0};
  LaunchDescription launch;
};

// Whoever works first and however often: the chunks of a part are run by the threads of its group.
TEST_F(PlacementOn, ThreadsTakeThePartOfTheirGroup) {
  constexpr std::size_t threads = 8;
  const Placement placement = place("numa:4 core:2 pu:1", threads);
  std::vector<GroupClaims> claims(placement.group_count());
  for (int round = 0; round < 10; ++round) {
    Meeting meeting(threads);
    Job job(&Meeting::entry, meeting.launch, ItemBoxes(meeting.launch.grid, 64), nullptr);
    job.divide(placement, claims);
    std::vector<std::thread> team;
    std::vector<std::thread::id> ids;
    for (std::size_t thread = 0; thread < threads; ++thread) {
      const std::uint32_t group = placement.group_of_thread(thread);
      team.emplace_back([&job, group, thread] { job.work({group, thread % 2 == 1 ? End::back : End::front}); });
      ids.push_back(team.back().get_id());
    }
    for (std::thread& thread : team) thread.join();
    EXPECT_FALSE(job.has_unclaimed());
    EXPECT_EQ(meeting.who, ids);
  }
}

TEST_F(PlacementOn, AThreadAloneWorksForAllGroups) {
  const Placement placement = place("numa:4 l3:2 core:2 pu:1", 16);
  std::vector<GroupClaims> claims(placement.group_count());
  for (const std::uint32_t group : {0u, 3u, 7u}) {
    for (const End end : {End::front, End::back}) {
      test::VisitLaunch launch(dotcompute_grid{{1000, 7, 3}});
      Job job(&test::visit, launch.description, ItemBoxes(launch.description.grid, 64), nullptr);
      job.divide(placement, claims);
      EXPECT_TRUE(job.has_unclaimed());
      job.work({group, end});
      EXPECT_FALSE(job.has_unclaimed());
      EXPECT_EQ(launch.wrong(1), 0u);
    }
  }
}

/// The order in which a thread runs the chunks.
struct Order {
  static void entry(const void* arguments, const dotcompute_grid*, const dotcompute_box* box) {
    const_cast<Order&>(*static_cast<const Order*>(arguments)).chunks.push_back(box->begin[0] / 64);
  }
  std::vector<std::uint64_t> chunks;
};

TEST_F(PlacementOn, AThreadHelpsItsNodeFirst) {
  const Placement placement = place("numa:2 l3:2 core:2 pu:1", 8);
  std::vector<GroupClaims> claims(placement.group_count());
  Order order;
  LaunchDescription launch;
  launch.arguments = reinterpret_cast<const std::byte*>(&order);
  launch.grid = {{64 * 8, 1, 1}};
  Job job(&Order::entry, launch, ItemBoxes(launch.grid, 64), nullptr);
  job.divide(placement, claims);
  job.work({3, End::back});
  EXPECT_THAT(order.chunks, ElementsAre(7, 6, 5, 4, 1, 0, 3, 2));
}

TEST_F(PlacementOn, AStopLeavesTheOtherGroupsToo) {
  const Placement placement = place("numa:2 core:2 pu:1", 4);
  std::vector<GroupClaims> claims(placement.group_count());
  std::stop_source stop;
  Order order;
  LaunchDescription launch;
  launch.arguments = reinterpret_cast<const std::byte*>(&order);
  launch.grid = {{64 * 8, 1, 1}};
  launch.stop = stop.get_token();
  Job job(&Order::entry, launch, ItemBoxes(launch.grid, 64), nullptr);
  job.divide(placement, claims);
  stop.request_stop();
  job.work({1, End::front});
  EXPECT_THAT(order.chunks, IsEmpty());
  EXPECT_EQ(job.outcome(), LaunchOutcome::stopped);
}

// Four nodes of two processors that no machine has: wherever it runs, the caller is of the first one.
TEST(Placement, OfATeamGivesEachGroupItsPartInEveryLaunch) {
  constexpr std::size_t threads = 8;
  Topology topology;
  topology.core_count = threads;
  for (unsigned node = 0; node < 4; ++node) {
    topology.groups.push_back({.node = node, .processors = {5000 + 2 * node, 5001 + 2 * node}});
  }
  int placed = 0;
  WorkerTeam team(threads, [&](std::size_t count) {
    ++placed;
    return Placement(topology, {.threads = count});
  });
  EXPECT_EQ(placed, 0);
  std::vector<std::set<std::thread::id>> first(4);
  for (int round = 0; round < 10; ++round) {
    Meeting meeting(threads);
    Job job(&Meeting::entry, meeting.launch, ItemBoxes(meeting.launch.grid, 64), nullptr);
    team.run(job, Company::woken);
    std::vector<std::set<std::thread::id>> groups(4);
    for (std::size_t chunk = 0; chunk < threads; ++chunk) groups[chunk / 2].insert(meeting.who[chunk]);
    if (round == 0) first = groups;
    EXPECT_EQ(groups, first) << "in round " << round;
  }
  EXPECT_EQ(placed, 1);
}

/// Which processors the worker of a team of two may run on, where each processor is taken for a node.
std::vector<unsigned> processors_of_worker(const std::vector<unsigned>& processors, bool binds) {
  static std::vector<unsigned> of_worker;
  static std::thread::id caller;
  static std::atomic<int> arrived;
  caller = std::this_thread::get_id();
  arrived = 0;
  Topology topology;
  topology.core_count = 2;
  topology.groups.push_back({.node = 0, .processors = {processors.front()}});
  topology.groups.push_back({.node = 1, .processors = {processors.back()}});
  WorkerTeam team(2, [&](std::size_t threads) { return Placement(topology, {.threads = threads, .binds = binds}); });
  const auto entry = [](const void*, const dotcompute_grid*, const dotcompute_box*) {
    if (std::this_thread::get_id() != caller) of_worker = usable_processors();
    arrived.fetch_add(1);
    while (arrived.load() < 2) std::this_thread::yield();
  };
  LaunchDescription launch;
  launch.grid = {{128, 1, 1}};
  Job job(entry, launch, ItemBoxes(launch.grid, 64), nullptr);
  team.run(job, Company::woken);
  return of_worker;
}

TEST(Placement, BindsWorkersToTheProcessorsOfTheirGroup) {
  const std::vector<unsigned> all = usable_processors();
  if (all.size() < 2) GTEST_SKIP() << "one processor";
  EXPECT_EQ(processors_of_worker(all, true), std::vector{all.back()});
  EXPECT_EQ(processors_of_worker(all, false), all);
  EXPECT_EQ(usable_processors(), all);  // The caller is never bound.
}

}  // namespace

}  // namespace dotcompute::cpu
