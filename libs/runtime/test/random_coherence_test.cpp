// Random uses of buffers and vectors on the host and on devices, against plain vectors.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "device_fixture.hpp"
#include "random_uses.hpp"

namespace {

using dotcompute::test::RandomUses;
using dotcompute::test::seed_of_this_run;
using RandomCoherence = dotcompute::test::DeviceTest;

TEST_F(RandomCoherence, agrees_with_plain_vectors) {
  state->delays = true;
  const std::uint64_t seed = seed_of_this_run();
  for (std::uint64_t round = 0; round < 8; ++round) {
    SCOPED_TRACE(testing::Message() << "seed " << seed + round << ", to be set as DOTCOMPUTE_TEST_SEED");
    RandomUses uses(runtime, {"cpu", "test:0", "test:1"}, seed + round);
    for (int i = 0; i < 150; ++i) {
      ASSERT_NO_FATAL_FAILURE(uses.step()) << "at step " << i;
    }
    ASSERT_NO_FATAL_FAILURE(uses.check_all());
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
