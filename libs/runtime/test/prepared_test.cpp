// Prepared launches, and what happens to plans when kernels come and go.

#include <cstdint>
#include <stop_token>
#include <thread>
#include <vector>

#include "runtime_fixture.hpp"

namespace {

using dotcompute::arg;
using dotcompute::LaunchReport;
using dotcompute::PreparedLaunch;
using dotcompute::UnifiedBuffer;
using dotcompute::test::late_unit;
using dotcompute::test::message_of;
using dotcompute::test::Registration;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using Prepared = dotcompute::test::RuntimeTest;

TEST_F(Prepared, repeats_a_launch_by_function) {
  const std::vector<float> x{1, 2};
  std::vector<float> y{0, 0};
  const PreparedLaunch launch = runtime.on("picky").prepare(demo::saxpy, 2.0f, x, y);
  EXPECT_THAT(y, Each(0.0f));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(launch.run().accelerator, "picky");
  EXPECT_THAT(y, ElementsAre(6, 12));
  launch.execute().get();
  EXPECT_THAT(y, ElementsAre(8, 16));
}

TEST_F(Prepared, repeats_a_launch_by_name) {
  std::vector<float> x{1, 2}, y{0, 0};
  const PreparedLaunch launch = runtime.prepare("demo::saxpy", arg("a", 2), arg("x", x), arg("y", y));
  const LaunchReport report = launch.run();
  EXPECT_EQ(report.kernel, "demo::saxpy");
  launch.execute().get();
  EXPECT_THAT(y, ElementsAre(4, 8));
}

TEST_F(Prepared, holds_buffers_and_temporaries_and_sees_new_contents_of_borrowed_ones) {
  std::vector<float> x{1, 1};
  UnifiedBuffer<float> kept;
  PreparedLaunch launch = [&] {
    UnifiedBuffer<float> y(2);
    PreparedLaunch made = runtime.prepare(demo::saxpy, 1.0f, x, y);
    kept = std::move(y);
    return made;
  }();
  launch.run();
  x[1] = 5;
  launch.run();
  EXPECT_THAT(kept.span(), ElementsAre(2, 6));
  launch = runtime.prepare(demo::saxpy, 1.0f, std::vector<float>(2, 10.0f), kept);
  launch.run();
  EXPECT_THAT(kept.span(), ElementsAre(12, 16));
}

TEST_F(Prepared, its_tasks_outlive_it) {
  UnifiedBuffer<float> y(30'000);
  auto task = runtime.prepare(demo::saxpy, 1.0f, std::vector<float>(30'000, 2.0f), y).execute();
  task.get();
  EXPECT_THAT(y.span(), Each(2.0f));
}

TEST_F(Prepared, reports_what_its_launch_reports) {
  const std::vector<float> x(5, 1.0f);
  std::vector<float> y(5);
  const dotcompute::Launcher picky = runtime.on("picky").in_groups_of(4);
  const PreparedLaunch launch = picky.prepare(demo::saxpy, 1.0f, x, y);
  for (const LaunchReport& report : {picky.run(demo::saxpy, 1.0f, x, y), launch.run(), launch.run()}) {
    EXPECT_EQ(report.kernel, "demo::saxpy");
    EXPECT_EQ(report.accelerator, "picky");
    EXPECT_EQ(report.reason, dotcompute::SelectionReason::asked_for);
    EXPECT_EQ(report.outcome, dotcompute::LaunchOutcome::completed);
    EXPECT_EQ(report.grid, dotcompute::Extent(5));
    EXPECT_EQ(report.group, dotcompute::Extent(4));
    EXPECT_EQ(report.launches, 1u);
    EXPECT_FALSE(report.timed);
  }
  EXPECT_THAT(y, Each(3.0f));
  const LaunchReport timed = picky.timed().prepare(demo::saxpy, 1.0f, x, y).run();
  EXPECT_TRUE(timed.timed);
  EXPECT_GT(timed.times.total_ns, 0u);
  EXPECT_EQ(picky.over(0).prepare(demo::saxpy, 1.0f, x, y).run().launches, 0u);
}

TEST_F(Prepared, stops_once_that_is_asked_for) {
  std::vector<float> x(5, 1.0f), y(5);
  std::stop_source stop;
  const PreparedLaunch launch = runtime.stop_with(stop.get_token()).prepare(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(launch.run().outcome, dotcompute::LaunchOutcome::completed);
  stop.request_stop();
  EXPECT_EQ(launch.run().outcome, dotcompute::LaunchOutcome::stopped);
  EXPECT_THAT(y, Each(1.0f));
}

TEST_F(Prepared, one_launch_runs_on_several_threads_at_once) {
  const std::vector<float> x(10, 1.0f);
  std::vector<float> nothing;
  const PreparedLaunch launch = runtime.over(10).prepare(demo::saxpy, 1.0f, x, nothing);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) EXPECT_EQ(launch.run().grid.x, 10u);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Prepared, several_threads_launch_side_by_side) {
  std::vector<std::uint32_t> out(3000);
  const PreparedLaunch launch = runtime.prepare(demo::count_up, 1u, out);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    // Each thread prepares its own memory too: one range that several threads write would be the caller's race.
    threads.emplace_back([&] {
      std::vector<std::uint32_t> mine(100);
      const PreparedLaunch own = runtime.prepare(demo::count_up, 7u, mine);
      for (int i = 0; i < 100; ++i) own.run();
      EXPECT_EQ(mine[99], 106u);
    });
  }
  launch.run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(out[2999], 3000u);
}

TEST_F(Prepared, survives_the_arrival_of_other_kernels) {
  std::vector<float> x{1}, y{0};
  const PreparedLaunch launch = runtime.prepare(demo::saxpy, 1.0f, x, y);
  launch.run();
  const Registration late(late_unit(0));
  launch.run();
  runtime.run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(y[0], 3);
}

TEST_F(Prepared, finds_a_kernel_that_was_replaced) {
  std::vector<float> values{1};
  std::optional<Registration> late(std::in_place, late_unit(0));
  const PreparedLaunch launch = runtime.prepare("late::scale", arg("values", values));
  launch.run();
  EXPECT_EQ(values[0], 2);
  late.reset();
  late.emplace(late_unit(1));
  launch.run();
  EXPECT_EQ(values[0], 6);
  runtime.run("late::scale", arg("values", values));
  EXPECT_EQ(values[0], 18);
}

TEST_F(Prepared, refuses_a_kernel_that_is_gone) {
  std::vector<float> values{1};
  std::optional<Registration> late(std::in_place, late_unit(0));
  const PreparedLaunch launch = runtime.prepare("late::scale", arg("values", values));
  late.reset();
  EXPECT_THAT(message_of([&] { launch.run(); }), HasSubstr("late::scale"));
  EXPECT_THAT(message_of([&] { runtime.run("late::scale", arg("values", values)); }), HasSubstr("late::scale"));
  late.emplace(late_unit(0));
  launch.run();
  EXPECT_EQ(values[0], 2);
}

TEST_F(Prepared, refuses_a_kernel_whose_parameters_changed) {
  std::vector<float> values{1};
  std::optional<Registration> late(std::in_place, late_unit(0));
  const PreparedLaunch launch = runtime.prepare("late::scale", arg("values", values));
  late.reset();
  late.emplace(late_unit(2));
  EXPECT_THAT(
      message_of([&] { launch.execute().get(); }),
      testing::Eq("kernel late::scale: its parameters changed since the launch was prepared; prepare it again"));
  EXPECT_EQ(values[0], 1);
}

TEST_F(Prepared, registration_races_with_launches) {
  std::thread registering([] {
    for (int i = 0; i < 50; ++i) const Registration late(late_unit(i % 2));
  });
  std::vector<float> x(10, 1.0f), y(10);
  const PreparedLaunch launch = runtime.prepare(demo::saxpy, 1.0f, x, y);
  for (int i = 0; i < 500; ++i) {
    launch.run();
    runtime.run(demo::saxpy, 1.0f, x, y);
    runtime.run("demo::saxpy", arg("a", 1), arg("x", x), arg("y", y));
  }
  registering.join();
  EXPECT_THAT(y, Each(1500.0f));
}

}  // namespace
