// Children of fork() have none of their parent's workers: they start their own.
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include <dotcompute/cpu/cpu_accelerator.hpp>

#include "forked_child.hpp"
#include "kernel_fixture.hpp"

namespace {

using dotcompute::HostKernel;
using dotcompute::make_cpu_accelerator;
using dotcompute::test::end_of_child;
using dotcompute::test::good_end;
using dotcompute::test::KernelFixture;
using dotcompute::test::Recorded;
using dotcompute::test::VisitLaunch;

constexpr dotcompute_grid large{{300'011, 1, 1}};  // Worth waking others for.

/// Launches in every way; returns how many items were not run once.
std::size_t errors_of_launches(const HostKernel& kernel) {
  std::size_t errors = 0;
  for (int round = 0; round < 3; ++round) {
    VisitLaunch blocking(large);
    kernel.run(blocking.description);
    errors += blocking.wrong(1);
  }
  constexpr std::size_t count = 100;  // More than there are slots.
  std::deque<VisitLaunch> visits;
  std::deque<Recorded> pending(count);
  for (Recorded& each : pending) {
    each.launch = visits.emplace_back(dotcompute_grid{{30'011, 1, 1}}).description;
    kernel.start(each);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 2 == 0) kernel.help(pending[i], &Recorded::done);
    while (!Recorded::done(pending[i])) std::this_thread::yield();
    errors += visits[i].wrong(1);
  }
  return errors;
}

/// A launch that somebody else completes, so that a thread of the team does it.
std::size_t errors_of_unhelped_launch(const HostKernel& kernel) {
  VisitLaunch visits(large);
  Recorded pending;
  pending.launch = visits.description;
  kernel.start(pending);
  while (!Recorded::done(pending)) std::this_thread::yield();
  return visits.wrong(1);
}

class CpuFork : public testing::TestWithParam<dotcompute::CpuOptions> {
 protected:
  KernelFixture fixture_;
  std::unique_ptr<dotcompute::HostAccelerator> cpu_ = make_cpu_accelerator(GetParam());
  std::unique_ptr<HostKernel> kernel_ = cpu_->load(fixture_.definition());
};

/// With threads in the parent.
class CpuForkWithThreads : public CpuFork {
 protected:
  void SetUp() override { dotcompute::test::skip_where_threads_and_fork_do_not_mix(); }
};

INSTANTIATE_TEST_SUITE_P(Threads, CpuFork, testing::ValuesIn(dotcompute::test::teams({1, 2, 5})));
INSTANTIATE_TEST_SUITE_P(Threads, CpuForkWithThreads, testing::ValuesIn(dotcompute::test::teams({1, 2, 5})));

TEST_P(CpuFork, BeforeAnyLaunch) {
  EXPECT_EQ(end_of_child([&] {
              const std::size_t errors = errors_of_launches(*kernel_);
              cpu_.reset();
              return errors;
            }),
            good_end);
  EXPECT_EQ(errors_of_launches(*kernel_), 0u);
}

TEST_P(CpuForkWithThreads, AfterLaunches) {
  EXPECT_EQ(errors_of_launches(*kernel_), 0u);
  EXPECT_EQ(end_of_child([&] {
              const std::size_t errors = errors_of_launches(*kernel_);
              cpu_.reset();
              return errors;
            }),
            good_end);
  EXPECT_EQ(errors_of_launches(*kernel_), 0u);
}

// Nothing but a started launch, which no caller works on.
TEST_P(CpuForkWithThreads, StartedLaunchesComplete) {
  EXPECT_EQ(errors_of_unhelped_launch(*kernel_), 0u);
  EXPECT_EQ(end_of_child([&] { return errors_of_unhelped_launch(*kernel_); }), good_end);
}

TEST_P(CpuForkWithThreads, DestroysWhatItNeverUsed) {
  EXPECT_EQ(errors_of_launches(*kernel_), 0u);
  EXPECT_EQ(end_of_child([&]() -> std::size_t {
              cpu_.reset();
              return 0;
            }),
            good_end);
}

TEST_P(CpuForkWithThreads, ChildrenOfChildrenToo) {
  EXPECT_EQ(errors_of_launches(*kernel_), 0u);
  EXPECT_EQ(end_of_child([&]() -> std::size_t {
              const std::size_t errors = errors_of_launches(*kernel_);
              const bool is_good = end_of_child([&] { return errors_of_launches(*kernel_); }) == good_end;
              return errors + errors_of_launches(*kernel_) + (is_good ? 0 : 1);
            }),
            good_end);
}

// Two threads of a child find at once that they have no team.
TEST_P(CpuForkWithThreads, ThreadsOfAChildShareATeam) {
  EXPECT_EQ(errors_of_launches(*kernel_), 0u);
  EXPECT_EQ(end_of_child([&] {
              std::atomic<std::size_t> errors{0};
              std::vector<std::thread> threads;
              for (int i = 0; i < 3; ++i) threads.emplace_back([&] { errors += errors_of_launches(*kernel_); });
              for (std::thread& thread : threads) thread.join();
              return errors.load();
            }),
            good_end);
}

std::atomic<bool> may_go_on{false};
void wait_to_go_on(const void*, const dotcompute_grid*, const dotcompute_box*) {
  while (!may_go_on.load(std::memory_order_acquire)) std::this_thread::yield();
}

// The parent's launches fill every slot, and some wait in line for one; the child knows nothing of them.
TEST_P(CpuForkWithThreads, LaunchesInFlightStayWithTheParent) {
  may_go_on = false;
  const KernelFixture waiting(&wait_to_go_on, 1'000'000);
  const auto waiting_kernel = cpu_->load(waiting.definition());
  std::deque<Recorded> pending(80);
  for (Recorded& each : pending) {
    each.launch.grid = {{2, 1, 1}};
    waiting_kernel->start(each);
  }
  EXPECT_EQ(end_of_child([&] {
              const std::size_t errors = errors_of_launches(*kernel_);
              cpu_.reset();
              return errors;
            }),
            good_end);
  may_go_on.store(true, std::memory_order_release);
  for (Recorded& each : pending) {
    waiting_kernel->help(each, &Recorded::done);
    EXPECT_EQ(each.times, 1);
  }
}

// Forks that come between any two steps of other threads' launches.
TEST_P(CpuForkWithThreads, WhileOtherThreadsLaunch) {
  std::atomic<bool> is_over{false};
  std::atomic<std::size_t> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      VisitLaunch visits(dotcompute_grid{{3'000, 1, 1}});
      std::uint32_t times = 0;
      while (!is_over.load()) {
        Recorded pending;
        pending.launch = visits.description;
        kernel_->start(pending);
        kernel_->help(pending, &Recorded::done);
        kernel_->run(visits.description);
        times += 2;
      }
      wrong += visits.wrong(times);
    });
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(end_of_child([&] { return errors_of_unhelped_launch(*kernel_); }), good_end);
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
