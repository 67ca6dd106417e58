#include <dotcompute/memory/memory_pool.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/memory/device_memory_source.hpp>
#include <dotcompute/memory/size_classes.hpp>

#include "counting_source.hpp"
#include "test_device.hpp"

namespace {

using dotcompute::DeviceMemorySource;
using dotcompute::MemoryPool;
using dotcompute::MemoryStatistics;
using dotcompute::OutOfMemoryError;
using dotcompute::PoolBlock;
using dotcompute::detail::class_bytes;
using dotcompute::detail::SharedStream;
using dotcompute::detail::size_class;
using dotcompute::detail::StreamMark;
using dotcompute::test::CountingSource;
using dotcompute::test::TestDevice;
using dotcompute::test::TestDeviceState;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::uint64_t kib = std::uint64_t{1} << 10;
constexpr std::uint64_t mib = std::uint64_t{1} << 20;

TEST(SizeClasses, hold_what_is_asked_for_and_an_eighth_more_at_most) {
  for (std::uint64_t size = 0; size < 100'000; ++size) {
    const std::uint64_t has = class_bytes(size_class(size));
    ASSERT_GE(has, size);
    if (size >= dotcompute::detail::smallest_class_bytes) {
      ASSERT_LE((has - size) * 8, size) << size;
    }
    ASSERT_EQ(size_class(has), size_class(size));
  }
  for (std::size_t index = 1; index < dotcompute::detail::size_class_count; ++index) {
    ASSERT_EQ(size_class(class_bytes(index)), index);
    ASSERT_EQ(size_class(class_bytes(index - 1) + 1), index);
    ASSERT_LE(class_bytes(index) * 8, class_bytes(index - 1) * 9);
  }
}

TEST(MemoryPool, a_block_that_was_given_back_is_used_again) {
  CountingSource source;
  MemoryPool pool(source);
  EXPECT_EQ(pool.statistics().hit_rate(), 1.0);
  PoolBlock first = pool.allocate(1000);
  EXPECT_EQ(first.size_bytes(), 1000u);
  EXPECT_EQ(first.capacity_bytes(), 1024u);
  EXPECT_TRUE(first.is_new());
  PoolBlock second = pool.allocate(1000);
  EXPECT_EQ(source.allocations, 2u);
  first = {};
  second.give_back();
  EXPECT_FALSE(second);
  const PoolBlock third = pool.allocate(1020);
  EXPECT_FALSE(third.is_new());
  EXPECT_EQ(third.size_bytes(), 1020u);
  const MemoryStatistics now = pool.statistics();
  EXPECT_EQ(now.hits, 1u);
  EXPECT_EQ(now.misses, 2u);
  EXPECT_EQ(now.source_allocations, 2u);
  EXPECT_EQ(now.live_blocks, 1u);
  EXPECT_EQ(now.requested_bytes, 1020u);
  EXPECT_EQ(now.live_bytes, 1024u);
  EXPECT_EQ(now.cached_bytes, 1024u);
  EXPECT_EQ(now.held_bytes, 2048u);
  EXPECT_EQ(now.peak_bytes, 2048u);
  EXPECT_DOUBLE_EQ(now.slack(), 4.0 / 1024);
  EXPECT_DOUBLE_EQ(now.fragmentation(), 1.0 - 1020.0 / 2048);
  EXPECT_DOUBLE_EQ(now.hit_rate(), 1.0 / 3);
}

TEST(MemoryPool, sizes_of_nothing_and_beyond_all_memory) {
  CountingSource source;
  MemoryPool pool(source);
  EXPECT_EQ(pool.allocate(0).size_bytes(), 0u);
  for (const std::uint64_t size : {~std::uint64_t{0}, std::uint64_t{1} << 63, (std::uint64_t{1} << 47) + 1}) {
    EXPECT_FALSE(pool.try_allocate(size));
    try {
      static_cast<void>(pool.allocate(size));
      FAIL() << size;
    } catch (const OutOfMemoryError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("test:0 has no room for " + std::to_string(size) + " bytes"),
                                      HasSubstr("no memory can hold that much, ask for less")));
    }
  }
  EXPECT_EQ(pool.statistics().refusals, 6u);
}

TEST(MemoryPool, the_message_of_a_refusal_has_all_sizes) {
  CountingSource source;
  MemoryPool pool(source, {.cap_bytes = 100 * kib});
  const PoolBlock live = pool.allocate(60 * kib);
  static_cast<void>(pool.allocate(10 * kib));
  try {
    static_cast<void>(pool.allocate(50 * kib));
    FAIL();
  } catch (const OutOfMemoryError& error) {
    EXPECT_EQ(
        std::string(error.what()),
        "test:0 has no room for 51200 bytes: 61440 bytes are in use in 1 blocks and 0 bytes are cached, and 102400 "
        "bytes are the most that it may hold; give memory back, ask for less, or raise the cap");
    EXPECT_EQ(error.remedy(), dotcompute::Remedy::retry);
    EXPECT_EQ(error.context().device, "test:0");
  }
  try {
    static_cast<void>(pool.allocate(200 * kib));
    FAIL();
  } catch (const OutOfMemoryError& error) {
    EXPECT_EQ(error.remedy(), dotcompute::Remedy::fix_input);
  }
  MemoryPool bare(source);
  source.most_bytes = 0;
  try {
    static_cast<void>(bare.allocate(1));
    FAIL();
  } catch (const OutOfMemoryError& error) {
    EXPECT_THAT(error.what(), HasSubstr("0 bytes are cached; the source is empty; give memory back or ask for less"));
  }
}

TEST(MemoryPool, never_holds_more_than_its_cap) {
  CountingSource source;
  MemoryPool pool(source, {.cap_bytes = mib});
  std::vector<PoolBlock> blocks;
  for (int i = 0; i < 16; ++i) blocks.push_back(pool.allocate(64 * kib));
  EXPECT_FALSE(pool.try_allocate(1));
  EXPECT_EQ(pool.statistics().held_bytes, mib);
  // Blocks of another size give way, as many as it needs.
  blocks.resize(12);
  const PoolBlock other = pool.allocate(100 * kib);
  EXPECT_EQ(source.used_bytes, 14 * 64 * kib + 100 * kib);
  EXPECT_LE(pool.statistics().peak_bytes, mib);
  blocks.clear();
  EXPECT_TRUE(pool.try_allocate(mib - 100 * kib));
}

TEST(MemoryPool, free_blocks_beyond_the_threshold_go_back_the_oldest_first) {
  CountingSource source;
  MemoryPool pool(source, {.release_threshold_bytes = 4 * kib});
  std::vector<PoolBlock> blocks;
  for (const std::uint64_t size : {1 * kib, 2 * kib, 4 * kib}) blocks.push_back(pool.allocate(size));
  for (PoolBlock& block : blocks) {
    block.give_back();
    EXPECT_LE(pool.statistics().cached_bytes, 4 * kib);
  }
  EXPECT_EQ(source.used_bytes, 4 * kib);
  static_cast<void>(pool.allocate(4 * kib));
  EXPECT_EQ(source.allocations, 3u);
  EXPECT_EQ(pool.statistics().source_releases, 2u);
  MemoryPool keeps_nothing(source, {.release_threshold_bytes = 0});
  static_cast<void>(keeps_nothing.allocate(kib));
  EXPECT_EQ(keeps_nothing.statistics().held_bytes, 0u);
}

TEST(MemoryPool, trim_keeps_what_it_is_told_to) {
  CountingSource source;
  MemoryPool pool(source);
  std::vector<PoolBlock> blocks;
  for (int i = 0; i < 8; ++i) blocks.push_back(pool.allocate(kib));
  blocks.resize(2);
  EXPECT_EQ(pool.statistics().cached_bytes, 6 * kib);
  EXPECT_EQ(pool.trim(4 * kib), 2 * kib);
  EXPECT_EQ(pool.statistics().cached_bytes, 4 * kib);
  EXPECT_EQ(pool.trim(), 4 * kib);
  EXPECT_EQ(pool.trim(), 0u);
  EXPECT_EQ(source.used_bytes, 2 * kib);
}

TEST(MemoryPool, callbacks_are_asked_when_there_is_no_room) {
  CountingSource source;
  MemoryPool pool(source, {.cap_bytes = 4 * kib});
  std::vector<PoolBlock> hoard;
  for (int i = 0; i < 4; ++i) hoard.push_back(pool.allocate(kib));
  std::uint64_t wanted = 0;
  {
    const auto registration = pool.on_pressure([&](std::uint64_t bytes) {
      wanted = bytes;
      // Inside, the callbacks are not asked again.
      EXPECT_FALSE(pool.try_allocate(64 * kib));
      if (hoard.empty()) return std::uint64_t{0};
      hoard.pop_back();
      return kib;
    });
    EXPECT_TRUE(pool.try_allocate(2 * kib));
    EXPECT_EQ(wanted, 2 * kib);
    EXPECT_EQ(hoard.size(), 2u);
  }
  const PoolBlock rest = pool.allocate(2 * kib);
  EXPECT_FALSE(pool.try_allocate(2 * kib));
  EXPECT_EQ(hoard.size(), 2u);
  const auto liar = pool.on_pressure([](std::uint64_t bytes) { return bytes; });
  EXPECT_FALSE(pool.try_allocate(2 * kib));
  const auto thrower = pool.on_pressure([](std::uint64_t) -> std::uint64_t { throw 1; });
  EXPECT_FALSE(pool.try_allocate(2 * kib));
}

/// With a device whose streams stand still until the test lets them run.
class StreamOrder : public testing::Test {
 protected:
  StreamMark enqueue(SharedStream& stream, const PoolBlock& block, std::uint64_t offset_bytes = 0) {
    const std::lock_guard lock(stream.mutex());
    return {&stream, stream.stream().write(block.memory(), offset_bytes, {&byte, 1})};
  }
  void TearDown() override { state->is_paused = false; }

  std::byte byte{7};
  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  TestDevice device{{}, state};
  DeviceMemorySource source{device};
  SharedStream first{device, 0};
  SharedStream second{device, 1};
};

TEST_F(StreamOrder, a_block_in_use_goes_to_its_own_stream_only) {
  MemoryPool pool(source);
  state->is_paused = true;
  PoolBlock block = pool.allocate(kib, &first);
  const dotcompute::DeviceMemory* const memory = &block.memory();
  block.give_back({enqueue(first, block)});
  PoolBlock other = pool.allocate(kib, &second);
  EXPECT_NE(&other.memory(), memory);
  EXPECT_TRUE(other.pending().empty());
  PoolBlock same = pool.allocate(kib, &first);
  EXPECT_EQ(&same.memory(), memory);
  EXPECT_EQ(same.pending().size(), 1u);
  same.give_back();
  // Given back unused, it is still behind its earlier user.
  EXPECT_NE(&pool.allocate(kib).memory(), memory);
  state->is_paused = false;
  first.stream().wait(1);
  other.give_back();
  const PoolBlock idle[] = {pool.allocate(kib, &second), pool.allocate(kib, &second), pool.allocate(kib, &second)};
  for (const PoolBlock& each : idle) EXPECT_TRUE(each.pending().empty());
  EXPECT_EQ(state->allocations, 3u);
}

TEST_F(StreamOrder, with_no_room_another_streams_block_comes_with_its_marks) {
  MemoryPool pool(source, {.cap_bytes = kib});
  state->is_paused = true;
  PoolBlock block = pool.allocate(kib, &first);
  const StreamMark mark = enqueue(first, block);
  block.give_back({mark});
  PoolBlock taken = pool.allocate(kib, &second);
  ASSERT_EQ(taken.pending().size(), 1u);
  EXPECT_EQ(taken.pending()[0], mark);
  {
    const std::lock_guard lock(second.mutex());
    taken.order(second);
  }
  const StreamMark behind = enqueue(second, taken);
  state->is_paused = false;
  behind.wait();
  EXPECT_TRUE(mark.is_reached());
  taken.give_back({behind});
  EXPECT_EQ(state->allocations, 1u);
}

TEST_F(StreamOrder, for_another_size_the_pool_waits_until_a_block_is_free) {
  MemoryPool pool(source, {.cap_bytes = 2 * kib});
  state->is_paused = true;
  PoolBlock block = pool.allocate(kib, &first);
  block.give_back({enqueue(first, block)});
  EXPECT_EQ(pool.trim(), 0u);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    state->is_paused = false;
  });
  EXPECT_EQ(pool.allocate(2 * kib, &second).size_bytes(), 2 * kib);
  later.join();
  EXPECT_EQ(state->used_bytes, 2 * kib);
}

TEST_F(StreamOrder, what_was_in_use_at_the_threshold_goes_when_the_pool_is_tidied) {
  MemoryPool pool(source, {.release_threshold_bytes = kib});
  state->is_paused = true;
  PoolBlock block = pool.allocate(4 * kib, &first);
  const StreamMark mark = enqueue(first, block);
  block.give_back({mark});
  pool.tidy();
  EXPECT_EQ(state->used_bytes, 4 * kib);
  state->is_paused = false;
  mark.wait();
  pool.tidy();
  EXPECT_EQ(state->used_bytes, 0u);
}

TEST_F(StreamOrder, a_block_remembers_many_streams) {
  std::vector<std::unique_ptr<SharedStream>> streams;
  MemoryPool pool(source);
  PoolBlock block = pool.allocate(kib);
  state->is_paused = true;
  std::vector<StreamMark> marks;
  for (std::size_t i = 0; i < 12; ++i) {
    streams.push_back(std::make_unique<SharedStream>(device, i));
    marks.push_back(enqueue(*streams.back(), block, i));
    marks.push_back(enqueue(*streams.back(), block, i));
  }
  const dotcompute::DeviceMemory* const memory = &block.memory();
  block.give_back(marks);
  EXPECT_NE(&pool.allocate(kib, streams.front().get()).memory(), memory);
  state->is_paused = false;
  for (const StreamMark& mark : marks) mark.wait();
  const PoolBlock a = pool.allocate(kib), b = pool.allocate(kib);
  EXPECT_TRUE(a.pending().empty() && b.pending().empty());
  EXPECT_EQ(state->allocations, 2u);
}

TEST_F(StreamOrder, a_device_that_is_lost_is_no_shortage) {
  MemoryPool pool(source);
  state->is_lost = true;
  EXPECT_THROW(static_cast<void>(pool.try_allocate(kib)), dotcompute::DeviceError);
  EXPECT_EQ(pool.statistics().held_bytes, 0u);
}

}  // namespace
