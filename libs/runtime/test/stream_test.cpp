// Streams: those that the runtime chooses, and those that a program creates.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include <dotcompute/runtime/launch_stream.hpp>

#include "device_fixture.hpp"

namespace {

using namespace dotcompute;
using dotcompute::test::message_of;
using dotcompute::test::TestOperation;
using testing::HasSubstr;

std::vector<TestOperation> launches_of(const std::vector<TestOperation>& log) {
  std::vector<TestOperation> launches;
  std::ranges::copy_if(log, std::back_inserter(launches),
                       [](const TestOperation& each) { return each.kind == TestOperation::Kind::launch; });
  return launches;
}

/// Launches on "test:0" meet in the middle: each waits until so many have begun, or for a second.
class Streams : public test::DeviceTest {
 protected:
  void let_launches_meet(int count) {
    state->keeps_log = true;
    state->at_begin = [this, count](const TestOperation& operation) {
      if (operation.kind != TestOperation::Kind::launch) return;
      ++begun;
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
      while (begun < count && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    };
  }

  std::atomic<int> begun{0};
};

TEST_F(Streams, independent_launches_of_one_thread_run_at_once) {
  let_launches_meet(3);
  std::vector<UnifiedBuffer<double>> buffers;
  for (int i = 0; i < 3; ++i) buffers.emplace_back(std::vector<double>(10, 1.0));
  std::vector<Task<LaunchReport>> tasks;
  for (auto& buffer : buffers) tasks.push_back(device.execute(demo::scale, 2.0, buffer));
  tasks.clear();
  const auto launches = launches_of(state->log());
  ASSERT_EQ(launches.size(), 3u);
  EXPECT_TRUE(launches[0].overlaps(launches[1]));
  EXPECT_TRUE(launches[1].overlaps(launches[2]));
  EXPECT_TRUE(launches[0].overlaps(launches[2]));
}

TEST_F(Streams, a_launch_follows_the_one_that_it_depends_on) {
  state->keeps_log = true;
  UnifiedBuffer<double> a(std::vector<double>(10, 1.0)), b(std::vector<double>(10, 1.0));
  device.run(demo::scale, 1.0, a);
  device.run(demo::scale, 1.0, b);
  state->is_paused = true;
  std::vector<Task<LaunchReport>> tasks;
  tasks.push_back(device.execute(demo::scale, 2.0, a));
  tasks.push_back(device.execute(demo::scale, 2.0, b));
  tasks.push_back(device.execute(demo::scale, 3.0, b));
  tasks.push_back(device.execute(demo::scale, 3.0, a));
  state->is_paused = false;
  tasks.clear();
  const auto launches = launches_of(state->log());
  ASSERT_EQ(launches.size(), 6u);
  EXPECT_NE(launches[2].stream, launches[3].stream);
  EXPECT_EQ(launches[3].stream, launches[4].stream);
  EXPECT_EQ(launches[2].stream, launches[5].stream);
  // Nothing had to wait for another stream.
  EXPECT_TRUE(std::ranges::none_of(state->log(),
                                   [](const TestOperation& each) { return each.kind == TestOperation::Kind::wait; }));
  EXPECT_EQ(a.span()[0], 6.0);
  EXPECT_EQ(b.span()[0], 6.0);
}

TEST_F(Streams, launches_of_a_stream_run_in_its_order_and_those_of_two_at_once) {
  let_launches_meet(2);
  const LaunchStream one = runtime.create_stream("test:0");
  const LaunchStream two = runtime.create_stream("test:0");
  EXPECT_EQ(one.accelerator(), "test:0");
  std::vector<double> a(10, 1.0), b(10, 1.0);
  auto first = runtime.on(one).execute(demo::scale, 2.0, a);
  auto second = runtime.on(two).execute(demo::scale, 2.0, b);
  first.get();
  second.get();
  auto launches = launches_of(state->log());
  ASSERT_EQ(launches.size(), 2u);
  EXPECT_TRUE(launches[0].overlaps(launches[1]));

  std::vector<double> c(10, 1.0);
  auto third = runtime.on(one).execute(demo::scale, 2.0, c);
  runtime.on(one).run(demo::scale, 2.0, a);
  EXPECT_TRUE(one.record().is_reached());
  third.get();
  launches = launches_of(state->log());
  ASSERT_EQ(launches.size(), 4u);
  EXPECT_LT(launches[2].end, launches[3].begin);
  EXPECT_EQ(launches[2].stream, launches[0].stream);
}

TEST_F(Streams, a_stream_waits_for_an_event_of_another) {
  state->keeps_log = true;
  const LaunchStream one = runtime.create_stream("test:0");
  const LaunchStream two = runtime.create_stream("test:0");
  // There before the device is paused: memory that is new is checked, which would wait.
  UnifiedBuffer<double> a(std::vector<double>(10, 1.0)), b(std::vector<double>(10, 1.0));
  device.run(demo::scale, 1.0, a);
  device.run(demo::scale, 1.0, b);
  state->is_paused = true;
  auto first = runtime.on(one).execute(demo::scale, 2.0, a);
  const Event event = one.record();
  EXPECT_FALSE(event.is_reached());
  two.wait_for(event);
  auto second = runtime.on(two).execute(demo::scale, 2.0, b);
  state->is_paused = false;
  event.wait();
  EXPECT_TRUE(event.is_reached());
  two.wait();
  first.get();
  second.get();
  const auto launches = launches_of(state->log());
  ASSERT_EQ(launches.size(), 4u);
  EXPECT_LT(launches[2].end, launches[3].begin);
}

TEST_F(Streams, events_order_streams_of_the_host_and_of_devices_in_both_directions) {
  for (const bool device_first : {false, true}) {
    const LaunchStream one = runtime.create_stream(device_first ? "test:0" : "cpu");
    const LaunchStream two = runtime.create_stream(device_first ? "cpu" : "test:1");
    // On a host the first launch waits for a use that this thread holds.
    UnifiedBuffer<double> held(std::vector<double>(10, 1.0));
    std::vector<double> b(10, 1.0);
    ASSERT_TRUE(held.storage()->uses().try_take(detail::HostUse::write));
    auto first = runtime.on(one).execute(demo::scale, 2.0, held);
    const Event event = one.record();
    two.wait_for(event);
    auto second = runtime.on(two).execute(demo::scale, 2.0, b);
    EXPECT_FALSE(event.is_reached());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_FALSE(first.ready() || second.ready());
    held.storage()->uses().give_back(detail::HostUse::write);
    second.get();
    EXPECT_TRUE(event.is_reached());
    first.get();
    EXPECT_EQ(b[0], 2.0);
  }
}

TEST_F(Streams, launches_of_a_stream_of_the_host_run_in_its_order) {
  const LaunchStream stream = runtime.create_stream("cpu");
  constexpr std::uint32_t count = 200;
  // Plain memory, so that nothing but the stream orders them.
  std::vector<std::uint32_t> out(10);
  std::vector<Task<LaunchReport>> tasks;
  for (std::uint32_t i = 0; i < count; ++i) tasks.push_back(runtime.on(stream).execute(demo::count_up, i, out));
  const Event event = stream.record();
  event.wait();
  EXPECT_EQ(out[0], count - 1);
  runtime.on(stream).run(demo::count_up, 7u, out);
  EXPECT_EQ(out[1], 8u);
  stream.wait();
}

TEST_F(Streams, a_stream_that_is_destroyed_is_used_again) {
  {
    const LaunchStream stream = runtime.create_stream("test:0");
  }
  const std::uint64_t streams = state->streams;
  for (int i = 0; i < 5; ++i) {
    const LaunchStream stream = runtime.create_stream("test:0");
    std::vector<double> a(10, 1.0);
    runtime.on(stream).run(demo::scale, 2.0, a);
    EXPECT_EQ(a[0], 2.0);
  }
  EXPECT_EQ(state->streams, streams);
}

TEST_F(Streams, wrong_uses_of_streams_are_refused) {
  LaunchStream stream = runtime.create_stream("test:0");
  EXPECT_THAT(message_of([&] { static_cast<void>(runtime.on("cpu").on(stream)); }),
              HasSubstr("a stream of test:0 cannot carry launches on cpu; leave out one of the two, or create a stream "
                        "of cpu"));
  EXPECT_THAT(message_of([&] { static_cast<void>(runtime.on(stream).on("cpu")); }), HasSubstr("a stream of test:0"));
  EXPECT_NO_THROW(static_cast<void>(runtime.on(stream).on("test:0")));
  detail::RuntimeCore other_core(test::test_parts());
  EXPECT_THAT(message_of([&] { static_cast<void>(Launcher(other_core).on(stream)); }),
              HasSubstr("the stream of test:0 belongs to another runtime; create one with this runtime"));
  const LaunchStream moved = std::move(stream);
  for (const auto& use : {std::function<void()>([&] { static_cast<void>(runtime.on(stream)); }),
                          std::function<void()>([&] { static_cast<void>(stream.record()); }),
                          std::function<void()>([&] { stream.wait(); }),
                          std::function<void()>([&] { stream.wait_for(moved.record()); })}) {
    EXPECT_THAT(message_of(use), HasSubstr("a stream was used after it was moved from; use the stream that it was "
                                           "moved to, or create another one"));
  }
  EXPECT_THAT(message_of<DeviceNotAvailableError>([&] { static_cast<void>(runtime.create_stream("nowhere")); }),
              HasSubstr("there is no accelerator 'nowhere'"));
}

TEST_F(Streams, a_stream_whose_device_failed_says_so) {
  const LaunchStream stream = runtime.create_stream("test:0");
  std::vector<double> a(10, 1.0);
  runtime.on(stream).run(demo::scale, 2.0, a);
  state->operations_until_failure = 1;
  auto task = runtime.on(stream).execute(demo::scale, 2.0, a);
  EXPECT_THROW(stream.wait(), DeviceError);
  EXPECT_THROW(task.get(), DeviceError);
}

}  // namespace
