// The order of launches, streams and pipelines on the devices of the machine. docs/guides/streams.md shows pieces of
// it.

#include <dotcompute/dotcompute.hpp>

#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_kernels.hpp"

namespace {

using namespace dotcompute;

/// The cpu, the reference and whatever has memory of its own.
std::vector<std::string> all_devices(const Runtime& runtime) {
  std::vector<std::string> ids;
  for (const AcceleratorStatus& status : runtime.accelerators()) {
    if (status.available) ids.push_back(status.info.id);
  }
  return ids;
}

TEST(StreamsGuide, launches_are_in_order_by_themselves) {
  Runtime runtime = Runtime::create();
  for (const std::string& device : all_devices(runtime)) {
    SCOPED_TRACE(device);
    UnifiedBuffer<double> x(std::vector<double>(1000, 1.0)), y(std::vector<double>(1000, 1.0));
    auto first = runtime.on("cpu").execute(demo::scale, 2.0, x);
    auto second = runtime.on(device).execute(demo::scale, 3.0, x);  // after the first: it has the same buffer
    auto third = runtime.on(device).execute(demo::scale, 5.0, y);   // whenever it likes
    EXPECT_EQ(x.span()[0], 6.0);                                    // after the second
    first.get();
    second.get();
    third.get();
    EXPECT_EQ(y.span()[0], 5.0);
  }
}

TEST(StreamsGuide, streams_order_what_shares_no_buffer) {
  Runtime runtime = Runtime::create();
  for (const std::string& device : all_devices(runtime)) {
    SCOPED_TRACE(device);
    std::vector<double> x(1000, 1.0), y(1000, 1.0);
    const LaunchStream load = runtime.create_stream(device);
    const LaunchStream work = runtime.create_stream(device);
    auto first = runtime.on(load).execute(demo::scale, 2.0, x);
    const Event loaded = load.record();
    work.wait_for(loaded);
    auto second = runtime.on(work).execute(demo::scale, 3.0, y);
    work.wait();
    EXPECT_TRUE(loaded.is_reached());
    first.get();
    second.get();
    EXPECT_EQ(x[0] + y[0], 5.0);
  }
}

TEST(StreamsGuide, sequences_are_recorded_and_replayed) {
  Runtime runtime = Runtime::create();
  for (const std::string& device : all_devices(runtime)) {
    SCOPED_TRACE(device);
    const UnifiedBuffer<float> force(std::vector<float>(1000, 1.0f));
    UnifiedBuffer<float> speed(1000), place(1000);
    LaunchSequence step;
    step.record(runtime.on(device).prepare(demo::saxpy, 0.5f, force, speed));
    step.record(runtime.on(device).prepare(demo::saxpy, 0.5f, speed, place));
    for (int i = 0; i < 4; ++i) step.replay();
    EXPECT_THAT(speed.span(), testing::Each(2.0f));
    EXPECT_THAT(place.span(), testing::Each(2.5f));
  }
}

TEST(Sequences, what_is_in_several_devices_and_in_plain_memory_is_in_order) {
  Runtime runtime = Runtime::create();
  const std::vector<std::string> ids = all_devices(runtime);
  std::vector<double> plain(1000, 1.0);
  UnifiedBuffer<double> buffer(std::vector<double>(1000, 1.0));
  UnifiedBuffer<float> x(std::vector<float>(1000, 1.0f)), y(1000);
  std::vector<float> sum(1000);
  LaunchSequence sequence;
  float expected_x = 1.0f, expected_y = 0.0f;
  for (const std::string& id : ids) {
    const Launcher on = runtime.on(id);
    sequence.record(on.prepare(demo::scale, 2.0, plain));
    sequence.record(on.prepare(demo::scale, 2.0, buffer));
    sequence.record(on.prepare(demo::saxpy, 1.0f, x, y));
    sequence.record(on.prepare(demo::vector_add, x, y, x));
  }
  sequence.record(runtime.on("cpu").prepare(demo::vector_add, x, y, sum));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(sequence.replay().completed, 4 * ids.size() + 1);
    for (std::size_t each = 0; each < ids.size(); ++each) {
      expected_y += expected_x;
      expected_x += expected_y;
    }
  }
  const double powers = std::ldexp(1.0, 2 * static_cast<int>(ids.size()));
  EXPECT_THAT(plain, testing::Each(powers));
  EXPECT_THAT(buffer.span(), testing::Each(powers));
  EXPECT_THAT(x.span(), testing::Each(expected_x));
  EXPECT_THAT(sum, testing::Each(expected_x + expected_y));
}

TEST(StreamsGuide, pipelines_cut_arrays) {
  Runtime runtime = Runtime::create();
  for (const std::string& device : all_devices(runtime)) {
    SCOPED_TRACE(device);
    std::vector<float> x(100'001, 1.0f), y(100'001, 1.0f);
    const PipelineReport report =
        runtime.on(device).pipeline({.chunk = 10'000, .streams = 3}, demo::saxpy, 2.0f, chunked(x), chunked(y));
    EXPECT_EQ(report.chunks, 11u);
    EXPECT_THAT(y, testing::Each(3.0f));
    EXPECT_EQ(report.stages.size(), report.bytes_to_device == 0 ? 11u : 33u);
  }
}

TEST(Order, sixteen_threads_that_share_buffers_lose_no_write_on_any_device) {
  for (const std::size_t cpu_threads : {1u, 2u}) {
    Runtime runtime = Runtime::create({.cpu_threads = cpu_threads});
    const std::vector<std::string> ids = all_devices(runtime);
    constexpr int rounds = 30;
    std::array<UnifiedBuffer<float>, 4> sums;
    for (auto& sum : sums) sum = UnifiedBuffer<float>(std::uint64_t{3000});
    const UnifiedBuffer<float> one(std::vector<float>(3000, 1.0f));
    std::array<std::atomic<int>, 4> added{};
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::vector<std::thread> team;
    for (unsigned t = 0; t < 16; ++t) {
      team.emplace_back([&, t] {
        std::minstd_rand random(seed + t);
        std::vector<Task<LaunchReport>> tasks;
        for (int round = 0; round < rounds; ++round) {
          const std::size_t which = random() % sums.size();
          const Launcher on = runtime.on(ids[random() % ids.size()]);
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
    for (std::size_t i = 0; i < sums.size(); ++i)
      EXPECT_THAT(sums[i].span(), testing::Each(static_cast<float>(added[i])));
  }
}

/// Goes on where a launch ends, on a thread of the device perhaps, and blocks there.
Task<int> launch_and_block(Launcher on, Launcher other, UnifiedBuffer<double>& shared, UnifiedBuffer<double>& own) {
  co_await on.execute(demo::scale, 1.0, own);
  other.run(demo::scale, 2.0, shared);
  on.execute(demo::scale, 0.5, shared).get();
  co_return static_cast<int>(own.span()[0]);
}

TEST(Order, coroutines_that_block_where_launches_end_do_not_wait_for_each_other) {
  for (const std::size_t cpu_threads : {1u, 2u}) {
    Runtime runtime = Runtime::create({.cpu_threads = cpu_threads});
    const std::vector<std::string> ids = all_devices(runtime);
    UnifiedBuffer<double> shared(std::vector<double>(20'000, 1.0));
    std::vector<UnifiedBuffer<double>> own;
    for (int i = 0; i < 40; ++i) own.emplace_back(std::vector<double>(20'000, 1.0));
    std::vector<Task<int>> tasks;
    for (std::size_t i = 0; i < own.size(); ++i) {
      tasks.push_back(
          launch_and_block(runtime.on(ids[i % ids.size()]), runtime.on(ids[i / 3 % ids.size()]), shared, own[i]));
    }
    for (Task<int>& task : tasks) EXPECT_EQ(task.get(), 1);
    EXPECT_EQ(shared.span()[0], 1.0);
  }
}

}  // namespace
