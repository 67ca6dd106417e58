// Sequences of launches on the host: what a replay runs, in which order, and what ends it.

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <dotcompute/memory/unified_buffer.hpp>
#include <dotcompute/runtime/launch_sequence.hpp>

#include "runtime_fixture.hpp"

namespace {

using dotcompute::arg;
using dotcompute::ExecutionError;
using dotcompute::LaunchOutcome;
using dotcompute::LaunchReport;
using dotcompute::LaunchSequence;
using dotcompute::PreparedLaunch;
using dotcompute::SequenceReport;
using dotcompute::UnifiedBuffer;
using dotcompute::test::late_unit;
using dotcompute::test::message_of;
using dotcompute::test::Registration;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Eq;
using testing::HasSubstr;
using testing::StartsWith;
using Sequence = dotcompute::test::RuntimeTest;

TEST_F(Sequence, runs_its_launches_in_their_order_as_separate_calls_would) {
  std::vector<float> x{1, 2}, y{0, 5};
  std::vector<float> a = x, b = y;
  LaunchSequence sequence;
  sequence.record(runtime.prepare(demo::saxpy, 2.0f, x, y));
  sequence.record(runtime.on("picky").prepare(demo::vector_add, y, y, x));
  sequence.record(runtime.prepare("demo::saxpy", arg("a", 1), arg("x", x), arg("y", y)));
  EXPECT_EQ(sequence.size(), 3u);
  EXPECT_THAT(y, ElementsAre(0, 5));
  for (int i = 0; i < 3; ++i) {
    sequence.replay();
    runtime.run(demo::saxpy, 2.0f, a, b);
    runtime.run(demo::vector_add, b, b, a);
    runtime.run(demo::saxpy, 1.0f, a, b);
    EXPECT_EQ(x, a);
    EXPECT_EQ(y, b);
  }
}

TEST_F(Sequence, launches_with_buffers_and_with_plain_memory_are_in_order_too) {
  std::vector<float> x{1, 2};
  UnifiedBuffer<float> y(2);
  std::vector<float> sum(2);
  LaunchSequence sequence;
  sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, y));
  sequence.record(runtime.on("picky").prepare(demo::saxpy, 1.0f, y, y));
  sequence.record(runtime.prepare(demo::saxpy, 1.0f, y, sum));
  sequence.record(runtime.prepare(demo::vector_add, sum, sum, x));
  sequence.replay();
  EXPECT_THAT(y.span(), ElementsAre(2, 4));
  EXPECT_THAT(sum, ElementsAre(2, 4));
  EXPECT_THAT(x, ElementsAre(4, 8));
  sequence.replay();
  EXPECT_THAT(y.span(), ElementsAre(12, 24));
  EXPECT_THAT(sum, ElementsAre(14, 28));
}

TEST_F(Sequence, holds_what_its_launches_hold_and_sees_new_contents_of_what_they_borrow) {
  std::vector<float> x{1, 1};
  UnifiedBuffer<float> kept;
  const LaunchSequence sequence = [&] {
    UnifiedBuffer<float> y(2);
    LaunchSequence made;
    made.record(runtime.prepare(demo::saxpy, 1.0f, x, y));
    made.record(runtime.prepare(demo::saxpy, 1.0f, std::vector<float>(2, 10.0f), y));
    kept = std::move(y);
    return made;
  }();
  sequence.replay();
  x[1] = 5;
  sequence.replay();
  EXPECT_THAT(kept.span(), ElementsAre(22, 26));
}

TEST_F(Sequence, a_launch_is_recorded_several_times_and_run_by_itself) {
  std::vector<float> x{1}, y{1};
  const PreparedLaunch grow = runtime.prepare(demo::vector_add, x, y, y);
  LaunchSequence sequence;
  for (int i = 0; i < 3; ++i) sequence.record(grow);
  sequence.replay();
  EXPECT_EQ(y[0], 4);
  grow.run();
  EXPECT_EQ(y[0], 5);
  sequence.record(runtime.prepare(demo::vector_add, y, y, y));
  sequence.replay();
  EXPECT_EQ(y[0], 16);
}

TEST_F(Sequence, without_launches_it_does_nothing) {
  const LaunchSequence sequence;
  const SequenceReport report = sequence.replay();
  EXPECT_EQ(sequence.size(), 0u);
  EXPECT_EQ(report.outcome, LaunchOutcome::completed);
  EXPECT_EQ(report.completed, 0u);
  EXPECT_EQ(report.launches, 0u);
  sequence.replay({});
}

TEST_F(Sequence, reports_the_replay_and_each_launch) {
  std::vector<float> x(5, 1.0f), y(5);
  UnifiedBuffer<float> z(5);
  LaunchSequence sequence;
  sequence.record(runtime.on("picky").in_groups_of(4).prepare(demo::saxpy, 1.0f, x, y));
  sequence.record(runtime.over(0).prepare(demo::saxpy, 1.0f, x, y));
  sequence.record(runtime.prepare(demo::vector_add, x, x, z));
  sequence.record(runtime.timed().prepare(demo::saxpy, 1.0f, x, y));
  std::array<LaunchReport, 4> reports;
  for (const SequenceReport& report : {sequence.replay(), sequence.replay(reports)}) {
    EXPECT_EQ(report.outcome, LaunchOutcome::completed);
    EXPECT_EQ(report.completed, 4u);
    EXPECT_EQ(report.launches, 3u);
    EXPECT_EQ(report.bytes_to_device + report.bytes_to_host, 0u);
  }
  EXPECT_EQ(reports[0].kernel, "demo::saxpy");
  EXPECT_EQ(reports[0].accelerator, "picky");
  EXPECT_EQ(reports[0].reason, dotcompute::SelectionReason::asked_for);
  EXPECT_EQ(reports[0].grid, dotcompute::Extent(5));
  EXPECT_EQ(reports[0].group, dotcompute::Extent(4));
  EXPECT_EQ(reports[0].launches, 1u);
  EXPECT_EQ(reports[1].launches, 0u);
  EXPECT_EQ(reports[2].kernel, "demo::vector_add");
  EXPECT_EQ(reports[2].accelerator, "cpu");
  EXPECT_TRUE(reports[3].timed);
  EXPECT_GT(reports[3].times.total_ns, 0u);
  for (const LaunchReport& report : reports) EXPECT_EQ(report.outcome, LaunchOutcome::completed);
}

TEST_F(Sequence, refuses_room_for_fewer_reports) {
  std::vector<float> x{1}, y{1};
  LaunchSequence sequence;
  for (int i = 0; i < 3; ++i) sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, y));
  std::array<LaunchReport, 2> reports;
  EXPECT_EQ(message_of([&] { sequence.replay(reports); }),
            "sequence: 3 launches are recorded, and there is room for 2 reports; give room for as many");
  EXPECT_EQ(y[0], 1);
}

TEST_F(Sequence, says_that_it_was_moved_from) {
  std::vector<float> x{1}, y{0};
  LaunchSequence sequence;
  sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, y));
  LaunchSequence other = std::move(sequence);
  other.replay();
  EXPECT_EQ(y[0], 1);
  const char* const message = "sequence: it was moved from; use the one it went to";
  EXPECT_EQ(message_of([&] { sequence.replay(); }), message);
  EXPECT_EQ(message_of([&] { static_cast<void>(sequence.size()); }), message);
  EXPECT_EQ(message_of([&] { sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, y)); }), message);
  sequence = std::move(other);
  sequence.replay();
  EXPECT_EQ(y[0], 2);
}

TEST_F(Sequence, refuses_a_prepared_launch_that_was_moved_from) {
  std::vector<float> x{1}, y{0};
  PreparedLaunch launch = runtime.prepare(demo::saxpy, 1.0f, x, y);
  const PreparedLaunch other = std::move(launch);
  LaunchSequence sequence;
  EXPECT_EQ(message_of([&] { sequence.record(launch); }),
            "sequence: the prepared launch was moved from; record what it went to");
  EXPECT_EQ(sequence.size(), 0u);
}

TEST_F(Sequence, ends_at_a_launch_that_is_stopped) {
  const std::vector<float> x{1};
  std::vector<float> y{0};
  UnifiedBuffer<float> z(1);
  std::stop_source stop;
  const dotcompute::Launcher stoppable = runtime.stop_with(stop.get_token());
  const PreparedLaunch grow = runtime.prepare(demo::saxpy, 1.0f, x, y);
  LaunchSequence direct, other;
  for (LaunchSequence* const sequence : {&direct, &other}) sequence->record(grow);
  direct.record(stoppable.prepare(demo::saxpy, 1.0f, x, y));
  other.record(stoppable.prepare(demo::saxpy, 1.0f, x, z));
  for (LaunchSequence* const sequence : {&direct, &other}) {
    sequence->record(grow);
    EXPECT_EQ(sequence->replay().completed, 3u);
  }
  EXPECT_EQ(y[0], 5);
  stop.request_stop();
  for (LaunchSequence* const sequence : {&direct, &other}) {
    std::array<LaunchReport, 3> reports;
    const SequenceReport report = sequence->replay(reports);
    EXPECT_EQ(report.outcome, LaunchOutcome::stopped);
    EXPECT_EQ(report.completed, 1u);
    EXPECT_EQ(report.launches, 2u);
    EXPECT_EQ(reports[0].outcome, LaunchOutcome::completed);
    EXPECT_EQ(reports[1].outcome, LaunchOutcome::stopped);
    EXPECT_EQ(reports[2].kernel, "");
  }
  EXPECT_EQ(y[0], 7);
}

TEST_F(Sequence, ends_at_a_launch_that_fails_and_names_it) {
  const std::vector<float> x{1};
  std::vector<float> y{0}, z{0};
  UnifiedBuffer<float> w(1);
  const PreparedLaunch grow = runtime.prepare(demo::saxpy, 1.0f, x, y);
  const char* const what = "the test device failed while it ran demo::failing; try again";
  LaunchSequence direct, other;
  for (LaunchSequence* const sequence : {&direct, &other}) sequence->record(grow);
  direct.record(runtime.prepare(demo::failing, z));
  other.record(runtime.prepare(demo::failing, w));
  for (LaunchSequence* const sequence : {&direct, &other}) {
    EXPECT_EQ(message_of([&] { sequence->replay(); }),
              std::string("sequence: launch 2 of 2 (demo::failing) failed: ") + what);
    sequence->record(grow);
    w.fill(0.0f);
    EXPECT_EQ(message_of([&] { sequence->replay(); }),
              std::string("sequence: launch 2 of 3 (demo::failing) failed; later ones were not begun: ") + what);
    w.fill(0.0f);
  }
  EXPECT_EQ(y[0], 4);
}

TEST_F(Sequence, its_error_says_what_the_launchs_own_says) {
  std::vector<float> z{0};
  LaunchSequence sequence;
  sequence.record(runtime.prepare(demo::failing, z));
  try {
    sequence.replay();
    FAIL() << "nothing was thrown";
  } catch (const ExecutionError& error) {
    EXPECT_EQ(error.remedy(), dotcompute::Remedy::retry);
    EXPECT_EQ(error.context().kernel, "demo::failing");
    EXPECT_EQ(error.context().cause, "the test device failed while it ran demo::failing; try again");
  }
}

TEST_F(Sequence, a_mapping_in_the_way_of_a_launch_is_named_with_it) {
  const std::vector<float> x{1};
  std::vector<float> y{0};
  UnifiedBuffer<float> z(1);
  LaunchSequence sequence;
  sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, y));
  sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, z));
  {
    const auto mapping = z.map();
    EXPECT_THAT(message_of([&] { sequence.replay(); }),
                AllOf(StartsWith("sequence: launch 2 of 2 (demo::saxpy) failed: "), HasSubstr("mapped")));
  }
  sequence.replay();
  EXPECT_EQ(y[0], 2);
  EXPECT_EQ(z.span()[0], 1);
}

/// Launches on "cpu" wait until the test lets them go on.
class SequenceInTheWay : public testing::Test {
 protected:
  Registration demo{dotcompute::test::demo_unit()};
  std::atomic<int> arrived{0};
  std::atomic<bool> is_open{false};
  dotcompute::detail::RuntimeCore core{dotcompute::test::test_parts({.before_chunk = [this](std::uint64_t) {
    ++arrived;
    while (!is_open) std::this_thread::yield();
  }})};
  dotcompute::Launcher runtime{core};
  UnifiedBuffer<float> a{std::vector<float>{1}}, b{std::vector<float>{1}};
};

TEST_F(SequenceInTheWay, launches_on_the_host_take_their_buffers_once_for_all_of_them) {
  LaunchSequence sequence;
  sequence.record(runtime.on("cpu").prepare(demo::vector_add, a, a, a));
  sequence.record(runtime.on("cpu").prepare(demo::saxpy, 1.0f, a, b));
  std::thread replaying([&] { sequence.replay(); });
  while (arrived == 0) std::this_thread::yield();
  auto other = runtime.on("picky").execute(demo::vector_add, b, b, b);
  is_open = true;
  replaying.join();
  other.get();
  EXPECT_THAT(b.span(), ElementsAre(6));
}

TEST_F(SequenceInTheWay, it_waits_for_others_of_its_buffers) {
  LaunchSequence sequence;
  sequence.record(runtime.on("picky").prepare(demo::vector_add, a, a, a));
  sequence.record(runtime.on("picky").prepare(demo::saxpy, 1.0f, a, b));
  auto other = runtime.on("cpu").execute(demo::vector_add, b, b, b);
  while (arrived == 0) std::this_thread::yield();
  std::thread replaying([&] { EXPECT_EQ(sequence.replay().completed, 2u); });
  is_open = true;
  replaying.join();
  other.get();
  EXPECT_THAT(a.span(), ElementsAre(2));
  EXPECT_THAT(b.span(), ElementsAre(4));
}

TEST_F(Sequence, survives_the_arrival_of_other_kernels) {
  std::vector<float> x{1}, y{0};
  LaunchSequence sequence;
  for (int i = 0; i < 2; ++i) sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, y));
  sequence.replay();
  const Registration late(late_unit(0));
  sequence.replay();
  sequence.replay();
  EXPECT_EQ(y[0], 6);
}

TEST_F(Sequence, finds_a_kernel_that_was_replaced) {
  std::vector<float> values{1};
  std::optional<Registration> late(std::in_place, late_unit(0));
  LaunchSequence sequence;
  for (int i = 0; i < 2; ++i) sequence.record(runtime.prepare("late::scale", arg("values", values)));
  sequence.replay();
  EXPECT_EQ(values[0], 4);
  late.reset();
  late.emplace(late_unit(1));
  std::array<LaunchReport, 2> reports;
  EXPECT_EQ(sequence.replay(reports).completed, 2u);
  EXPECT_EQ(values[0], 36);
  EXPECT_EQ(reports[1].kernel, "late::scale");
}

TEST_F(Sequence, names_a_kernel_that_is_gone_or_changed) {
  std::vector<float> x{1}, y{0}, values{1};
  std::optional<Registration> late(std::in_place, late_unit(0));
  const PreparedLaunch grow = runtime.prepare(demo::saxpy, 1.0f, x, y);
  LaunchSequence sequence;
  sequence.record(grow);
  sequence.record(runtime.prepare("late::scale", arg("values", values)));
  sequence.record(grow);
  const char* const where = "sequence: launch 2 of 3 (late::scale) failed; later ones were not begun: ";
  late.reset();
  EXPECT_THAT(message_of([&] { sequence.replay(); }), AllOf(StartsWith(where), HasSubstr("no kernel")));
  EXPECT_EQ(y[0], 1);
  late.emplace(late_unit(2));
  EXPECT_THAT(message_of([&] { sequence.replay(); }),
              Eq(std::string(where) + "kernel late::scale: its parameters changed since the launch was prepared; "
                                      "prepare it again"));
  EXPECT_EQ(values[0], 1);
  late.reset();
  late.emplace(late_unit(0));
  sequence.replay();
  EXPECT_EQ(values[0], 2);
  EXPECT_EQ(y[0], 4);
}

TEST_F(Sequence, several_threads_replay_at_once) {
  const std::vector<float> x(10, 1.0f);
  std::vector<float> nothing;
  UnifiedBuffer<float> sum(10);
  LaunchSequence sequence;
  sequence.record(runtime.over(10).prepare(demo::saxpy, 1.0f, x, nothing));
  sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, sum));
  sequence.record(runtime.on("picky").prepare(demo::saxpy, 2.0f, x, sum));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) EXPECT_EQ(sequence.replay().completed, 3u);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(sum.span(), Each(1200.0f));
}

TEST_F(Sequence, registration_races_with_replays) {
  std::thread registering([] {
    for (int i = 0; i < 50; ++i) const Registration late(late_unit(i % 2));
  });
  std::vector<float> x(10, 1.0f), y(10);
  LaunchSequence sequence;
  for (int i = 0; i < 4; ++i) sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, y));
  for (int i = 0; i < 500; ++i) EXPECT_EQ(sequence.replay().completed, 4u);
  registering.join();
  EXPECT_THAT(y, Each(2000.0f));
}

}  // namespace
