// A pool over a long time, and with many threads.

#include <dotcompute/memory/memory_pool.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "counting_source.hpp"

namespace {

using dotcompute::MemoryPool;
using dotcompute::MemoryStatistics;
using dotcompute::PoolBlock;
using dotcompute::test::CountingSource;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || !defined(NDEBUG)
constexpr std::uint64_t churn_count = 300'000;
constexpr std::size_t many_blocks = 100'000;
#else
constexpr std::uint64_t churn_count = 10'000'000;
constexpr std::size_t many_blocks = 1'000'000;
#endif

/// From 1 byte to 16 MiB, all magnitudes alike.
std::uint64_t random_size(std::minstd_rand& random) {
  return static_cast<std::uint64_t>(std::exp2(std::uniform_real_distribution<double>(0, 24)(random)));
}

TEST(MemoryPoolChurn, random_allocations_for_a_long_time_do_not_grow) {
  CountingSource source;
  MemoryPool pool(source, {.release_threshold_bytes = std::uint64_t{64} << 20});
  std::minstd_rand random(1);
  std::vector<PoolBlock> blocks(256);
  std::uint64_t peak_early = 0;
  for (std::uint64_t i = 0; i < churn_count; ++i) {
    PoolBlock& block = blocks[random() % blocks.size()];
    block = {};
    block = pool.allocate(random_size(random));
    if (i == churn_count / 10) peak_early = pool.statistics().peak_bytes;
  }
  MemoryStatistics now = pool.statistics();
  EXPECT_EQ(now.live_blocks, blocks.size() - static_cast<std::size_t>(std::ranges::count_if(
                                                 blocks, [](const PoolBlock& block) { return !block; })));
  EXPECT_LE(now.cached_bytes, std::uint64_t{64} << 20);
  EXPECT_EQ(now.hits + now.misses, churn_count);
  // What random sizes need at once differs a little over time.
  EXPECT_LE(static_cast<double>(now.peak_bytes), 1.5 * static_cast<double>(peak_early));
  blocks.clear();
  pool.trim();
  now = pool.statistics();
  EXPECT_EQ(now.held_bytes, 0u);
  EXPECT_EQ(now.requested_bytes, 0u);
  EXPECT_EQ(source.used_bytes, 0u);
}

TEST(MemoryPoolChurn, sizes_that_come_again_are_nearly_always_hits) {
  CountingSource source;
  MemoryPool pool(source);
  std::minstd_rand random(2);
  std::vector<PoolBlock> blocks(64);
  for (int i = 0; i < 100'000; ++i) {
    PoolBlock& block = blocks[random() % blocks.size()];
    block = {};
    block = pool.allocate(std::uint64_t{1000} << (random() % 8));
  }
  EXPECT_GE(pool.statistics().hit_rate(), 0.99);
  EXPECT_LE(pool.statistics().source_allocations, 1000u);
}

TEST(MemoryPoolChurn, a_million_blocks_at_once) {
  CountingSource source;
  MemoryPool pool(source);
  std::vector<PoolBlock> blocks;
  blocks.reserve(many_blocks);
  for (std::size_t i = 0; i < many_blocks; ++i) blocks.push_back(pool.allocate(64 + i % 1000));
  EXPECT_EQ(pool.statistics().live_blocks, many_blocks);
  EXPECT_LE(pool.statistics().slack(), 0.125);
  blocks.clear();
  EXPECT_EQ(pool.statistics().live_blocks, 0u);
  EXPECT_EQ(pool.statistics().live_bytes, 0u);
}

TEST(MemoryPoolChurn, threads_that_pass_blocks_to_each_other) {
  constexpr std::size_t thread_count = 8;
  constexpr int rounds = static_cast<int>(churn_count / 1000);
  CountingSource source;
  MemoryPool pool(source, {.cap_bytes = std::uint64_t{64} << 20, .release_threshold_bytes = std::uint64_t{1} << 20});
  std::mutex mutex;
  std::vector<PoolBlock> passed;
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < thread_count; ++number) {
    threads.emplace_back([&, number] {
      std::minstd_rand random(static_cast<unsigned>(number + 1));
      for (int i = 0; i < rounds; ++i) {
        PoolBlock block = pool.allocate(1 + random() % 100'000);
        const std::lock_guard lock(mutex);
        if (passed.size() < 32) {
          passed.push_back(std::move(block));
        } else {
          std::swap(passed[random() % passed.size()], block);
        }
        if (i % 64 == 0) pool.trim(random() % 1'000'000);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.statistics().live_blocks, passed.size());
  passed.clear();
  pool.trim();
  EXPECT_EQ(source.used_bytes, 0u);
  EXPECT_EQ(pool.statistics().held_bytes, 0u);
}

}  // namespace
