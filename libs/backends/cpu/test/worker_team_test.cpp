#include "worker_team.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "kernel_fixture.hpp"

namespace {

using dotcompute::cpu::Company;
using dotcompute::cpu::End;
using dotcompute::cpu::Job;
using dotcompute::cpu::WorkerTeam;
using dotcompute::test::visit;
using dotcompute::test::VisitLaunch;

TEST(Job, IsDividedBetweenItsEnds) {
  VisitLaunch launch(dotcompute_grid{{1000, 1, 1}});
  const dotcompute::ItemBoxes boxes(launch.description.grid, 64);
  Job job(&visit, launch.description, boxes, nullptr);
  std::thread other([&] { job.work({.end = End::back}); });
  job.work({});
  other.join();
  EXPECT_FALSE(job.has_unclaimed());
  EXPECT_EQ(job.outcome(), dotcompute::LaunchOutcome::completed);
  EXPECT_EQ(launch.wrong(1), 0u);
  job.work({});  // Too late: nothing is left.
  EXPECT_EQ(launch.wrong(1), 0u);
}

TEST(WorkerTeam, KeepsSmallLaunchesWithTheirCaller) {
  WorkerTeam team(4);
  EXPECT_EQ(team.company_for(WorkerTeam::ns_worth_sharing - 1), Company::none);
  EXPECT_EQ(team.company_for(WorkerTeam::ns_worth_waking), Company::woken);
}

TEST(WorkerTeam, OfOneThreadSharesNothing) {
  WorkerTeam team(1);
  EXPECT_EQ(team.company_for(WorkerTeam::ns_worth_waking * 100), Company::none);
}

TEST(WorkerTeam, IsWokenByManyLaunchesThatWereWorthSharing) {
  WorkerTeam team(2);
  constexpr double ns = WorkerTeam::ns_worth_waking / 4;
  VisitLaunch launch(dotcompute_grid{{1000, 1, 1}});
  Job job(&visit, launch.description, dotcompute::ItemBoxes(launch.description.grid, 64), nullptr);
  team.run(job, Company::woken);
  while (team.company_for(ns) == Company::spinning) std::this_thread::yield();  // Until the worker sleeps.
  EXPECT_EQ(team.company_for(ns), Company::none);
  EXPECT_EQ(team.company_for(ns), Company::none);
  EXPECT_EQ(team.company_for(ns), Company::woken);
  EXPECT_EQ(team.company_for(ns), Company::none);
}

/// The threads that ran the items of a launch; the first chunk waits until a second thread has come.
struct Threads {
  std::atomic<int> arrived{0};
};
void wait_for_two(const void* arguments, const dotcompute_grid*, const dotcompute_box*) {
  auto& arrived = const_cast<Threads*>(static_cast<const Threads*>(arguments))->arrived;
  arrived.fetch_add(1);
  while (arrived.load() < 2) std::this_thread::yield();
}

// Two chunks that wait for each other are over only if two threads run them.
TEST(WorkerTeam, WakesASleepingWorkerForALargeLaunch) {
  WorkerTeam team(2);
  for (int round = 0; round < 20; ++round) {
    Threads threads;
    dotcompute::LaunchDescription launch;
    launch.arguments = reinterpret_cast<const std::byte*>(&threads);
    launch.grid = {{128, 1, 1}};
    Job job(&wait_for_two, launch, dotcompute::ItemBoxes(launch.grid, 64), nullptr);
    team.run(job, Company::woken);
    EXPECT_EQ(threads.arrived, 2);
    if (round % 5 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));  // Long enough to fall asleep.
  }
}

// Workers that were woken wake others: the caller wakes two at most.
TEST(WorkerTeam, WakesAllOfItsWorkers) {
  constexpr int threads_wanted = 8;
  struct Crowd {
    std::atomic<int> arrived{0};
  } crowd;
  const auto entry = [](const void* arguments, const dotcompute_grid*, const dotcompute_box*) {
    auto& arrived = const_cast<Crowd*>(static_cast<const Crowd*>(arguments))->arrived;
    arrived.fetch_add(1);
    while (arrived.load() < threads_wanted) std::this_thread::yield();
  };
  WorkerTeam team(threads_wanted);
  for (int round = 0; round < 5; ++round) {
    crowd.arrived = 0;
    dotcompute::LaunchDescription launch;
    launch.arguments = reinterpret_cast<const std::byte*>(&crowd);
    launch.grid = {{64 * threads_wanted, 1, 1}};
    Job job(entry, launch, dotcompute::ItemBoxes(launch.grid, 64), nullptr);
    team.run(job, Company::woken);
    EXPECT_EQ(crowd.arrived, threads_wanted);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace
