#include <dotcompute/memory/staging_blocks.hpp>

#include <cstdint>
#include <memory>
#include <mutex>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/memory/device_session.hpp>
#include <dotcompute/memory/shared_stream.hpp>

#include "test_device.hpp"

namespace {

using dotcompute::DeviceMemory;
using dotcompute::detail::block_size_for;
using dotcompute::detail::DeviceSession;
using dotcompute::detail::SharedStream;
using dotcompute::detail::StagingBlocks;
using dotcompute::test::TestDevice;
using dotcompute::test::TestDeviceState;

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

TEST(StagingBlocks, sizes_are_close_to_what_is_asked_for) {
  EXPECT_EQ(block_size_for(1), 4096u);
  EXPECT_EQ(block_size_for(4096), 4096u);
  EXPECT_EQ(block_size_for(4097), 5120u);
  EXPECT_EQ(block_size_for(8192), 8192u);
  for (std::uint64_t size = 4097; size < 64 * mib; size = size * 9 / 8 + 1) {
    ASSERT_GE(block_size_for(size), size);
    ASSERT_LE(block_size_for(size), size + size / 4);
    ASSERT_EQ(block_size_for(block_size_for(size)), block_size_for(size));
  }
  EXPECT_EQ(block_size_for(64 * mib + 1), 64 * mib + 1);
}

class Blocks : public testing::Test {
 protected:
  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  TestDevice device{{}, state};
};

TEST_F(Blocks, a_block_that_was_given_back_is_used_again_for_its_size) {
  SharedStream stream(device, 0);
  StagingBlocks& blocks = stream.blocks();
  DeviceMemory& first = blocks.take(5000);
  DeviceMemory& second = blocks.take(5000);
  EXPECT_NE(&first, &second);
  blocks.give_back(first, 0);
  EXPECT_EQ(&blocks.take(4900), &first);
  EXPECT_NE(&blocks.take(100'000), &second);
  EXPECT_EQ(state->allocations, 3u);
}

TEST_F(Blocks, idle_ones_beyond_the_bound_are_freed_once_nothing_uses_them) {
  SharedStream stream(device, 0);
  StagingBlocks& blocks = stream.blocks();
  DeviceMemory& large = blocks.take(StagingBlocks::most_idle_bytes);
  DeviceMemory& small = blocks.take(4096);
  state->is_paused = true;
  const std::byte source{};
  const dotcompute::StreamPoint point = stream.stream().write(large, 0, {&source, 1});
  blocks.give_back(large, point);
  EXPECT_FALSE(blocks.has_too_much());
  blocks.give_back(small, point);
  EXPECT_TRUE(blocks.has_too_much());
  blocks.trim(stream.stream(), StagingBlocks::most_idle_bytes);
  EXPECT_TRUE(blocks.has_too_much());
  state->is_paused = false;
  stream.stream().wait(point);
  blocks.trim(stream.stream(), StagingBlocks::most_idle_bytes);
  EXPECT_FALSE(blocks.has_too_much());
  EXPECT_EQ(state->used_bytes, 4096u);
}

TEST_F(Blocks, give_way_to_an_allocation_that_does_not_fit) {
  state->memory_bytes = 3 * mib;
  DeviceSession session(device);
  SharedStream& stream = session.stream();
  DeviceMemory& block = session.take_block(stream, 2 * mib);
  EXPECT_THROW(static_cast<void>(session.allocate(2 * mib)), dotcompute::OutOfMemoryError);
  {
    const std::lock_guard lock(stream.mutex());
    stream.blocks().give_back(block, 0);
  }
  EXPECT_EQ(session.allocate(2 * mib)->size_bytes(), 2 * mib);
  EXPECT_EQ(session.take_block(stream, 3 * mib).size_bytes(), 3 * mib);
}

}  // namespace
