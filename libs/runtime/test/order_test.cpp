// The order of launches that share buffers.

#include <array>
#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "device_fixture.hpp"

namespace {

using namespace dotcompute;
using dotcompute::test::message_of;

/// Chunks of launches wait here until they are let through.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return is_open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void wait_for_arrivals(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }
  [[nodiscard]] int arrived() {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
  int arrived_ = 0;
};

/// "cpu" runs what passes the gate, "test:0" has memory of its own.
class OrderTest : public testing::Test {
 protected:
  RuntimeParts parts() {
    RuntimeParts parts;
    parts.accelerators.push_back(std::make_unique<test::TestAccelerator>(
        test::TestAcceleratorOptions{.before_chunk = [this](std::uint64_t) { gate.pass(); }}));
    parts.accelerators.push_back(std::make_unique<test::TestAccelerator>(test::TestAcceleratorOptions{.id = "other"}));
    parts.providers.push_back(
        std::make_unique<test::TestDeviceProvider>(std::vector<test::TestDeviceOptions>{{}}, state));
    return parts;
  }

  test::Registration demo{test::demo_unit()};
  std::shared_ptr<test::TestDeviceState> state = std::make_shared<test::TestDeviceState>();
  Gate gate;
  detail::RuntimeCore core{parts()};
  Launcher runtime{core};
  Launcher cpu = runtime.on("cpu");
  Launcher other = runtime.on("other");
  Launcher device = runtime.on("test:0");
  UnifiedBuffer<double> values{std::vector<double>(10, 1.0)};
};

TEST_F(OrderTest, a_launch_that_is_started_behind_one_in_flight_waits_without_its_caller) {
  Task<LaunchReport> first = cpu.execute(demo::scale, 2.0, values);
  gate.wait_for_arrivals(1);
  Task<LaunchReport> second = other.execute(demo::scale, 3.0, values);
  Task<LaunchReport> third = device.execute(demo::scale, 5.0, values);
  Task<LaunchReport> fourth = other.execute(demo::scale, 7.0, values);
  EXPECT_FALSE(second.ready() || third.ready() || fourth.ready());
  EXPECT_EQ(state->launches, 0u);
  gate.open();
  EXPECT_EQ(fourth.get().launches, 1u);
  EXPECT_EQ(first.get().accelerator, "cpu");
  EXPECT_EQ(second.get().accelerator, "other");
  EXPECT_EQ(third.get().accelerator, "test:0");
  EXPECT_EQ(values.span()[9], 210.0);
}

TEST_F(OrderTest, a_blocking_launch_waits_for_one_in_flight) {
  Task<LaunchReport> first = cpu.execute(demo::scale, 2.0, values);
  gate.wait_for_arrivals(1);
  std::thread opener([&] { gate.open(); });
  const LaunchReport report = other.timed().run(demo::scale, 3.0, values);
  EXPECT_EQ(report.accelerator, "other");
  EXPECT_EQ(report.outcome, LaunchOutcome::completed);
  EXPECT_TRUE(report.timed);
  EXPECT_EQ(first.get().accelerator, "cpu");
  opener.join();
  EXPECT_EQ(values.span()[0], 6.0);
  device.run(demo::scale, 2.0, values);
  EXPECT_EQ(values.span()[0], 12.0);
}

TEST_F(OrderTest, launches_that_only_read_a_buffer_run_at_once) {
  UnifiedBuffer<float> x(std::vector<float>(10, 1.0f)), y(10), z(10);
  Task<LaunchReport> first = cpu.execute(demo::saxpy, 2.0f, x, y);
  gate.wait_for_arrivals(1);
  other.run(demo::saxpy, 3.0f, x, z);
  device.run(demo::saxpy, 3.0f, x, z);
  EXPECT_FALSE(first.ready());
  gate.open();
  first.get();
  EXPECT_EQ(y.span()[0], 2.0f);
  EXPECT_EQ(z.span()[0], 6.0f);
}

TEST_F(OrderTest, a_buffer_that_is_given_twice_is_used_once) {
  gate.open();
  UnifiedBuffer<float> x(std::vector<float>(10, 1.0f));
  runtime.run(demo::saxpy, 2.0f, x, x);
  runtime.execute(demo::saxpy, 2.0f, x, x).get();
  device.run(demo::saxpy, 2.0f, x, x);
  EXPECT_EQ(x.span()[0], 27.0f);
  EXPECT_TRUE(x.storage()->uses().is_free_for(detail::HostUse::write));
}

TEST_F(OrderTest, launches_that_fail_or_are_stopped_give_their_uses_back) {
  UnifiedBuffer<float> out(10);
  EXPECT_NE(message_of([&] { other.run(demo::failing, out); }), "no error");
  out.fill(1.0f);
  EXPECT_NE(message_of([&] { other.execute(demo::failing, out).get(); }), "no error");
  out.fill(1.0f);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(other.stop_with(stop.get_token()).run(demo::scale, 2.0, values).outcome, LaunchOutcome::stopped);
  values.fill(1.0);
  EXPECT_EQ(other.stop_with(stop.get_token()).execute(demo::scale, 2.0, values).get().outcome, LaunchOutcome::stopped);
  values.fill(1.0);
  EXPECT_EQ(device.stop_with(stop.get_token()).execute(demo::scale, 2.0, values).get().outcome, LaunchOutcome::stopped);
  state->rejects_launches = true;
  values.fill(1.0);
  EXPECT_NE(message_of([&] { device.run(demo::scale, 2.0, values); }), "no error");
  EXPECT_NE(message_of([&] { device.execute(demo::scale, 2.0, values).get(); }), "no error");
  EXPECT_TRUE(out.storage()->uses().is_free_for(detail::HostUse::write));
  EXPECT_TRUE(values.storage()->uses().is_free_for(detail::HostUse::write));
}

TEST_F(OrderTest, a_launch_that_cannot_begin_when_its_turn_comes_says_so_in_its_task) {
  UnifiedBuffer<float> out(10);
  Task<LaunchReport> first = cpu.execute(demo::failing, out);
  first.wait();
  Task<LaunchReport> holder = cpu.execute(demo::scale, 2.0, values);
  gate.wait_for_arrivals(1);
  // It waits for `values`, and then for nothing: what it reads was lost before.
  Task<LaunchReport> second = other.execute(demo::scale, 3.0, values);
  state->rejects_launches = true;
  Task<LaunchReport> third = device.execute(demo::scale, 3.0, values);
  gate.open();
  EXPECT_NE(message_of([&] { first.get(); }), "no error");
  EXPECT_THAT(message_of([&] { third.get(); }), testing::HasSubstr("the test device takes no launches"));
  second.get();
  holder.get();
  EXPECT_EQ(values.span()[0], 6.0);
}

TEST_F(OrderTest, a_mapped_buffer_is_refused_with_kernel_argument_and_fix) {
  gate.open();
  detail::HostUses& uses = values.storage()->uses();
  ASSERT_TRUE(uses.try_map(detail::HostUse::read));
  for (const auto& launch : {std::function<void()>([&] { runtime.run(demo::scale, 2.0, values); }),
                             std::function<void()>([&] { runtime.execute(demo::scale, 2.0, values).get(); }),
                             std::function<void()>([&] { device.run(demo::scale, 2.0, values); })}) {
    EXPECT_THAT(message_of(launch),
                testing::AllOf(testing::HasSubstr("kernel demo::scale: argument 'values' is mapped"),
                               testing::HasSubstr("end")));
  }
  uses.unmap(detail::HostUse::read);
  runtime.run(demo::scale, 2.0, values);
  EXPECT_EQ(values.span()[0], 2.0);
}

TEST_F(OrderTest, a_long_line_of_launches_runs_in_the_order_of_the_calls) {
  gate.open();
  constexpr int count = 5'000;
  UnifiedBuffer<std::uint32_t> out(100);
  std::vector<Task<LaunchReport>> tasks;
  for (std::uint32_t i = 0; i < count; ++i) {
    tasks.push_back((i % 3 == 0 ? cpu : i % 3 == 1 ? other : device).execute(demo::count_up, i, out));
  }
  tasks.clear();
  EXPECT_EQ(out.span()[1], static_cast<std::uint32_t>(count));
}

/// A coroutine that nobody waits for.
struct Detached {
  struct promise_type {
    static Detached get_return_object() noexcept { return {}; }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    static void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// Goes on where the first launch ends, and blocks there for others.
Detached launch_and_block(Launcher on, UnifiedBuffer<double>& values, UnifiedBuffer<double>& own,
                          std::atomic<int>& ended) {
  co_await on.execute(demo::scale, 1.0, own);
  on.run(demo::scale, 2.0, values);
  on.execute(demo::scale, 0.5, values).get();
  static_cast<void>(values.span()[0]);
  ++ended;
  ended.notify_all();
}

TEST_F(OrderTest, coroutines_that_block_where_launches_end_do_not_wait_for_each_other) {
  gate.open();
  constexpr int count = 60;
  std::atomic<int> ended{0};
  std::vector<UnifiedBuffer<double>> own;
  for (int i = 0; i < count; ++i) own.emplace_back(std::uint64_t{10});
  const std::array<Launcher, 3> launchers{cpu, other, device};
  for (int i = 0; i < count; ++i) {
    launch_and_block(launchers[static_cast<std::size_t>(i) % 3], values, own[static_cast<std::size_t>(i)], ended);
  }
  for (int now = ended; now != count; now = ended) ended.wait(now);
  EXPECT_EQ(values.span()[0], 1.0);
}

TEST_F(OrderTest, sixteen_threads_that_share_buffers_lose_no_write) {
  gate.open();
  state->delays = true;
  constexpr int threads = 16;
  constexpr int rounds = 60;
  std::array<UnifiedBuffer<float>, 4> sums;
  for (auto& sum : sums) sum = UnifiedBuffer<float>(std::uint64_t{64});
  const UnifiedBuffer<float> one(std::vector<float>(64, 1.0f));
  std::array<std::atomic<int>, 4> added{};
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  const std::array<Launcher, 3> launchers{cpu, other, device};
  std::vector<std::thread> team;
  for (int t = 0; t < threads; ++t) {
    team.emplace_back([&, t] {
      std::minstd_rand random(seed + static_cast<unsigned>(t));
      std::vector<Task<LaunchReport>> tasks;
      for (int round = 0; round < rounds; ++round) {
        const std::size_t which = random() % sums.size();
        const Launcher& on = launchers[random() % 3];
        ++added[which];
        if (random() % 2 == 0) {
          on.run(demo::saxpy, 1.0f, one, sums[which]);
        } else {
          tasks.push_back(on.execute(demo::saxpy, 1.0f, one, sums[which]));
        }
      }
    });
  }
  for (std::thread& thread : team) thread.join();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    for (const float sum : sums[i].span()) ASSERT_EQ(sum, static_cast<float>(added[i])) << "of buffer " << i;
  }
}

}  // namespace
