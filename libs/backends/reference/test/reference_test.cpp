#include <dotcompute/reference/reference_accelerator.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cfenv>
#include <cstdint>
#include <deque>
#include <limits>
#include <stop_token>
#include <thread>
#include <vector>

#include <dotcompute/base/error.hpp>

namespace {

using dotcompute::LaunchOutcome;
using dotcompute::PendingLaunch;

/// Items write their place in the order of execution.
struct Order {
  std::uint64_t* order;
  std::uint64_t* next;
};

void note_order(const void* arguments, const dotcompute_grid* grid, const dotcompute_box* items) {
  const auto& out = *static_cast<const Order*>(arguments);
  for (std::uint64_t z = items->begin[2]; z < items->end[2]; ++z) {
    for (std::uint64_t y = items->begin[1]; y < items->end[1]; ++y) {
      for (std::uint64_t x = items->begin[0]; x < items->end[0]; ++x) {
        out.order[x + grid->size[0] * (y + grid->size[1] * z)] = (*out.next)++;
      }
    }
  }
}

class OrderedLaunch {
 public:
  explicit OrderedLaunch(dotcompute_grid grid) : order_(grid.size[0] * grid.size[1] * grid.size[2], none) {
    block_ = {order_.data(), &next_};
    description.arguments = reinterpret_cast<const std::byte*>(&block_);
    description.grid = grid;
  }
  OrderedLaunch(const OrderedLaunch&) = delete;
  OrderedLaunch& operator=(const OrderedLaunch&) = delete;

  [[nodiscard]] bool is_in_order() const {
    for (std::size_t i = 0; i < order_.size(); ++i) {
      if (order_[i] != i) return false;
    }
    return next_ == order_.size();
  }
  [[nodiscard]] std::uint64_t items_run() const { return next_; }

  dotcompute::LaunchDescription description;

 private:
  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::uint64_t> order_;
  std::uint64_t next_ = 0;
  Order block_{};
};

class Recorded final : public PendingLaunch {
 public:
  void completed(LaunchOutcome ended_as, std::exception_ptr) noexcept override {
    outcome = ended_as;
    times.fetch_add(1, std::memory_order_release);
  }
  static bool done(const PendingLaunch& pending) noexcept {
    return static_cast<const Recorded&>(pending).times.load(std::memory_order_acquire) != 0;
  }
  LaunchOutcome outcome = LaunchOutcome::stopped;
  std::atomic<int> times{0};
};

class Reference : public testing::Test {
 protected:
  Reference() {
    record_.struct_size = sizeof record_;
    record_.name = "test::order";
    record_.source_file = "order.cpp";
    record_.reference = &note_order;
  }
  std::unique_ptr<dotcompute::HostKernel> load() { return reference_->load(dotcompute::KernelDefinition(record_)); }

  dotcompute_kernel record_{};
  std::unique_ptr<dotcompute::HostAccelerator> reference_ = dotcompute::make_reference_accelerator();
};

TEST_F(Reference, DescribesItself) {
  EXPECT_EQ(reference_->info().id, "reference");
  EXPECT_EQ(reference_->info().backend, "reference");
  EXPECT_EQ(reference_->info().concurrency, 1u);
}

TEST_F(Reference, RunsItemsInOrder) {
  const auto kernel = load();
  for (const std::uint64_t length : {0u, 1u, 2u, 15u, 16u, 17u, 63u, 64u, 65u, 255u, 256u, 257u, 65537u, 1000007u}) {
    OrderedLaunch launch(dotcompute_grid{{length, 1, 1}});
    EXPECT_EQ(kernel->run(launch.description), LaunchOutcome::completed);
    EXPECT_TRUE(launch.is_in_order()) << length;
  }
  for (const dotcompute_grid grid :
       {dotcompute_grid{{33, 17, 5}}, dotcompute_grid{{1, 5000, 7}}, dotcompute_grid{{9, 9, 0}}}) {
    OrderedLaunch launch(grid);
    EXPECT_EQ(kernel->run(launch.description), LaunchOutcome::completed);
    EXPECT_TRUE(launch.is_in_order());
  }
}

TEST_F(Reference, RunsItemsInOrderBetweenLooksAtTheStopToken) {
  const auto kernel = load();
  const std::stop_source stop;
  for (const dotcompute_grid grid : {dotcompute_grid{{100'001, 1, 1}}, dotcompute_grid{{301, 97, 3}},
                                     dotcompute_grid{{3, 2, 10'007}}, dotcompute_grid{{40'001, 2, 2}}}) {
    OrderedLaunch launch(grid);
    launch.description.stop = stop.get_token();
    EXPECT_EQ(kernel->run(launch.description), LaunchOutcome::completed);
    EXPECT_TRUE(launch.is_in_order());
  }
}

struct Stopping {
  std::uint64_t items_run = 0;
  std::stop_source stop;
};
void count_and_stop(const void* arguments, const dotcompute_grid*, const dotcompute_box* items) {
  auto& stopping = *const_cast<Stopping*>(static_cast<const Stopping*>(arguments));
  stopping.items_run += items->end[0] - items->begin[0];
  stopping.stop.request_stop();
}

TEST_F(Reference, StopsBetweenChunks) {
  record_.reference = &count_and_stop;
  const auto kernel = load();
  Stopping stopping;
  dotcompute::LaunchDescription launch;
  launch.arguments = reinterpret_cast<const std::byte*>(&stopping);
  launch.grid = {{1'000'000, 1, 1}};
  launch.stop = stopping.stop.get_token();
  EXPECT_EQ(kernel->run(launch), LaunchOutcome::stopped);
  EXPECT_GT(stopping.items_run, 0u);
  EXPECT_LT(stopping.items_run, 100'000u);
}

float* sum_out = nullptr;
void add_tiny(const void*, const dotcompute_grid*, const dotcompute_box*) {
  volatile float tiny = std::numeric_limits<float>::epsilon() / 4;
  *sum_out = 1.0f + tiny;
}

TEST_F(Reference, RoundsToNearestWhateverTheCallerSet) {
  record_.reference = &add_tiny;
  const auto kernel = load();
  dotcompute::LaunchDescription launch;
  float sum = 0;
  sum_out = &sum;
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
  kernel->run(launch);
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(sum, 1.0f);
}

TEST_F(Reference, RefusesMoreItemsThanCanBeCounted) {
  const auto kernel = load();
  dotcompute::LaunchDescription launch;
  launch.grid = {{std::uint64_t{1} << 40, std::uint64_t{1} << 24, 1}};
  try {
    kernel->run(launch);
    FAIL() << "nothing was thrown";
  } catch (const dotcompute::ExecutionError& error) {
    EXPECT_STREQ(error.what(),
                 "the grid 1099511627776x16777216x1 of 'test::order' has more work-items than 64 bits count; "
                 "make it smaller");
  }
}

TEST_F(Reference, RefusesAKernelWithoutReference) {
  record_.reference = nullptr;
  EXPECT_EQ(reference_->refusal(dotcompute::KernelDefinition(record_)),
            "'test::order' (order.cpp) has no reference; compile its file with kernelc again");
  EXPECT_THROW((void)load(), dotcompute::DeviceError);
}

TEST_F(Reference, StartedLaunchesCompleteByThemselvesOrWithHelp) {
  const auto kernel = load();
  constexpr std::size_t count = 50;
  std::deque<OrderedLaunch> launches;
  std::deque<Recorded> pending(count);
  for (std::size_t i = 0; i < count; ++i) {
    pending[i].launch = launches.emplace_back(dotcompute_grid{{i * 100, 1, 1}}).description;
    kernel->start(pending[i]);
  }
  for (std::size_t i = count; i-- > 0;) {
    if (i % 2 == 0) kernel->help(pending[i], &Recorded::done);
    while (!Recorded::done(pending[i])) std::this_thread::yield();
    EXPECT_EQ(pending[i].outcome, LaunchOutcome::completed);
    EXPECT_TRUE(launches[i].is_in_order());
  }
  for (const Recorded& each : pending) EXPECT_EQ(each.times, 1);
}

TEST_F(Reference, StartedLaunchesAreStopped) {
  const auto kernel = load();
  std::stop_source stop;
  stop.request_stop();
  OrderedLaunch launch(dotcompute_grid{{1000, 1, 1}});
  Recorded pending;
  pending.launch = launch.description;
  pending.launch.stop = stop.get_token();
  kernel->start(pending);
  kernel->help(pending, &Recorded::done);
  EXPECT_EQ(pending.outcome, LaunchOutcome::stopped);
  EXPECT_EQ(launch.items_run(), 0u);
}

/// When it completes it starts another launch and waits for it on the same thread.
class Chain final : public PendingLaunch {
 public:
  Chain(const dotcompute::HostKernel& kernel, int links) : kernel_(kernel), links_(links) {
    launch = ordered_.description;
  }
  void completed(LaunchOutcome, std::exception_ptr) noexcept override {
    is_right_ = ordered_.is_in_order();
    if (links_ > 0) {
      Chain next(kernel_, links_ - 1);
      kernel_.start(next);
      kernel_.help(next, &Chain::done);
      is_right_ = is_right_ && next.is_right_;
    }
    done_.store(true, std::memory_order_release);
  }
  static bool done(const PendingLaunch& pending) noexcept {
    return static_cast<const Chain&>(pending).done_.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool is_right() const { return is_right_; }

 private:
  const dotcompute::HostKernel& kernel_;
  int links_;
  OrderedLaunch ordered_{dotcompute_grid{{1000, 1, 1}}};
  bool is_right_ = false;
  std::atomic<bool> done_{false};
};

TEST_F(Reference, CompletionsLaunchAndWait) {
  const auto kernel = load();
  std::deque<Chain> chains;
  for (int i = 0; i < 4; ++i) kernel->start(chains.emplace_back(*kernel, 3));
  for (Chain& chain : chains) {
    while (!Chain::done(chain)) std::this_thread::yield();
    EXPECT_TRUE(chain.is_right());
  }
}

TEST_F(Reference, ServesSeveralThreadsAtOnce) {
  const auto kernel = load();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 30; ++i) {
        OrderedLaunch blocking(dotcompute_grid{{3000, 1, 1}});
        kernel->run(blocking.description);
        OrderedLaunch started(dotcompute_grid{{3000, 1, 1}});
        Recorded pending;
        pending.launch = started.description;
        kernel->start(pending);
        if (thread % 2 == 0) kernel->help(pending, &Recorded::done);
        while (!Recorded::done(pending)) std::this_thread::yield();
        if (!blocking.is_in_order() || !started.is_in_order()) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
