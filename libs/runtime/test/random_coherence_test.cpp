// Random uses of buffers and vectors on the host and on devices, against plain vectors.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "device_fixture.hpp"
#include "random_uses.hpp"

namespace {

using dotcompute::UnifiedBuffer;
using dotcompute::detail::Eviction;
using dotcompute::test::RandomUses;
using dotcompute::test::seed_of_this_run;
using dotcompute::test::TestDeviceOptions;
using dotcompute::test::TestDeviceState;
using RandomCoherence = dotcompute::test::DeviceTest;

/// On the cpu and three devices: the first two with the same number of `peers` reach each other unless it is 0.
void expect_agreement(int peers) {
  const dotcompute::test::Registration demo(dotcompute::test::demo_unit());
  const auto state = std::make_shared<TestDeviceState>();
  state->delays = true;
  dotcompute::detail::RuntimeCore core(dotcompute::test::parts_with_devices(
      state, {TestDeviceOptions{.id = "test:0", .peers = peers}, TestDeviceOptions{.id = "test:1", .peers = peers},
              TestDeviceOptions{.id = "test:2"}}));
  const std::uint64_t seed = seed_of_this_run();
  for (std::uint64_t round = 0; round < 6; ++round) {
    SCOPED_TRACE(testing::Message() << "seed " << seed + round << ", to be set as DOTCOMPUTE_TEST_SEED");
    RandomUses uses(dotcompute::Launcher(core), {"cpu", "test:0", "test:1", "test:2"}, seed + round);
    for (int i = 0; i < 200; ++i) {
      ASSERT_NO_FATAL_FAILURE(uses.step()) << "at step " << i;
    }
    ASSERT_NO_FATAL_FAILURE(uses.check_all());
  }
  EXPECT_EQ(state->copied_bytes > 0, peers != 0);
}

TEST(RandomDevices, agree_with_plain_vectors) { expect_agreement(0); }

TEST(RandomDevices, agree_with_plain_vectors_where_devices_copy_from_each_other) { expect_agreement(1); }

TEST_F(RandomCoherence, launches_of_sixteen_threads_on_shared_buffers_all_count) {
  constexpr int thread_count = 16;
  constexpr int launch_count = 30;
  state->delays = true;
  UnifiedBuffer<float> ones(std::vector<float>(64, 1.0f));
  std::vector<UnifiedBuffer<float>> sums;
  for (int i = 0; i < 3; ++i) sums.emplace_back(64);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < thread_count; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < launch_count; ++i) {
          const std::string id = (t + i / 3) % 2 == 0 ? "test:0" : "test:1";
          UnifiedBuffer<float>& sum = sums[static_cast<std::size_t>(i) % sums.size()];
          runtime.on(id).run(demo::saxpy, 1.0f, ones, sum);
          sum.storage()->evict(*core->device(id).session, i % 2 == 0 ? Eviction::clean : Eviction::any_kind);
        }
      });
    }
  }
  for (const UnifiedBuffer<float>& sum : sums) {
    EXPECT_THAT(sum.span(), testing::Each(thread_count * launch_count / 3));
  }
}

TEST_F(RandomCoherence, holds_for_threads_with_buffers_of_their_own) {
  state->delays = true;
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE(testing::Message() << "seed " << seed << ", to be set as DOTCOMPUTE_TEST_SEED");
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 6; ++t) {
    threads.emplace_back([this, seed, t] {
      RandomUses uses(runtime, {"cpu", "test:0", "test:1"}, seed + 100 * t);
      for (int i = 0; i < 60 && !testing::Test::HasFatalFailure(); ++i) uses.step();
      uses.check_all();
    });
  }
}

}  // namespace
