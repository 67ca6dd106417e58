// Blocking launches: every work-item runs once, whoever calls and however many at once.
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <stop_token>
#include <thread>

#include <dotcompute/base/error.hpp>
#include <dotcompute/cpu/cpu_accelerator.hpp>

#include "kernel_fixture.hpp"

namespace {

using dotcompute::LaunchOutcome;
using dotcompute::make_cpu_accelerator;
using dotcompute::test::KernelFixture;
using dotcompute::test::VisitLaunch;

/// Runs on teams of several sizes, more threads than processors among them.
class CpuLaunch : public testing::TestWithParam<dotcompute::CpuOptions> {
 protected:
  KernelFixture fixture_;
  std::unique_ptr<dotcompute::HostAccelerator> cpu_ = make_cpu_accelerator(GetParam());
  std::unique_ptr<dotcompute::HostKernel> kernel_ = cpu_->load(fixture_.definition());
};

INSTANTIATE_TEST_SUITE_P(Threads, CpuLaunch, testing::ValuesIn(dotcompute::test::teams({1, 2, 3, 7})));

constexpr std::uint64_t lengths[] = {0, 1, 2, 15, 16, 17, 63, 64, 65, 255, 256, 257, 65537, 1000007};

TEST_P(CpuLaunch, RunsEveryItemOfARowOnce) {
  for (const std::uint64_t length : lengths) {
    VisitLaunch launch(dotcompute_grid{{length, 1, 1}});
    for (std::uint32_t times = 1; times <= 3; ++times) {
      EXPECT_EQ(kernel_->run(launch.description), LaunchOutcome::completed);
      EXPECT_EQ(launch.wrong(times), 0u) << length;
    }
  }
}

TEST_P(CpuLaunch, RunsEveryItemOfOddGridsOnce) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto up_to = [&](std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit)(random);
  };
  std::vector<dotcompute_grid> grids{{{1, 100003, 1}}, {{1, 1, 100003}}, {{65, 3, 1001}}, {{3001, 63, 1}},
                                     {{0, 9, 9}},      {{9, 0, 9}},      {{9, 9, 0}},     {{1, 1, 1}}};
  for (int i = 0; i < 30; ++i) grids.push_back({{up_to(500), up_to(70), up_to(20)}});
  for (const dotcompute_grid& grid : grids) {
    VisitLaunch launch(grid);
    EXPECT_EQ(kernel_->run(launch.description), LaunchOutcome::completed);
    EXPECT_EQ(launch.wrong(1), 0u) << grid.size[0] << "x" << grid.size[1] << "x" << grid.size[2];
  }
}

TEST_P(CpuLaunch, ServesSeveralCallersAtOnce) {
  std::vector<std::thread> callers;
  std::atomic<std::size_t> wrong{0};
  for (int caller = 0; caller < 6; ++caller) {
    callers.emplace_back([&, caller] {
      VisitLaunch large(dotcompute_grid{{40'000 + 1000 * static_cast<std::uint64_t>(caller), 1, 1}});
      VisitLaunch small(dotcompute_grid{{17, 1, 1}});
      for (std::uint32_t times = 1; times <= 60; ++times) {
        kernel_->run(large.description);
        kernel_->run(small.description);
        if (times % 20 == 0) wrong += large.wrong(times) + small.wrong(times);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0u);
}

/// Visits its items and launches a grid of its own for each call.
struct Nested {
  dotcompute::test::Visits visits;
  const dotcompute::HostKernel* inner;
};

void visit_and_launch(const void* arguments, const dotcompute_grid* grid, const dotcompute_box* items) {
  const auto& nested = *static_cast<const Nested*>(arguments);
  dotcompute::test::visit(&nested.visits, grid, items);
  VisitLaunch launch(dotcompute_grid{{20'000, 1, 1}});
  nested.inner->run(launch.description);
  if (launch.wrong(1) != 0) nested.visits.data[0] += 1000;
}

TEST_P(CpuLaunch, LaunchesFromInsideAKernel) {
  const KernelFixture outer_fixture(&visit_and_launch, 100);
  const auto outer = cpu_->load(outer_fixture.definition());
  std::vector<std::uint32_t> counts(200'000);
  const Nested nested{{counts.data(), counts.size()}, kernel_.get()};
  dotcompute::LaunchDescription launch;
  launch.arguments = reinterpret_cast<const std::byte*>(&nested);
  launch.grid = {{counts.size(), 1, 1}};
  EXPECT_EQ(outer->run(launch), LaunchOutcome::completed);
  EXPECT_EQ(counts, std::vector<std::uint32_t>(counts.size(), 1));
}

void check_nothing(const void*, const dotcompute_grid*, const dotcompute_box*) {}

TEST_P(CpuLaunch, TakesGridsThatAreLargerThanMemory) {
  const KernelFixture fixture(&check_nothing);
  const auto kernel = cpu_->load(fixture.definition());
  dotcompute::LaunchDescription launch;
  for (const dotcompute_grid grid : {dotcompute_grid{{10'000'000'000, 1, 1}}, dotcompute_grid{{1, 10'000'000'000, 1}},
                                     dotcompute_grid{{65, 1, std::uint64_t{1} << 57}},
                                     dotcompute_grid{{std::numeric_limits<std::uint64_t>::max(), 1, 0}}}) {
    launch.grid = grid;
    std::stop_source stop;
    if (grid.size[2] > 1) {
      // More items than can be visited in a lifetime: being stopped is the way out.
      stop.request_stop();
      launch.stop = stop.get_token();
      EXPECT_EQ(kernel->run(launch), LaunchOutcome::stopped);
    } else {
      EXPECT_EQ(kernel->run(launch), LaunchOutcome::completed);
    }
    launch.stop = {};
  }
}

TEST_P(CpuLaunch, RefusesMoreItemsThanCanBeCounted) {
  dotcompute::LaunchDescription launch;
  launch.grid = {{std::uint64_t{1} << 40, std::uint64_t{1} << 24, 1}};
  try {
    kernel_->run(launch);
    FAIL() << "nothing was thrown";
  } catch (const dotcompute::ExecutionError& error) {
    EXPECT_STREQ(error.what(),
                 "the grid 1099511627776x16777216x1 of 'test::visit' has more work-items than 64 bits count; "
                 "make it smaller");
    EXPECT_EQ(error.context().kernel, "test::visit");
    EXPECT_EQ(error.context().device, "cpu");
  }
}

TEST_P(CpuLaunch, DoesNothingAfterAStop) {
  std::stop_source stop;
  stop.request_stop();
  for (const std::uint64_t length : {1u, 1'000'000u}) {
    VisitLaunch launch(dotcompute_grid{{length, 1, 1}});
    launch.description.stop = stop.get_token();
    EXPECT_EQ(kernel_->run(launch.description), LaunchOutcome::stopped);
    EXPECT_EQ(launch.visited(), 0u);
  }
}

TEST_P(CpuLaunch, CompletesWhereNobodyStops) {
  const std::stop_source stop;
  VisitLaunch launch(dotcompute_grid{{300'001, 1, 1}});
  launch.description.stop = stop.get_token();
  EXPECT_EQ(kernel_->run(launch.description), LaunchOutcome::completed);
  EXPECT_EQ(launch.wrong(1), 0u);
}

struct Stopping {
  dotcompute::test::Visits visits;
  std::stop_source* stop;
};

void visit_and_stop(const void* arguments, const dotcompute_grid* grid, const dotcompute_box* items) {
  const auto& stopping = *static_cast<const Stopping*>(arguments);
  dotcompute::test::visit(&stopping.visits, grid, items);
  stopping.stop->request_stop();
}

TEST_P(CpuLaunch, StopsBetweenChunks) {
  const KernelFixture fixture(&visit_and_stop, 100);
  const auto kernel = cpu_->load(fixture.definition());
  std::stop_source stop;
  std::vector<std::uint32_t> counts(4'000'000);
  const Stopping stopping{{counts.data(), counts.size()}, &stop};
  dotcompute::LaunchDescription launch;
  launch.arguments = reinterpret_cast<const std::byte*>(&stopping);
  launch.grid = {{counts.size(), 1, 1}};
  launch.stop = stop.get_token();
  EXPECT_EQ(kernel->run(launch), LaunchOutcome::stopped);
  std::size_t visited = 0;
  for (const std::uint32_t count : counts) visited += count;
  EXPECT_GT(visited, 0u);
  EXPECT_LT(visited, counts.size());
}

}  // namespace
