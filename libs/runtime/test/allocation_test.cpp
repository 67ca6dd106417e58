// Counts what the heap is asked for while warm launches run.

#include <vector>

#include <dotcompute/runtime/launch_sequence.hpp>

#include "counted_heap.hpp"
#include "device_fixture.hpp"

namespace {

using dotcompute::arg;
using dotcompute::UnifiedBuffer;
using dotcompute::test::heap_requests_of;
using Allocation = dotcompute::test::RuntimeTest;

TEST_F(Allocation, the_count_counts) {
  EXPECT_GE(heap_requests_of([] {
              std::vector<int> made(3);
              EXPECT_EQ(made.size(), 3u);
            }),
            1000u);
}

TEST_F(Allocation, a_warm_launch_by_function_asks_the_heap_for_nothing) {
  std::vector<float> x(100, 1.0f), y(100);
  EXPECT_EQ(heap_requests_of([&] { runtime.run(demo::saxpy, 1.0f, x, y); }), 0u);
  EXPECT_EQ(heap_requests_of([&] { runtime.on("picky").in_groups_of(4).over(50).run(demo::saxpy, 1.0f, x, y); }), 0u);
  EXPECT_EQ(y[0], 2040.0f);
}

TEST_F(Allocation, a_warm_prepared_launch_asks_the_heap_for_nothing) {
  std::vector<float> x(100, 1.0f), y(100);
  const dotcompute::PreparedLaunch launch = runtime.prepare(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(heap_requests_of([&] { launch.run(); }), 0u);
  EXPECT_EQ(heap_requests_of([&] { launch.execute().get(); }), 0u);
}

TEST_F(Allocation, a_warm_replay_asks_the_heap_for_nothing) {
  std::vector<float> x(100, 1.0f), y(100);
  UnifiedBuffer<float> z(100);
  dotcompute::LaunchSequence sequence;
  for (int i = 0; i < 3; ++i) sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, y));
  EXPECT_EQ(heap_requests_of([&] { sequence.replay(); }), 0u);
  sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, z));
  sequence.record(runtime.prepare("demo::saxpy", arg("a", 1.0f), arg("x", x), arg("y", y)));
  std::vector<dotcompute::LaunchReport> reports(5);
  EXPECT_EQ(heap_requests_of([&] { sequence.replay(reports); }), 0u);
}

TEST_F(Allocation, a_warm_launch_by_name_asks_the_heap_for_nothing) {
  std::vector<float> x(100, 1.0f), y(100);
  EXPECT_EQ(heap_requests_of([&] { runtime.run("demo::saxpy", arg("a", 1.0f), arg("x", x), arg("y", y)); }), 0u);
}

TEST_F(Allocation, a_warm_asynchronous_launch_asks_the_heap_for_nothing) {
  std::vector<float> x(100, 1.0f), y(100);
  UnifiedBuffer<float> z(100);
  EXPECT_EQ(heap_requests_of([&] { runtime.execute(demo::saxpy, 1.0f, x, y).get(); }), 0u);
  EXPECT_EQ(heap_requests_of([&] {
              auto first = runtime.execute(demo::saxpy, 1.0f, x, y);
              auto second = runtime.execute(demo::saxpy, 1.0f, x, z);
              second.get();
              first.get();
            }),
            0u);
}

/// Nothing of the test device itself asks the heap, once its streams are there.
using DeviceAllocation = dotcompute::test::DeviceTest;

TEST_F(DeviceAllocation, a_warm_launch_on_a_device_asks_the_heap_for_nothing) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  EXPECT_EQ(heap_requests_of([&] { device.run(demo::saxpy, 1.0f, x, y); }), 0u);
  EXPECT_EQ(heap_requests_of([&] { device.execute(demo::saxpy, 1.0f, x, y).get(); }), 0u);
  const dotcompute::PreparedLaunch launch = device.prepare(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(heap_requests_of([&] { launch.run(); }), 0u);
  EXPECT_EQ(heap_requests_of([&] { device.run("demo::saxpy", arg("a", 1.0f), arg("x", x), arg("y", y)); }), 0u);
  std::vector<float> plain(100);
  EXPECT_EQ(heap_requests_of([&] { device.run(demo::saxpy, 1.0f, plain, y); }), 0u);
}

TEST_F(DeviceAllocation, a_warm_replay_asks_the_heap_for_nothing) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  std::vector<float> plain(100);
  dotcompute::LaunchSequence sequence;
  for (int i = 0; i < 20; ++i) sequence.record(device.prepare(demo::saxpy, 1.0f, x, y));
  EXPECT_EQ(heap_requests_of([&] { sequence.replay(); }), 0u);
  sequence.record(runtime.on("cpu").prepare(demo::saxpy, 1.0f, plain, plain));
  sequence.record(device.prepare(demo::saxpy, 1.0f, plain, y));
  EXPECT_EQ(heap_requests_of([&] { sequence.replay(); }), 0u);
}

TEST_F(DeviceAllocation, choosing_a_device_asks_the_heap_for_nothing) {
  core->find_all_devices();
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  EXPECT_EQ(heap_requests_of([&] { runtime.run(demo::saxpy, 1.0f, x, y); }), 0u);
}

}  // namespace
