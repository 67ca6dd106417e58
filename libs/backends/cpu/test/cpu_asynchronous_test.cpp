// Started launches: many in flight, helped along, launched from completions, stopped.
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include <dotcompute/base/task.hpp>
#include <dotcompute/cpu/cpu_accelerator.hpp>

#include "kernel_fixture.hpp"

namespace {

using dotcompute::HostKernel;
using dotcompute::LaunchOutcome;
using dotcompute::make_cpu_accelerator;
using dotcompute::PendingLaunch;
using dotcompute::test::KernelFixture;
using dotcompute::test::Recorded;
using dotcompute::test::VisitLaunch;

class CpuAsynchronous : public testing::TestWithParam<dotcompute::CpuOptions> {
 protected:
  KernelFixture fixture_;
  std::unique_ptr<dotcompute::HostAccelerator> cpu_ = make_cpu_accelerator(GetParam());
  std::unique_ptr<HostKernel> kernel_ = cpu_->load(fixture_.definition());
};

INSTANTIATE_TEST_SUITE_P(Threads, CpuAsynchronous, testing::ValuesIn(dotcompute::test::teams({1, 2, 5})));

constexpr dotcompute_grid large{{30'011, 1, 1}};  // Worth sharing at 20 operations per item.
constexpr dotcompute_grid small{{100, 1, 1}};

void wait_for(const Recorded& pending) {
  while (!Recorded::done(pending)) std::this_thread::yield();
}

TEST_P(CpuAsynchronous, SmallLaunchesAreOverWhenStartReturns) {
  for (const dotcompute_grid grid : {small, dotcompute_grid{{0, 1, 1}}}) {
    VisitLaunch visits(grid);
    Recorded pending;
    pending.launch = visits.description;
    kernel_->start(pending);
    EXPECT_EQ(pending.times, 1);
    EXPECT_EQ(pending.outcome, LaunchOutcome::completed);
    EXPECT_EQ(visits.wrong(1), 0u);
    kernel_->help(pending, &Recorded::done);
  }
}

TEST_P(CpuAsynchronous, LaunchesCompleteByThemselves) {
  VisitLaunch visits(large);
  Recorded pending;
  pending.launch = visits.description;
  kernel_->start(pending);
  wait_for(pending);
  EXPECT_EQ(pending.outcome, LaunchOutcome::completed);
  EXPECT_EQ(visits.wrong(1), 0u);
}

TEST_P(CpuAsynchronous, CompletesManyInFlight) {
  constexpr std::size_t count = 300;  // Many more than there are slots.
  std::deque<VisitLaunch> visits;
  std::deque<Recorded> pending(count);
  for (std::size_t i = 0; i < count; ++i) {
    pending[i].launch = visits.emplace_back(i % 3 == 0 ? small : large).description;
    kernel_->start(pending[i]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 2 == 0) {
      kernel_->help(pending[i], &Recorded::done);
    } else {
      wait_for(pending[i]);
    }
    ASSERT_EQ(visits[i].wrong(1), 0u) << i;
  }
  for (const Recorded& each : pending) EXPECT_EQ(each.times, 1);
}

TEST_P(CpuAsynchronous, CompletesManyFromManyThreads) {
  std::vector<std::thread> threads;
  std::atomic<std::size_t> wrong{0};
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 5; ++round) {
        std::deque<VisitLaunch> visits;
        std::deque<Recorded> pending(40);
        for (Recorded& each : pending) {
          each.launch = visits.emplace_back(large).description;
          kernel_->start(each);
        }
        VisitLaunch blocking(large);
        kernel_->run(blocking.description);
        wrong += blocking.wrong(1);
        for (Recorded& each : pending) {
          if (thread % 2 == 0) kernel_->help(each, &Recorded::done);
          wait_for(each);
        }
        for (const VisitLaunch& each : visits) wrong += each.wrong(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0u);
}

TEST_P(CpuAsynchronous, SeveralThreadsHelpOneLaunch) {
  for (int round = 0; round < 50; ++round) {
    VisitLaunch visits(large);
    Recorded pending;
    pending.launch = visits.description;
    kernel_->start(pending);
    std::vector<std::thread> helpers;
    for (int i = 0; i < 3; ++i) helpers.emplace_back([&] { kernel_->help(pending, &Recorded::done); });
    for (std::thread& helper : helpers) helper.join();
    EXPECT_EQ(pending.times, 1);
    ASSERT_EQ(visits.wrong(1), 0u);
  }
}

/// When it completes it launches again, blocking and started, and waits for both on the worker.
class Chain final : public PendingLaunch {
 public:
  Chain(const HostKernel& kernel, int links) : kernel_(kernel), links_(links) { launch = visits_.description; }

  void completed(LaunchOutcome, std::exception_ptr) noexcept override {
    if (links_ > 0) {
      VisitLaunch blocking(large);
      kernel_.run(blocking.description);
      Chain next(kernel_, links_ - 1);
      kernel_.start(next);
      kernel_.help(next, &Chain::done);
      wrong_ = next.wrong_ + blocking.wrong(1);
    }
    wrong_ += visits_.wrong(1);
    done_.store(true, std::memory_order_release);
  }
  static bool done(const PendingLaunch& pending) noexcept {
    return static_cast<const Chain&>(pending).done_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::size_t wrong() const { return wrong_; }

 private:
  const HostKernel& kernel_;
  int links_;
  VisitLaunch visits_{large};
  std::size_t wrong_ = 0;
  std::atomic<bool> done_{false};
};

TEST_P(CpuAsynchronous, CompletionsLaunchAndWait) {
  std::deque<Chain> chains;
  for (int i = 0; i < 6; ++i) kernel_->start(chains.emplace_back(*kernel_, 4));
  for (Chain& chain : chains) {
    kernel_->help(chain, &Chain::done);
    EXPECT_EQ(chain.wrong(), 0u);
  }
}

/// Notes whether the thread it completes on offers work to those who wait on it.
class Where final : public PendingLaunch {
 public:
  void completed(LaunchOutcome, std::exception_ptr) noexcept override {
    offers_work = dotcompute::detail::waiting_work().run_some != nullptr;
    done.store(true, std::memory_order_release);
  }
  bool offers_work = false;
  std::atomic<bool> done{false};
};

TEST_P(CpuAsynchronous, WorkersOfferWorkToThoseWhoWaitOnThem) {
  VisitLaunch visits(large);
  Where pending;
  pending.launch = visits.description;
  kernel_->start(pending);
  while (!pending.done.load(std::memory_order_acquire)) std::this_thread::yield();
  EXPECT_TRUE(pending.offers_work);
  EXPECT_EQ(dotcompute::detail::waiting_work().run_some, nullptr);
}

TEST_P(CpuAsynchronous, StopsWhatHasNotRun) {
  std::stop_source stop;
  stop.request_stop();
  VisitLaunch visits(large);
  Recorded pending;
  pending.launch = visits.description;
  pending.launch.stop = stop.get_token();
  kernel_->start(pending);
  wait_for(pending);
  EXPECT_EQ(pending.outcome, LaunchOutcome::stopped);
  EXPECT_EQ(visits.visited(), 0u);
}

TEST_P(CpuAsynchronous, TeamsComeAndGo) {
  for (int round = 0; round < 20; ++round) {
    const auto cpu = make_cpu_accelerator(GetParam());
    const auto kernel = cpu->load(fixture_.definition());
    VisitLaunch visits(large);
    Recorded pending;
    pending.launch = visits.description;
    kernel->start(pending);
    kernel->help(pending, &Recorded::done);
    ASSERT_EQ(visits.wrong(1), 0u);
  }
}

}  // namespace
