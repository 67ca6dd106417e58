#include <dotcompute/reference/reference_accelerator.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>

namespace {

using dotcompute::LaunchOutcome;

/// What hand-written items do: note when they come by, and wait.
struct Log {
  std::vector<std::uint64_t> steps;  // item, or item + 1000 after the barrier
  std::uint64_t groups = 0;
  std::uint64_t ends_early = ~std::uint64_t{0};
  std::uint64_t waits_elsewhere = ~std::uint64_t{0};
  std::stop_source* stop = nullptr;
};

struct Item {
  const dotcompute_fibers* fibers;
  Log* log;
};

void item(void* argument, std::uint64_t index) {
  const auto& self = *static_cast<const Item*>(argument);
  // On the item's own stack.
  volatile char large[100'000];
  large[index] = 1;
  self.log->steps.push_back(index);
  if (index == self.log->ends_early) return;
  self.fibers->wait(self.fibers->context, index == self.log->waits_elsewhere ? 20 : 10);
  self.log->steps.push_back(index + 1000 + (large[index] == 1 ? 0 : 500));
  self.fibers->wait(self.fibers->context, 30);
}

void run_groups(const void* arguments, const dotcompute_grid* grid, const dotcompute_box* items) {
  const auto& all = *reinterpret_cast<const dotcompute_group_grid*>(grid);
  Log& log = **static_cast<Log* const*>(arguments);
  for (std::uint64_t x = items->begin[0]; x < items->end[0]; x += all.group[0]) {
    Item self{all.fibers, &log};
    ++log.groups;
    if (log.stop != nullptr) log.stop->request_stop();
    const std::uint64_t count = all.group[0] * all.group[1] * all.group[2];
    if (all.fibers->run(all.fibers->context, count, item, &self) != 0) return;
  }
}

class ReferenceGroups : public testing::Test {
 protected:
  ReferenceGroups() {
    record_.struct_size = sizeof record_;
    record_.name = "test::waits";
    record_.source_file = "waits.cpp";
    record_.dimensions = 1;
    record_.group_features = DOTCOMPUTE_GROUP_IDS | DOTCOMPUTE_GROUP_BARRIER;
    record_.reference = &run_groups;
  }
  dotcompute::LaunchDescription launch(std::uint64_t items, std::uint64_t group) {
    dotcompute::LaunchDescription result;
    result.arguments = reinterpret_cast<const std::byte*>(&log_pointer_);
    result.grid = {{items, 1, 1}};
    result.group = {{group, group == 0 ? 0u : 1u, group == 0 ? 0u : 1u}};
    return result;
  }
  std::string message(const dotcompute::LaunchDescription& description) {
    try {
      static_cast<void>(kernel()->run(description));
    } catch (const dotcompute::ExecutionError& error) {
      return error.what();
    }
    return {};
  }
  std::unique_ptr<dotcompute::HostKernel> kernel() { return reference_->load(dotcompute::KernelDefinition(record_)); }

  Log log_;
  Log* log_pointer_ = &log_;
  dotcompute_kernel record_{};
  std::unique_ptr<dotcompute::HostAccelerator> reference_ = dotcompute::make_reference_accelerator();
};

TEST_F(ReferenceGroups, ItemsWaitForEachOther) {
  ASSERT_EQ(kernel()->run(launch(5, 3)), LaunchOutcome::completed);
  // Two groups of three: the grid is rounded up.
  EXPECT_EQ(log_.steps, (std::vector<std::uint64_t>{0, 1, 2, 1000, 1001, 1002, 0, 1, 2, 1000, 1001, 1002}));
}

TEST_F(ReferenceGroups, StacksAreUsedAgainAndThreadsHaveTheirOwn) {
  const auto loaded = kernel();
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<Log>> logs;
  for (int t = 0; t < 3; ++t) {
    logs.push_back(std::make_unique<Log>());
    threads.emplace_back([&loaded, log = logs.back().get()] {
      Log* pointer = log;
      dotcompute::LaunchDescription description;
      description.arguments = reinterpret_cast<const std::byte*>(&pointer);
      description.grid = {{64 * 50, 1, 1}};
      description.group = {{64, 1, 1}};
      EXPECT_EQ(loaded->run(description), LaunchOutcome::completed);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& log : logs) EXPECT_EQ(log->steps.size(), 64u * 50 * 2);
}

TEST_F(ReferenceGroups, AnItemThatEndsWhileOthersWaitIsReported) {
  log_.ends_early = 2;
  EXPECT_EQ(message(launch(8, 4)),
            "kernel test::waits: work-item 0 of a group waits at the barrier in line 10 while work-item 2 has ended: "
            "every item of a group must come by the same barriers");
  EXPECT_EQ(log_.groups, 1u);
  // The stacks that were left behind do not matter to the next launch.
  log_ = Log{};
  EXPECT_EQ(kernel()->run(launch(8, 4)), LaunchOutcome::completed);
  EXPECT_EQ(log_.steps.size(), 16u);
}

TEST_F(ReferenceGroups, AnItemThatWaitsElsewhereIsReported) {
  log_.waits_elsewhere = 1;
  EXPECT_EQ(message(launch(2, 2)),
            "kernel test::waits: work-item 0 of a group waits at the barrier in line 10 while work-item 1 waits at the "
            "barrier in line 20: every item of a group must come by the same barriers");
}

class Recorded final : public dotcompute::PendingLaunch {
 public:
  void completed(LaunchOutcome, std::exception_ptr given) noexcept override {
    error = std::move(given);
    is_done.store(true, std::memory_order_release);
  }
  static bool done(const dotcompute::PendingLaunch& pending) noexcept {
    return static_cast<const Recorded&>(pending).is_done.load(std::memory_order_acquire);
  }
  std::exception_ptr error;
  std::atomic<bool> is_done{false};
};

TEST_F(ReferenceGroups, AStartedLaunchEndsWithTheError) {
  log_.ends_early = 0;
  const auto loaded = kernel();
  Recorded pending;
  pending.launch = launch(4, 4);
  loaded->start(pending);
  loaded->help(pending, &Recorded::done);
  ASSERT_NE(pending.error, nullptr);
  EXPECT_THROW(std::rethrow_exception(pending.error), dotcompute::ExecutionError);
}

TEST_F(ReferenceGroups, StopsBetweenGroups) {
  std::stop_source stop;
  log_.stop = &stop;
  dotcompute::LaunchDescription description = launch(1'000'000, 1024);
  description.stop = stop.get_token();
  EXPECT_EQ(kernel()->run(description), LaunchOutcome::stopped);
  EXPECT_LT(log_.groups, 100u);
}

TEST_F(ReferenceGroups, RefusesGroupsThatItCannotHave) {
  EXPECT_EQ(message(launch(8, 2048)),
            "kernel test::waits cannot be launched in groups of 2048: a group has at most 1024 work-items; give a "
            "smaller size");
  record_.fixed_group[0] = 64, record_.fixed_group[1] = record_.fixed_group[2] = 1;
  EXPECT_EQ(message(launch(8, 32)),
            "kernel test::waits has groups of 64 (DOTCOMPUTE_GROUP) and cannot be launched in groups of 32; leave "
            "in_groups_of out");
  EXPECT_EQ(message(launch(~std::uint64_t{0}, 0)),
            "the grid 18446744073709551615x1x1 of 'test::waits' has more work-items than 64 bits count; make it "
            "smaller");
  EXPECT_EQ(log_.groups, 0u);
}

}  // namespace
