// Sequences with launches on devices that have memory of their own.

#include <array>
#include <chrono>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <dotcompute/runtime/launch_sequence.hpp>

#include "device_fixture.hpp"

namespace {

using namespace dotcompute;
using dotcompute::test::message_of;
using dotcompute::test::TestOperation;
using testing::Each;
using testing::HasSubstr;
using testing::StartsWith;
using SequenceOnDevice = dotcompute::test::DeviceTest;

UnifiedBuffer<double> ones() { return UnifiedBuffer<double>(std::vector<double>(10, 1.0)); }

std::vector<TestOperation> launches_of(const std::vector<TestOperation>& log) {
  std::vector<TestOperation> launches;
  for (const TestOperation& each : log) {
    if (each.kind == TestOperation::Kind::launch) launches.push_back(each);
  }
  return launches;
}

TEST_F(SequenceOnDevice, launches_of_several_devices_are_in_order) {
  state->delays = true;
  UnifiedBuffer<float> x(std::vector<float>(10, 1.0f)), y(10), sum(10);
  std::vector<float> a(10, 1.0f), b(10);
  LaunchSequence sequence;
  sequence.record(device.prepare(demo::saxpy, 2.0f, x, y));
  sequence.record(runtime.on("test:1").prepare(demo::vector_add, x, y, sum));
  sequence.record(runtime.on("cpu").prepare(demo::saxpy, 1.0f, sum, x));
  sequence.record(device.prepare(demo::saxpy, 1.0f, sum, x));
  sequence.record(device.prepare(demo::vector_add, x, y, y));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(sequence.replay().completed, 5u);
    for (std::size_t at = 0; at < a.size(); ++at) {
      b[at] += 2 * a[at];
      a[at] += 2 * (a[at] + b[at]);
      b[at] += a[at];
    }
  }
  EXPECT_THAT(x.span(), testing::ElementsAreArray(a));
  EXPECT_THAT(y.span(), testing::ElementsAreArray(b));
}

TEST_F(SequenceOnDevice, plain_memory_is_in_order) {
  state->delays = true;
  std::vector<float> x(10, 1.0f), y(10);
  UnifiedBuffer<float> z(10);
  LaunchSequence sequence;
  sequence.record(device.prepare(demo::saxpy, 1.0f, x, y));
  sequence.record(runtime.on("test:1").prepare(demo::saxpy, 1.0f, y, x));
  sequence.record(device.prepare(demo::saxpy, 1.0f, z, z));
  sequence.record(device.prepare(demo::saxpy, 1.0f, x, z));
  sequence.record(runtime.on("cpu").prepare(demo::vector_add, x, y, y));
  std::array<LaunchReport, 5> reports;
  const SequenceReport report = sequence.replay(reports);
  EXPECT_EQ(report.launches, 5u);
  EXPECT_EQ(reports[0].bytes_to_device, 80u);
  EXPECT_EQ(reports[0].bytes_to_host, 40u);
  EXPECT_EQ(reports[2].bytes_to_device, 40u);
  EXPECT_EQ(report.bytes_to_device, 240u);
  EXPECT_EQ(report.bytes_to_host, 80u);
  EXPECT_EQ(reports[1].accelerator, "test:1");
  EXPECT_THAT(x, Each(2.0f));
  EXPECT_THAT(y, Each(3.0f));
  EXPECT_THAT(z.span(), Each(2.0f));
}

TEST_F(SequenceOnDevice, a_device_is_given_launches_of_buffers_before_those_ahead_are_complete) {
  UnifiedBuffer<double> x = ones();
  LaunchSequence sequence;
  for (int i = 0; i < 3; ++i) sequence.record(device.prepare(demo::scale, 2.0, x));
  state->keeps_log = true;
  // The first launch goes on once the device has the others, or after a second.
  state->at_begin = [this](const TestOperation& operation) {
    if (operation.kind != TestOperation::Kind::launch) return;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (launches_of(state->log()).size() < 3 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  };
  sequence.replay();
  const std::vector<TestOperation> launches = launches_of(state->log());
  ASSERT_EQ(launches.size(), 3u);
  EXPECT_LT(launches[2].enqueued, launches[0].end);
  EXPECT_THAT(x.span(), Each(8.0));
}

TEST_F(SequenceOnDevice, long_sequences_are_replayed) {
  state->delays = true;
  UnifiedBuffer<double> x = ones(), y = ones();
  LaunchSequence sequence;
  for (int i = 0; i < 20; ++i) {
    sequence.record(device.prepare(demo::scale, 2.0, x));
    sequence.record(runtime.on("test:1").prepare(demo::scale, 0.5, i % 2 == 0 ? x : y));
  }
  EXPECT_EQ(sequence.replay().launches, 40u);
  EXPECT_THAT(x.span(), Each(1024.0));
  EXPECT_THAT(y.span(), Each(1.0 / 1024));
}

TEST_F(SequenceOnDevice, launches_on_the_host_have_what_devices_wrote_and_devices_have_what_these_write) {
  UnifiedBuffer<float> x(std::vector<float>(10, 1.0f)), y(10), z(10), seen(10);
  LaunchSequence sequence;
  sequence.record(runtime.on("cpu").prepare(demo::saxpy, 1.0f, x, y));
  sequence.record(runtime.on("cpu").prepare(demo::saxpy, 1.0f, y, z));
  std::array<LaunchReport, 2> reports;
  for (int i = 0; i < 3; ++i) {
    device.run(demo::vector_add, x, x, y);
    EXPECT_EQ(sequence.replay(reports).bytes_to_host, 40u);
    EXPECT_EQ(reports[0].bytes_to_host, 40u);
    EXPECT_EQ(reports[1].bytes_to_host, 0u);
    device.run(demo::saxpy, 1.0f, y, seen);
  }
  EXPECT_EQ(sequence.replay().bytes_to_host, 0u);
  EXPECT_THAT(seen.span(), Each(9.0f));
  EXPECT_THAT(y.span(), Each(4.0f));
  EXPECT_THAT(z.span(), Each(13.0f));
}

TEST_F(SequenceOnDevice, what_is_read_first_and_written_later_on_the_host_is_stale_on_devices) {
  UnifiedBuffer<float> x(std::vector<float>(10, 1.0f)), y(std::vector<float>(10, 1.0f)), z(10), seen(10);
  device.run(demo::saxpy, 1.0f, y, seen);  // Host and device have y now.
  LaunchSequence sequence;
  sequence.record(runtime.on("cpu").prepare(demo::saxpy, 1.0f, y, z));
  sequence.record(runtime.on("cpu").prepare(demo::saxpy, 1.0f, x, y));
  sequence.replay();
  device.run(demo::saxpy, 1.0f, y, seen);
  EXPECT_THAT(seen.span(), Each(3.0f));
}

TEST_F(SequenceOnDevice, a_launch_on_the_host_says_that_its_buffer_was_lost) {
  UnifiedBuffer<float> x(std::vector<float>(10, 1.0f)), y(10), z(10);
  LaunchSequence sequence;
  sequence.record(runtime.on("cpu").prepare(demo::saxpy, 1.0f, x, z));
  sequence.record(runtime.on("cpu").prepare(demo::saxpy, 1.0f, x, y));
  state->operations_until_failure = 1;
  EXPECT_THROW(device.run(demo::saxpy, 1.0f, x, y), DeviceError);
  EXPECT_THAT(
      message_of<ExecutionError>([&] { sequence.replay(); }),
      StartsWith("sequence: launch 2 of 2 (demo::saxpy) failed: kernel demo::saxpy: argument 'y' has no content"));
  EXPECT_THAT(z.span(), Each(1.0f));
  y.fill(0.0f);
  sequence.replay();
  EXPECT_THAT(y.span(), Each(1.0f));
}

TEST_F(SequenceOnDevice, launches_on_streams_keep_their_streams) {
  UnifiedBuffer<double> x = ones(), y = ones();
  const LaunchStream stream = runtime.create_stream("test:0");
  LaunchSequence sequence;
  sequence.record(runtime.on(stream).prepare(demo::scale, 2.0, x));
  sequence.record(runtime.on(stream).prepare(demo::scale, 3.0, y));
  state->keeps_log = true;
  sequence.replay();
  const std::vector<TestOperation> launches = launches_of(state->log());
  ASSERT_EQ(launches.size(), 2u);
  EXPECT_EQ(launches[0].stream, launches[1].stream);
  EXPECT_THAT(y.span(), Each(3.0));
}

TEST_F(SequenceOnDevice, a_launch_that_fails_takes_the_content_of_what_those_behind_it_wrote) {
  UnifiedBuffer<double> x = ones(), y = ones(), z = ones();
  std::vector<double> plain(10, 1.0);
  const LaunchStream own = runtime.create_stream("test:0");
  const Launcher stream = runtime.on(own);
  LaunchSequence sequence;
  sequence.record(stream.prepare(demo::scale, 2.0, x));
  sequence.record(stream.prepare(demo::scale, 2.0, y));
  sequence.record(runtime.on("test:1").prepare(demo::scale, 2.0, z));
  sequence.record(stream.prepare(demo::scale, 2.0, y));
  sequence.replay();  // The buffers are on their devices now.
  sequence.record(device.prepare(demo::scale, 2.0, plain));
  state->keeps_log = true;
  state->at_begin = [this](const TestOperation& operation) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    const auto may_go_on = [&] {
      return operation.device == "test:1" ? state->operations_until_failure == 0
                                          : launches_of(state->log()).size() >= 4;
    };
    while (!may_go_on() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  };
  state->operations_until_failure = 2;
  EXPECT_THAT(message_of<DeviceError>([&] { sequence.replay(); }),
              StartsWith("sequence: launch 2 of 5 (demo::scale) failed; devices had been given those up to launch 4, "
                         "and what they wrote has no content; later ones were not begun: kernel demo::scale failed on "
                         "test:0: operation"));
  state->at_begin = nullptr;
  EXPECT_THAT(x.span(), Each(4.0));
  EXPECT_THAT(plain, Each(1.0));
  EXPECT_EQ(y.state(), BufferState::uninitialized);
  EXPECT_THAT(message_of<MemoryError>([&] { static_cast<void>(z.span()); }),
              HasSubstr("the launch of demo::scale on test:1 that wrote it came behind one that failed"));
}

TEST_F(SequenceOnDevice, a_launch_that_fails_in_a_long_sequence_is_waited_for) {
  constexpr std::size_t most_enqueued = 16;
  UnifiedBuffer<double> x = ones();
  LaunchSequence sequence;
  for (int i = 0; i < 20; ++i) sequence.record(device.prepare(demo::scale, 1.0, x));
  sequence.replay();
  state->keeps_log = true;
  state->at_begin = [this](const TestOperation&) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    const auto may_go_on = [this] { return launches_of(state->log()).size() >= most_enqueued; };
    while (!may_go_on() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  };
  state->operations_until_failure = 1;
  EXPECT_THAT(message_of<DeviceError>([&] { sequence.replay(); }),
              StartsWith("sequence: launch 1 of 20 (demo::scale) failed; devices had been given those up to launch 16, "
                         "and what they wrote has no content; later ones were not begun: "));
  EXPECT_EQ(x.state(), BufferState::uninitialized);
}

TEST_F(SequenceOnDevice, after_a_failure_it_is_replayed_again) {
  UnifiedBuffer<double> x = ones(), y = ones();
  LaunchSequence sequence;
  sequence.record(device.prepare(demo::scale, 2.0, x));
  sequence.record(device.prepare(demo::scale, 2.0, y));
  sequence.replay();
  state->operations_until_failure = 1;
  EXPECT_THAT(message_of<DeviceError>([&] { sequence.replay(); }), HasSubstr("of 2 (demo::scale) failed"));
  x.fill(1.0);
  y.fill(1.0);
  EXPECT_EQ(sequence.replay().completed, 2u);
  EXPECT_THAT(x.span(), Each(2.0));
  EXPECT_THAT(y.span(), Each(2.0));
}

TEST_F(SequenceOnDevice, a_launch_that_the_device_cannot_be_given_ends_the_replay_and_those_before_are_complete) {
  state->memory_bytes = 100'000;
  UnifiedBuffer<double> x = ones(), large(30'000);
  std::vector<double> plain(10, 1.0);
  LaunchSequence sequence;
  sequence.record(device.prepare(demo::scale, 2.0, x));
  sequence.record(device.prepare(demo::scale, 2.0, large));
  sequence.record(device.prepare(demo::scale, 2.0, plain));
  EXPECT_THAT(
      message_of<OutOfMemoryError>([&] { sequence.replay(); }),
      StartsWith("sequence: launch 2 of 3 (demo::scale) failed; later ones were not begun: kernel demo::scale on "
                 "test:0: argument 'values' of 240000 bytes does not fit"));
  EXPECT_THAT(x.span(), Each(2.0));
  EXPECT_THAT(plain, Each(1.0));
}

TEST_F(SequenceOnDevice, ends_at_a_launch_that_is_stopped) {
  UnifiedBuffer<double> x = ones(), y = ones();
  std::stop_source stop;
  LaunchSequence sequence;
  sequence.record(device.prepare(demo::scale, 2.0, x));
  sequence.record(device.stop_with(stop.get_token()).prepare(demo::scale, 2.0, y));
  sequence.record(device.prepare(demo::scale, 2.0, x));
  EXPECT_EQ(sequence.replay().completed, 3u);
  stop.request_stop();
  const SequenceReport report = sequence.replay();
  EXPECT_EQ(report.outcome, LaunchOutcome::stopped);
  EXPECT_EQ(report.completed, 1u);
  EXPECT_EQ(report.launches, 1u);
  EXPECT_THAT(x.span(), Each(8.0));
  EXPECT_THAT(y.span(), Each(2.0));
}

TEST_F(SequenceOnDevice, launches_that_name_no_device_are_placed_in_each_replay) {
  constexpr DeviceSpeed fast{
      .operations_per_ns = 10'000, .memory_bytes_per_ns = 1000, .transfer_bytes_per_ns = 10, .launch_ns = 10'000};
  RuntimeParts parts = test::parts_with_devices(state, {{.speed = fast}});
  parts.discovery = Discovery::eager;
  detail::RuntimeCore own(std::move(parts));
  const Launcher open(own);
  UnifiedBuffer<float> x(std::vector<float>(2'200, 1.0f)), y(2'200);
  LaunchSequence sequence;
  for (int i = 0; i < 2; ++i) sequence.record(open.prepare(demo::saxpy, 1.0f, x, y));
  std::array<LaunchReport, 2> reports;
  sequence.replay(reports);
  for (const LaunchReport& report : reports) EXPECT_EQ(report.accelerator, "cpu");
  open.on("test:0").run(demo::saxpy, 1.0f, x, y);
  sequence.replay(reports);
  for (const LaunchReport& report : reports) EXPECT_EQ(report.accelerator, "test:0");
  EXPECT_THAT(y.span(), Each(5.0f));
}

TEST_F(SequenceOnDevice, several_threads_replay_at_once) {
  state->delays = true;
  const UnifiedBuffer<float> one(std::vector<float>(10, 1.0f));
  UnifiedBuffer<float> sum(10);
  LaunchSequence sequence;
  for (const char* const id : {"test:0", "cpu", "test:1", "test:0"}) {
    sequence.record(runtime.on(id).prepare(demo::saxpy, 1.0f, one, sum));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) EXPECT_EQ(sequence.replay().completed, 4u);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(sum.span(), Each(800.0f));
}

}  // namespace
