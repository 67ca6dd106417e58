// Launches on devices with memory of their own: results, what is copied, and the report.

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include <dotcompute/base/task.hpp>

#include "device_fixture.hpp"

namespace {

using dotcompute::arg;
using dotcompute::BufferState;
using dotcompute::LaunchOutcome;
using dotcompute::LaunchReport;
using dotcompute::UnifiedBuffer;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using DeviceLaunch = dotcompute::test::DeviceTest;

TEST_F(DeviceLaunch, vectors_are_copied_there_and_back) {
  std::vector<float> x(1000, 2.0f), y(1000, 1.0f);
  const LaunchReport report = device.run(demo::saxpy, 3.0f, x, y);
  EXPECT_THAT(y, Each(7.0f));
  EXPECT_EQ(report.accelerator, "test:0");
  EXPECT_EQ(report.reason, dotcompute::SelectionReason::asked_for);
  EXPECT_EQ(report.launches, 1u);
  EXPECT_EQ(report.bytes_to_device, 8000u);
  EXPECT_EQ(report.bytes_to_host, 4000u);
  EXPECT_EQ(state->written_bytes, 8000u);
  EXPECT_EQ(state->read_bytes, 4000u);
}

TEST_F(DeviceLaunch, elements_that_the_kernel_leaves_alone_stay) {
  std::vector<std::uint32_t> out{7, 7, 7, 7};
  device.over(2).run(demo::count_up, 10u, out);
  EXPECT_THAT(out, ElementsAre(10, 11, 7, 7));
}

TEST_F(DeviceLaunch, the_same_memory_given_twice_is_copied_once) {
  std::vector<float> x(100, 2.0f);
  const LaunchReport report = device.run(demo::saxpy, 3.0f, x, x);
  EXPECT_THAT(x, Each(8.0f));
  EXPECT_EQ(report.bytes_to_device, 400u);
  EXPECT_EQ(report.bytes_to_host, 400u);
  UnifiedBuffer<float> buffer(std::vector<float>(100, 2.0f));
  EXPECT_EQ(device.run(demo::saxpy, 3.0f, buffer, buffer).bytes_to_device, 400u);
  EXPECT_THAT(buffer.span(), Each(8.0f));
}

TEST_F(DeviceLaunch, a_buffer_and_its_own_span_are_the_same_memory) {
  UnifiedBuffer<float> buffer(std::vector<float>(100, 2.0f));
  const std::span<float> elements = buffer.mutable_span();
  EXPECT_EQ(device.run(demo::saxpy, 3.0f, elements, buffer).bytes_to_device, 400u);
  EXPECT_EQ(device.run(demo::saxpy, 1.0f, buffer, elements).bytes_to_device, 0u);
  EXPECT_THAT(buffer.span(), Each(16.0f));
}

TEST_F(DeviceLaunch, read_only_spans_that_overlap_are_fine) {
  const std::vector<float> values{1, 2, 3, 4, 5};
  const std::span<const float> all(values);
  std::vector<float> sum(4);
  device.run(demo::vector_add, all.first(4), all.last(4), sum);
  EXPECT_THAT(sum, ElementsAre(3, 5, 7, 9));
}

TEST_F(DeviceLaunch, buffers_stay_on_the_device) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  const LaunchReport first = device.run(demo::saxpy, 2.0f, x, y);
  EXPECT_EQ(first.bytes_to_device, 800u);
  EXPECT_EQ(first.bytes_to_host, 0u);
  EXPECT_EQ(x.state(), BufferState::synchronized);
  EXPECT_EQ(y.state(), BufferState::device_dirty);
  for (int i = 0; i < 10; ++i) {
    const LaunchReport next = device.run(demo::saxpy, 2.0f, x, y);
    EXPECT_EQ(next.bytes_to_device + next.bytes_to_host, 0u);
  }
  EXPECT_EQ(state->read_bytes, 0u);
  EXPECT_THAT(y.span(), Each(22.0f));
  EXPECT_EQ(state->read_bytes, 400u);
  EXPECT_EQ(y.state(), BufferState::synchronized);
}

TEST_F(DeviceLaunch, the_host_and_the_device_take_turns) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  device.run(demo::saxpy, 1.0f, x, y);
  const LaunchReport home = runtime.on("cpu").run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(home.bytes_to_host, 400u);
  EXPECT_EQ(home.bytes_to_device, 0u);
  EXPECT_EQ(y.state(), BufferState::host_dirty);
  EXPECT_EQ(x.state(), BufferState::synchronized);
  EXPECT_EQ(device.run(demo::saxpy, 1.0f, x, y).bytes_to_device, 400u);
  runtime.on("cpu").execute(demo::saxpy, 1.0f, x, y).get();
  EXPECT_THAT(y.span(), Each(4.0f));
}

TEST_F(DeviceLaunch, a_buffer_gets_to_another_device_over_the_host_and_stays_where_it_was) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  device.run(demo::saxpy, 1.0f, x, y);
  const LaunchReport moved = runtime.on("test:1").run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(moved.bytes_to_host, 400u);
  EXPECT_EQ(moved.bytes_to_device, 800u);
  for (const char* id : {"test:0", "test:1"}) EXPECT_EQ(core->memory(id).statistics().requested_bytes, 800u);
  EXPECT_THAT(y.span(), Each(2.0f));
  const LaunchReport back = device.run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(back.bytes_to_host, 0u);
  EXPECT_EQ(back.bytes_to_device, 400u) << "only the written one is stale there";
  EXPECT_THAT(y.span(), Each(3.0f));
}

TEST_F(DeviceLaunch, devices_that_read_the_same_buffer_in_turn_copy_it_once_each) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100), z(100);
  for (int i = 0; i < 10; ++i) {
    device.run(demo::saxpy, 1.0f, x, y);
    runtime.on("test:1").run(demo::saxpy, 1.0f, x, z);
  }
  EXPECT_EQ(state->written_bytes, 1600u);
  EXPECT_EQ(state->read_bytes, 0u);
  EXPECT_THAT(z.span(), Each(10.0f));
}

TEST_F(DeviceLaunch, uninitialized_buffers_are_not_copied) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), sum(100, dotcompute::uninitialized);
  EXPECT_EQ(device.run(demo::vector_add, x, x, sum).bytes_to_device, 400u);
  EXPECT_EQ(sum.state(), BufferState::device_only);
  EXPECT_THAT(sum.span(), Each(2.0f));
}

TEST_F(DeviceLaunch, by_name_with_results_of_either_kind) {
  const std::vector<float> a(10, 1.0f);
  UnifiedBuffer<float> b(std::vector<float>(10, 2.0f));
  const auto sum = device.run<std::vector<float>>("demo::vector_add", arg("a", a), arg("b", b));
  EXPECT_THAT(sum.value, Each(3.0f));
  EXPECT_EQ(sum.report.bytes_to_device, 120u);  // The result too: a kernel may leave its zeros.
  auto on_device = device.execute<UnifiedBuffer<float>>("demo::vector_add", arg("a", a), arg("b", b)).get();
  EXPECT_EQ(on_device.value.state(), BufferState::device_dirty);
  EXPECT_EQ(on_device.report.bytes_to_device, 80u);
  EXPECT_EQ(on_device.report.bytes_to_host, 0u);
  EXPECT_THAT(on_device.value.span(), Each(3.0f));
  const auto partial = device.over(4).run<UnifiedBuffer<std::uint32_t>>("demo::count_up", arg("first", 3u));
  EXPECT_THAT(partial.value.span(), ElementsAre(3, 4, 5, 6));
  UnifiedBuffer<float> out(10);
  device.run("demo::vector_add", arg("a", a), arg("b", b), arg("sum", out));
  EXPECT_EQ(out.state(), BufferState::device_dirty);
  device.execute("demo::saxpy", arg("a", 2.0f), arg("x", b), arg("y", out)).get();
  EXPECT_THAT(out.span(), Each(7.0f));
}

TEST_F(DeviceLaunch, prepared_launches_keep_buffers_there) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  const auto by_function = device.prepare(demo::saxpy, 1.0f, x, y);
  const auto by_name = device.prepare("demo::saxpy", arg("a", 2.0f), arg("x", x), arg("y", y));
  EXPECT_EQ(by_function.run().bytes_to_device, 800u);
  EXPECT_EQ(by_name.run().bytes_to_device, 0u);
  EXPECT_EQ(by_name.execute().get().bytes_to_device, 0u);
  EXPECT_THAT(y.span(), Each(5.0f));
}

TEST_F(DeviceLaunch, structs_flags_and_two_dimensions) {
  std::vector<demo::Particle> particles(5, demo::Particle{{1, 2, 3}, 4, 5.0});
  device.run(demo::push, demo::Particle{{0, 10, 0}, 0, 0}, particles);
  EXPECT_EQ(particles[4].position[1], 12.0f);
  UnifiedBuffer<bool> out(9);
  device.run(demo::flags, true, out);
  EXPECT_THAT(out.span(), Each(true));
  const std::vector<std::uint16_t> in(12, 1);
  std::vector<std::uint16_t> plane(12);
  device.over({4, 3}).run(demo::plane, in, plane);
  EXPECT_THAT(plane, Each(2));
}

TEST_F(DeviceLaunch, nothing_to_do_and_nothing_to_pass) {
  std::vector<float> none;
  UnifiedBuffer<float> empty;
  const LaunchReport report = device.run(demo::saxpy, 1.0f, none, empty);
  EXPECT_EQ(report.launches, 0u);
  EXPECT_EQ(device.over(3).run(demo::nothing).launches, 1u);
  EXPECT_EQ(device.over(3).run(demo::saxpy, 1.0f, empty, none).bytes_to_device, 0u);
  EXPECT_EQ(device.over(0).execute(demo::nothing).get().launches, 0u);
}

TEST_F(DeviceLaunch, groups_reach_the_device) {
  std::vector<float> x(64), y(64);
  device.in_groups_of(16).run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(state->last_group, 16u);
  device.run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(state->last_group, 0u);
}

TEST_F(DeviceLaunch, the_report_says_what_was_copied_and_how_long_the_steps_took) {
  std::vector<float> x(1000, 2.0f), y(1000, 1.0f);
  EXPECT_THAT(to_string(device.run(demo::saxpy, 3.0f, x, y)),
              HasSubstr("demo::saxpy on test:0 (asked for): 1000 work-items, completed, 8000 bytes to the device, "
                        "4000 bytes to the host"));
  for (const LaunchReport& report :
       {device.timed().run(demo::saxpy, 3.0f, x, y), device.timed().execute(demo::saxpy, 3.0f, x, y).get()}) {
    const dotcompute::StepTimes& times = report.times;
    EXPECT_GT(times.place_ns, 0u);
    EXPECT_GT(times.launch_ns, 0u);
    EXPECT_GE(times.total_ns, times.bind_ns + times.place_ns + times.launch_ns);
    EXPECT_THAT(to_string(report), HasSubstr(", place "));
  }
}

TEST_F(DeviceLaunch, a_stop_that_was_requested_before_keeps_it_from_the_device) {
  std::stop_source source;
  source.request_stop();
  const auto stopped = device.stop_with(source.get_token());
  UnifiedBuffer<float> x(100), y(100);
  EXPECT_EQ(stopped.run(demo::saxpy, 1.0f, x, y).outcome, LaunchOutcome::stopped);
  EXPECT_EQ(stopped.execute(demo::saxpy, 1.0f, x, y).get().outcome, LaunchOutcome::stopped);
  EXPECT_EQ(state->launches, 0u);
  EXPECT_EQ(y.state(), BufferState::host_only);
}

TEST_F(DeviceLaunch, temporaries_live_until_an_asynchronous_launch_has_read_them) {
  state->delays = true;
  UnifiedBuffer<float> y(1000);
  std::vector<dotcompute::Task<LaunchReport>> tasks;
  for (int i = 0; i < 30; ++i) tasks.push_back(device.execute(demo::saxpy, 1.0f, std::vector<float>(1000, 1.0f), y));
  for (auto& task : tasks) task.get();
  EXPECT_THAT(y.span(), Each(30.0f));
}

TEST_F(DeviceLaunch, asynchronous_launches_follow_each_other_on_buffers) {
  state->delays = true;
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100), z(100);
  {
    auto first = device.execute(demo::saxpy, 2.0f, x, y);
    auto second = device.execute(demo::saxpy, 3.0f, y, z);
    device.execute(demo::saxpy, 1.0f, z, x).detach();
  }
  EXPECT_THAT(z.span(), Each(6.0f));
  EXPECT_THAT(x.span(), Each(7.0f));
}

TEST_F(DeviceLaunch, a_detached_launch_keeps_its_buffers) {
  state->delays = true;
  UnifiedBuffer<float> y(100);
  {
    UnifiedBuffer<float> x(std::vector<float>(100, 1.0f));
    device.execute(demo::saxpy, 2.0f, x, y).detach();
  }
  EXPECT_THAT(y.span(), Each(2.0f));
}

dotcompute::Task<float> one_after_the_other(dotcompute::Launcher device, UnifiedBuffer<float>& x,
                                            UnifiedBuffer<float>& y) {
  for (int i = 0; i < 10; ++i) {
    co_await device.execute(demo::saxpy, 1.0f, x, y);
    // On the stream's thread, which is the one that completes launches of this stream.
    device.execute(demo::saxpy, 1.0f, x, y).get();
    device.run(demo::saxpy, 1.0f, x, y);
  }
  co_return y.span()[0];
}

TEST_F(DeviceLaunch, what_follows_a_launch_may_launch_and_wait) {
  state->delays = true;
  UnifiedBuffer<float> x(std::vector<float>(10, 1.0f)), y(10);
  auto first = one_after_the_other(device, x, y);
  EXPECT_EQ(first.get(), 30.0f);
}

TEST_F(DeviceLaunch, a_kernel_is_built_once_and_by_one_of_the_devices_of_a_driver) {
  std::vector<float> x(4), y(4);
  using dotcompute::test::TestDeviceOptions;
  const auto own = std::make_shared<dotcompute::test::TestDeviceState>();
  const std::string driver = dotcompute::test::new_driver();
  const TestDeviceOptions one{.driver = driver};
  const TestDeviceOptions two{.id = "test:1", .driver = driver};
  const TestDeviceOptions newer{.id = "test:2", .driver = dotcompute::test::new_driver()};
  for (int i = 0; i < 2; ++i) {
    dotcompute::detail::RuntimeCore runtime_core(dotcompute::test::parts_with_devices(own, {one, two, newer}));
    const dotcompute::Launcher launcher(runtime_core);
    for (const char* const id : {"test:0", "test:1", "test:2", "test:0"}) launcher.on(id).run(demo::saxpy, 1.0f, x, y);
  }
  EXPECT_EQ(own->builds, 2u);
  EXPECT_EQ(own->loads, 6u);
}

}  // namespace
