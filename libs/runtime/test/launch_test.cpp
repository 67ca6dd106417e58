#include <array>
#include <atomic>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

#include "runtime_fixture.hpp"

namespace {

using dotcompute::arg;
using dotcompute::Extent;
using dotcompute::LaunchOutcome;
using dotcompute::LaunchReport;
using dotcompute::SelectionReason;
using dotcompute::UnifiedBuffer;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using Launch = dotcompute::test::RuntimeTest;

TEST_F(Launch, by_function_takes_vectors) {
  const std::vector<float> x{1, 2, 3};
  std::vector<float> y{10, 20, 30};
  const LaunchReport report = runtime.run(demo::saxpy, 2.0f, x, y);
  EXPECT_THAT(y, ElementsAre(12, 24, 36));
  EXPECT_EQ(report.kernel, "demo::saxpy");
  EXPECT_EQ(report.accelerator, "cpu");
  EXPECT_EQ(report.reason, SelectionReason::cpu_by_default);
  EXPECT_EQ(report.outcome, LaunchOutcome::completed);
  EXPECT_EQ(report.grid, Extent(3));
  EXPECT_FALSE(report.timed);
}

TEST_F(Launch, by_function_takes_arrays_spans_and_buffers) {
  const std::array<float, 2> x{1, 2};
  float y[] = {1, 1};
  runtime.run(demo::saxpy, 1.0f, x, y);
  EXPECT_THAT(y, ElementsAre(2, 3));
  runtime.run(demo::saxpy, 1.0f, std::span<const float>(x), std::span<float>(y));
  EXPECT_THAT(y, ElementsAre(3, 5));
  const UnifiedBuffer<float> x_buffer(std::span<const float>{x});
  UnifiedBuffer<float> y_buffer(2);
  runtime.run(demo::saxpy, 1.0f, x_buffer, y_buffer);
  EXPECT_THAT(y_buffer.span(), ElementsAre(1, 2));
  runtime.run(demo::saxpy, 3.0f, y_buffer, y_buffer);
  EXPECT_THAT(y_buffer.span(), ElementsAre(4, 8));
}

TEST_F(Launch, scalars_convert_as_in_a_call) {
  std::vector<float> y{1, 1};
  runtime.run(demo::saxpy, 2, std::vector<float>{1, 2}, y);
  EXPECT_THAT(y, ElementsAre(3, 5));
  bool flags[3] = {};
  runtime.run(demo::flags, true, flags);
  EXPECT_THAT(flags, Each(true));
}

TEST_F(Launch, structs_pass_by_value_and_in_spans) {
  std::vector<demo::Particle> particles(3, demo::Particle{{0, 1, 2}, 5, 0.5});
  runtime.run(demo::push, demo::Particle{{9, 4, 9}, 0, 0}, particles);
  for (const demo::Particle& particle : particles) {
    EXPECT_EQ(particle.position[1], 5);
    EXPECT_EQ(particle.charge, 5);
  }
}

TEST_F(Launch, the_grid_is_the_longest_span_unless_over_says_otherwise) {
  std::vector<float> x(5), y(9, 1.0f);
  EXPECT_EQ(runtime.run(demo::saxpy, 1.0f, x, y).grid, Extent(9));
  std::vector<std::uint32_t> out(8, 77);
  EXPECT_EQ(runtime.over(3).run(demo::count_up, 5u, out).grid, Extent(3));
  EXPECT_THAT(out, ElementsAre(5, 6, 7, 77, 77, 77, 77, 77));
  // Larger than every span: the kernel guards itself.
  EXPECT_EQ(runtime.over(1000).run(demo::count_up, 1u, out).grid, Extent(1000));
  EXPECT_EQ(out.back(), 8u);
}

TEST_F(Launch, two_dimensions) {
  const std::vector<std::uint16_t> in(12, 4);
  std::vector<std::uint16_t> out(12);
  const LaunchReport report = runtime.over({4, 3}).in_groups_of({2, 1}).run(demo::plane, in, out);
  EXPECT_THAT(out, Each(5));
  EXPECT_EQ(report.grid, Extent(4, 3));
  EXPECT_EQ(report.group, Extent(2, 1));
}

TEST_F(Launch, an_empty_grid_is_a_success) {
  std::vector<float> none;
  EXPECT_EQ(runtime.run(demo::saxpy, 1.0f, none, none).grid.count(), 0u);
  EXPECT_EQ(runtime.execute(demo::saxpy, 1.0f, none, none).get().outcome, LaunchOutcome::completed);
  std::vector<std::uint16_t> cells(4, 1);
  runtime.over({0, 7}).run(demo::plane, cells, cells);
  EXPECT_THAT(cells, Each(1));
  EXPECT_TRUE(runtime.run<std::vector<float>>("demo::vector_add", arg("a", none), arg("b", none)).value.empty());
}

TEST_F(Launch, a_kernel_without_arguments_runs_over_a_given_grid) {
  EXPECT_EQ(runtime.over(10).run(demo::nothing).grid, Extent(10));
  EXPECT_EQ(runtime.over(10).run("demo::nothing").grid, Extent(10));
}

TEST_F(Launch, asynchronous_launches_run_at_once_and_report) {
  std::vector<float> x(5000, 1.0f), y(5000, 2.0f);
  auto task = runtime.execute(demo::saxpy, 3.0f, x, y);
  const LaunchReport report = task.get();
  EXPECT_EQ(report.kernel, "demo::saxpy");
  EXPECT_EQ(report.grid, Extent(5000));
  EXPECT_THAT(y, Each(5.0f));
}

dotcompute::Task<float> sum_of_three_launches(dotcompute::Launcher runtime, std::vector<float>& y) {
  const std::vector<float> x(y.size(), 1.0f);
  for (int i = 0; i < 3; ++i) co_await runtime.execute(demo::saxpy, 1.0f, x, y);
  auto sum = co_await runtime.execute<std::vector<float>>("demo::vector_add", arg("a", x), arg("b", y));
  EXPECT_EQ(sum.report.kernel, "demo::vector_add");
  co_return std::accumulate(sum.value.begin(), sum.value.end(), 0.0f);
}

TEST_F(Launch, coroutines_await_launches) {
  std::vector<float> y(3000);
  EXPECT_EQ(sum_of_three_launches(runtime, y).get(), 12000.0f);
  EXPECT_THAT(y, Each(3.0f));
}

TEST_F(Launch, by_name_allocates_the_missing_result) {
  const std::vector<float> a{1, 2, 3}, b{10, 20, 30};
  const std::vector<float> as_value =
      runtime.execute<std::vector<float>>("demo::vector_add", arg("a", a), arg("b", b)).get();
  EXPECT_THAT(as_value, ElementsAre(11, 22, 33));
  const auto outcome = runtime.run<UnifiedBuffer<float>>("demo::vector_add", arg("a", a), arg("b", b));
  EXPECT_THAT(outcome.value.span(), ElementsAre(11, 22, 33));
  EXPECT_EQ(outcome.report.grid, Extent(3));
  // As large as the grid.
  EXPECT_EQ(runtime.over(7).run<std::vector<std::uint32_t>>("demo::count_up", arg("first", 3)).value.size(), 7u);
}

TEST_F(Launch, by_name_with_everything_given) {
  std::vector<float> y{1, 1};
  const std::vector<float> x{1, 2};
  runtime.run("demo::saxpy", arg("y", y), arg("a", 2.0f), arg("x", x));
  EXPECT_THAT(y, ElementsAre(3, 5));
  runtime.execute("demo::saxpy", arg("a", 1), arg("x", std::vector<float>(2, 1.0f)), arg("y", y)).get();
  EXPECT_THAT(y, ElementsAre(4, 6));
}

TEST_F(Launch, dynamic_arguments_run_by_name) {
  std::vector<float> x{1, 2}, y{1, 1};
  float a = 4;
  std::vector<dotcompute::DynamicArgument> arguments(3);
  arguments[0] = {.name = "a", .data = &a};
  arguments[1] = {.name = "x", .is_span = true, .data = x.data(), .count = 2};
  arguments[2] = {.name = "y", .is_span = true, .is_writable = true, .data = y.data(), .count = 2};
  runtime.run("demo::saxpy", arguments);
  EXPECT_THAT(y, ElementsAre(5, 9));
  auto task = runtime.on("picky").execute("demo::saxpy", arguments);
  arguments.clear();
  EXPECT_EQ(task.get().accelerator, "picky");
  EXPECT_THAT(y, ElementsAre(9, 17));
}

TEST_F(Launch, dynamic_structs_are_known_by_their_size) {
  std::vector<demo::Particle> particles(2);
  demo::Particle force{{0, 2, 0}, 0, 0};
  const std::vector<dotcompute::DynamicArgument> arguments{
      {.name = "force", .is_struct = true, .element_size_bytes = sizeof force, .data = &force},
      {.name = "particles",
       .is_span = true,
       .is_writable = true,
       .is_struct = true,
       .element_size_bytes = sizeof force,
       .data = particles.data(),
       .count = 2}};
  runtime.run("demo::push", arguments);
  EXPECT_EQ(particles[1].position[1], 2);
}

TEST_F(Launch, on_chooses_the_device_by_id_and_by_handle) {
  std::vector<float> y(2);
  EXPECT_EQ(runtime.on("picky").run(demo::saxpy, 1.0f, y, y).accelerator, "picky");
  EXPECT_EQ(runtime.on(std::string("picky")).run(demo::saxpy, 1.0f, y, y).reason, SelectionReason::asked_for);
  const dotcompute::Accelerator& picky = *core.device("picky").accelerator;
  EXPECT_EQ(runtime.on(picky).run(demo::saxpy, 1.0f, y, y).accelerator, "picky");
  EXPECT_EQ(runtime.on(picky.info()).run("demo::saxpy", arg("a", 1), arg("x", y), arg("y", y)).accelerator, "picky");
}

TEST_F(Launch, the_options_default_device_is_used_and_named_as_the_reason) {
  auto parts = dotcompute::test::test_parts();
  parts.default_accelerator = "picky";
  dotcompute::detail::RuntimeCore other(std::move(parts));
  std::vector<float> y(2);
  const LaunchReport report = dotcompute::Launcher(other).run(demo::saxpy, 1.0f, y, y);
  EXPECT_EQ(report.accelerator, "picky");
  EXPECT_EQ(report.reason, SelectionReason::runtime_default);
}

TEST_F(Launch, the_same_range_may_be_given_twice) {
  std::vector<float> values{1, 2};
  runtime.run(demo::saxpy, 1.0f, values, values);
  EXPECT_THAT(values, ElementsAre(2, 4));
}

TEST_F(Launch, times_are_measured_only_when_asked_for) {
  std::vector<float> y(4096);
  const LaunchReport cold = runtime.timed().run(demo::saxpy, 1.0f, y, y);
  ASSERT_TRUE(cold.timed);
  EXPECT_GT(cold.times.launch_ns, 0u);
  EXPECT_GT(cold.times.prepare_ns, 0u);
  EXPECT_GE(cold.times.total_ns, cold.times.launch_ns);
  const LaunchReport warm = runtime.timed().execute(demo::saxpy, 1.0f, y, y).get();
  EXPECT_EQ(warm.times.prepare_ns, 0u);
  EXPECT_GT(warm.times.total_ns, 0u);
  const LaunchReport plain = runtime.run(demo::saxpy, 1.0f, y, y);
  EXPECT_EQ(plain.times.total_ns, 0u);
}

TEST_F(Launch, a_report_reads_as_a_sentence) {
  std::vector<float> y(3);
  const LaunchReport plain = runtime.on("cpu").in_groups_of(2).run(demo::saxpy, 1.0f, y, y);
  EXPECT_EQ(to_string(plain), "demo::saxpy on cpu (asked for): 3 work-items in groups of 2, completed");
  EXPECT_THAT(to_string(runtime.timed().run(demo::saxpy, 1.0f, y, y)),
              testing::AllOf(HasSubstr("demo::saxpy on cpu (the cpu is the default): 3 work-items, completed, "),
                             HasSubstr("(find "), HasSubstr(", launch ")));
}

TEST_F(Launch, a_requested_stop_ends_the_launch_between_chunks) {
  std::stop_source source;
  auto parts = dotcompute::test::test_parts({.before_chunk = [&](std::uint64_t chunk) {
    if (chunk == 2) source.request_stop();
  }});
  dotcompute::detail::RuntimeCore other(std::move(parts));
  const dotcompute::Launcher launcher = dotcompute::Launcher(other).stop_with(source.get_token());
  std::vector<std::uint64_t> out(10 * 1024, 1);
  const LaunchReport report = launcher.run(demo::spin, out);
  EXPECT_EQ(report.outcome, LaunchOutcome::stopped);
  EXPECT_EQ(out[3 * 1024 - 1], 3u * 1024 - 1);
  EXPECT_EQ(out[3 * 1024], 1u);
  EXPECT_EQ(to_string(report), "demo::spin on cpu (the cpu is the default): 10240 work-items, stopped");
  EXPECT_EQ(launcher.execute(demo::spin, out).get().outcome, LaunchOutcome::stopped);
}

TEST_F(Launch, a_failure_while_running_rethrows_at_run_get_and_await) {
  std::vector<float> out(3);
  const auto failure = HasSubstr("the test device failed while it ran demo::failing");
  EXPECT_THAT(dotcompute::test::message_of([&] { runtime.run(demo::failing, out); }), failure);
  auto task = runtime.execute(demo::failing, out);
  EXPECT_THAT(dotcompute::test::message_of([&] { task.get(); }), failure);
  auto result = runtime.over(3).execute<std::vector<float>>("demo::failing");
  EXPECT_THAT(dotcompute::test::message_of([&] { result.get(); }), failure);
  // A failure that nobody asks for goes with its task.
  {
    const auto dropped = runtime.execute(demo::failing, out);
  }
}

TEST_F(Launch, temporaries_move_into_an_asynchronous_launch) {
  std::vector<float> y(20000, 1.0f);
  std::vector<float> x(20000, 2.0f);
  auto task = runtime.execute(demo::saxpy, 1.0f, std::move(x), y);
  x.assign(20000, 99.0f);
  task.get();
  EXPECT_THAT(y, Each(3.0f));
}

TEST_F(Launch, a_launch_keeps_its_buffers_memory) {
  std::atomic<bool> go = false;
  auto parts = dotcompute::test::test_parts({.before_chunk = [&](std::uint64_t) {
    while (!go) std::this_thread::yield();
  }});
  dotcompute::detail::RuntimeCore other(std::move(parts));
  const dotcompute::Launcher launcher(other);
  dotcompute::Task<LaunchReport> task;
  UnifiedBuffer<float> moved;
  {
    UnifiedBuffer<float> x(std::vector<float>(3000, 1.0f));
    UnifiedBuffer<float> y(3000);
    task = launcher.execute(demo::saxpy, 5.0f, x, y);
    moved = std::move(y);
  }
  go = true;
  task.get();
  EXPECT_THAT(moved.span(), Each(5.0f));
}

TEST_F(Launch, a_launch_of_buffers_can_be_detached_and_its_runtime_waits_for_it) {
  UnifiedBuffer<float> y(100'000);
  {
    dotcompute::detail::RuntimeCore other(dotcompute::test::test_parts());
    dotcompute::Launcher(other)
        .execute(demo::saxpy, 1.0f, UnifiedBuffer<float>(std::vector<float>(100'000, 4.0f)), y)
        .detach();
  }
  EXPECT_THAT(y.span(), Each(4.0f));
}

TEST_F(Launch, a_task_may_outlive_its_runtime) {
  std::vector<float> y(5000, 1.0f);
  dotcompute::Task<LaunchReport> task;
  {
    dotcompute::detail::RuntimeCore other(dotcompute::test::test_parts());
    task = dotcompute::Launcher(other).execute(demo::saxpy, 1.0f, y, y);
  }
  EXPECT_EQ(task.get().accelerator, "cpu");
  EXPECT_THAT(y, Each(2.0f));
}

TEST_F(Launch, two_runtimes_live_at_once) {
  dotcompute::detail::RuntimeCore other(dotcompute::test::test_parts());
  const dotcompute::Launcher second(other);
  std::vector<float> x(10, 1.0f), y(10), z(10);
  for (int i = 0; i < 5; ++i) {
    runtime.run(demo::saxpy, 1.0f, x, y);
    second.run(demo::saxpy, 1.0f, x, z);
  }
  EXPECT_THAT(y, Each(5.0f));
  EXPECT_THAT(z, Each(5.0f));
}

TEST_F(Launch, many_threads_launch_at_once) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t] {
      std::vector<float> x(100, 1.0f), y(100);
      UnifiedBuffer<std::uint32_t> out(50);
      for (int i = 0; i < 200; ++i) {
        runtime.run(demo::saxpy, 1.0f, x, y);
        auto task = runtime.execute(demo::saxpy, 1.0f, x, y);
        runtime.execute(demo::count_up, static_cast<std::uint32_t>(t), out).get();
        task.get();
        runtime.run("demo::saxpy", arg("a", 1), arg("x", x), arg("y", y));
      }
      EXPECT_THAT(y, Each(600.0f));
      EXPECT_EQ(out.span()[49], static_cast<std::uint32_t>(t) + 49);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Launch, states_released_on_other_threads_find_their_way_back) {
  // The worker releases some of the states and other threads take the tasks of this one.
  for (int i = 0; i < 300; ++i) {
    UnifiedBuffer<std::uint32_t> out(10);
    auto task = runtime.execute(demo::count_up, 1u, out);
    if (i % 3 == 0) {
      std::thread([moved = std::move(task)]() mutable { moved.get(); }).join();
    } else if (i % 3 == 1) {
      task.detach();
    } else {
      task.get();
    }
  }
}

}  // namespace
