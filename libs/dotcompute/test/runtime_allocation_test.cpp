// Counts what the heap is asked for while warm launches run on the cpu, workers included.

#include <dotcompute/dotcompute.hpp>

#include <vector>

#include <gtest/gtest.h>

#include "counted_heap.hpp"
#include "test_kernels.hpp"

namespace {

using dotcompute::Runtime;
using dotcompute::UnifiedBuffer;
using dotcompute::test::heap_requests_of;

class CpuAllocation : public testing::TestWithParam<std::size_t> {
 protected:
  dotcompute::test::Registration demo{dotcompute::test::demo_unit()};
  // Looking for devices in the middle of the count would be counted.
  Runtime runtime = Runtime::create({.cpu_threads = 2, .discovery = dotcompute::Discovery::named_only});
  std::vector<float> x = std::vector<float>(GetParam(), 1.0f);
  std::vector<float> y = std::vector<float>(GetParam());
  UnifiedBuffer<float> z{GetParam()};
};

TEST_P(CpuAllocation, a_warm_blocking_launch_asks_the_heap_for_nothing) {
  EXPECT_EQ(heap_requests_of([&] { runtime.run(demo::saxpy, 1.0f, x, y); }), 0u);
  EXPECT_EQ(heap_requests_of([&] { runtime.on("cpu").over(x.size()).run(demo::saxpy, 1.0f, x, z); }), 0u);
}

TEST_P(CpuAllocation, a_warm_asynchronous_launch_asks_the_heap_for_nothing) {
  EXPECT_EQ(heap_requests_of([&] { runtime.execute(demo::saxpy, 1.0f, x, y).get(); }), 0u);
  EXPECT_EQ(heap_requests_of([&] {
              auto first = runtime.execute(demo::saxpy, 1.0f, x, y);
              runtime.execute(demo::saxpy, 1.0f, x, z).get();
              first.get();
            }),
            0u);
}

TEST_P(CpuAllocation, a_warm_prepared_launch_asks_the_heap_for_nothing) {
  const dotcompute::PreparedLaunch launch = runtime.prepare(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(heap_requests_of([&] { launch.run(); }), 0u);
  EXPECT_EQ(heap_requests_of([&] { launch.execute().get(); }), 0u);
}

TEST_P(CpuAllocation, a_warm_replay_asks_the_heap_for_nothing) {
  dotcompute::LaunchSequence sequence;
  for (int i = 0; i < 2; ++i) sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, y));
  sequence.record(runtime.prepare(demo::saxpy, 1.0f, x, z));
  EXPECT_EQ(heap_requests_of([&] { sequence.replay(); }), 0u);
}

INSTANTIATE_TEST_SUITE_P(Sizes, CpuAllocation, testing::Values(1, 1024, 65'536, 300'000));

}  // namespace
