// Children of fork() do not have the thread of their parent's line: they start their own.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>

#include <dotcompute/reference/reference_accelerator.hpp>

#include "forked_child.hpp"

namespace {

using dotcompute::HostKernel;
using dotcompute::LaunchOutcome;
using dotcompute::PendingLaunch;
using dotcompute::test::end_of_child;
using dotcompute::test::good_end;

std::atomic<std::uint64_t> items_run{0};
std::atomic<bool> may_go_on{true};

void count_items(const void*, const dotcompute_grid*, const dotcompute_box* items) {
  while (!may_go_on.load(std::memory_order_acquire)) std::this_thread::yield();
  items_run.fetch_add(items->end[0] - items->begin[0]);
}

class Counted final : public PendingLaunch {
 public:
  Counted() { launch.grid = {{items, 1, 1}}; }
  void completed(LaunchOutcome, std::exception_ptr) noexcept override { done_.store(true, std::memory_order_release); }
  static bool done(const PendingLaunch& pending) noexcept {
    return static_cast<const Counted&>(pending).done_.load(std::memory_order_acquire);
  }
  static constexpr std::uint64_t items = 100;

 private:
  std::atomic<bool> done_{false};
};

/// Launches in every way, some helped along; returns how many items too few or too many were run.
std::uint64_t errors_of_launches(const HostKernel& kernel) {
  const std::uint64_t before = items_run;
  std::deque<Counted> pending(20);
  kernel.run(pending[0].launch);
  for (Counted& each : pending) kernel.start(each);
  for (std::size_t i = 0; i < pending.size(); ++i) {
    if (i % 3 == 0) kernel.help(pending[i], &Counted::done);
    while (!Counted::done(pending[i])) std::this_thread::yield();
  }
  return items_run - before - Counted::items * (pending.size() + 1);
}

class ReferenceFork : public testing::Test {
 protected:
  ReferenceFork() {
    record_.struct_size = sizeof record_;
    record_.name = "test::count";
    record_.source_file = "count.cpp";
    record_.reference = &count_items;
    kernel_ = reference_->load(dotcompute::KernelDefinition(record_));
  }

  dotcompute_kernel record_{};
  std::unique_ptr<dotcompute::HostAccelerator> reference_ = dotcompute::make_reference_accelerator();
  std::unique_ptr<HostKernel> kernel_;
};

/// With a thread in the parent.
class ReferenceForkWithThread : public ReferenceFork {
 protected:
  void SetUp() override { dotcompute::test::skip_where_threads_and_fork_do_not_mix(); }
};

TEST_F(ReferenceFork, BeforeAnyLaunch) {
  EXPECT_EQ(end_of_child([&] {
              const std::uint64_t errors = errors_of_launches(*kernel_);
              reference_.reset();
              return errors;
            }),
            good_end);
  EXPECT_EQ(errors_of_launches(*kernel_), 0u);
}

TEST_F(ReferenceForkWithThread, AfterLaunches) {
  EXPECT_EQ(errors_of_launches(*kernel_), 0u);
  EXPECT_EQ(end_of_child([&]() -> std::uint64_t {
              const std::uint64_t errors = errors_of_launches(*kernel_);
              const bool is_good = end_of_child([&] { return errors_of_launches(*kernel_); }) == good_end;
              reference_.reset();
              return errors + (is_good ? 0 : 1);
            }),
            good_end);
  EXPECT_EQ(errors_of_launches(*kernel_), 0u);
}

TEST_F(ReferenceForkWithThread, DestroysWhatItNeverUsed) {
  EXPECT_EQ(errors_of_launches(*kernel_), 0u);
  EXPECT_EQ(end_of_child([&]() -> std::uint64_t {
              reference_.reset();
              return 0;
            }),
            good_end);
}

TEST_F(ReferenceForkWithThread, LaunchesInFlightStayWithTheParent) {
  may_go_on = false;
  std::deque<Counted> pending(10);
  for (Counted& each : pending) kernel_->start(each);
  EXPECT_EQ(end_of_child([&] {
              may_go_on = true;
              const std::uint64_t errors = errors_of_launches(*kernel_);
              reference_.reset();
              return errors;
            }),
            good_end);
  may_go_on = true;
  for (Counted& each : pending) kernel_->help(each, &Counted::done);
}

// Forks that come between any two steps of another thread's launches: with its lock held, too.
TEST_F(ReferenceForkWithThread, WhileAnotherThreadLaunches) {
  std::atomic<bool> is_over{false};
  std::thread other([&] {
    while (!is_over.load()) {
      Counted pending;
      kernel_->start(pending);
      kernel_->help(pending, &Counted::done);
      while (!Counted::done(pending)) std::this_thread::yield();
    }
  });
  for (int i = 0; i < 30; ++i) EXPECT_EQ(end_of_child([&] { return errors_of_launches(*kernel_); }), good_end);
  is_over = true;
  other.join();
}

}  // namespace
