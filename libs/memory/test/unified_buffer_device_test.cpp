// What buffers and views do with a device, but for launches: which bytes travel, and when.

#include <array>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/memory/device_session.hpp>
#include <dotcompute/memory/unified_buffer.hpp>

#include "memory_errors.hpp"
#include "test_device.hpp"

namespace {

using dotcompute::Access;
using dotcompute::BufferState;
using dotcompute::Ownership;
using dotcompute::UnifiedBuffer;
using dotcompute::detail::DeviceSession;
using dotcompute::test::memory_error_of;
using dotcompute::test::TestDevice;
using dotcompute::test::TestDeviceState;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::int32_t> count_to(std::int32_t size) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(size));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

/// Handles of its memory are addresses, so that a test can be the device's own code.
std::span<std::int32_t> at(std::uintptr_t handle, std::size_t size) {
  return {reinterpret_cast<std::int32_t*>(handle), size};
}

class BufferOnDevice : public testing::Test {
 protected:
  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  TestDevice device{{}, state};
  std::unique_ptr<DeviceSession> session = std::make_unique<DeviceSession>(device);
};

TEST_F(BufferOnDevice, prefetch_starts_the_copy_and_returns) {
  UnifiedBuffer<std::int32_t> buffer(count_to(100));
  state->is_paused = true;
  buffer.prefetch(device);  // Would wait for ever if it waited.
  EXPECT_EQ(state->written_bytes, 400u);
  EXPECT_EQ(buffer.state(), BufferState::synchronized);
  state->is_paused = false;
  buffer.prefetch(device);
  EXPECT_EQ(state->written_bytes, 400u);
  buffer.mutable_span()[7] = -7;  // Not before the copy is done.
  EXPECT_EQ(buffer.state(), BufferState::host_dirty);
  buffer.slice(7, 1).prefetch(device);
  EXPECT_EQ(at(buffer.native_handle(device), 100)[7], -7);
}

TEST_F(BufferOnDevice, only_what_a_view_shows_travels) {
  UnifiedBuffer<std::int32_t> buffer(count_to(100));
  buffer.slice(10, 5).prefetch(device);
  EXPECT_EQ(state->written_bytes, 20u);
  buffer.slice(0, 20).prefetch(device);
  EXPECT_EQ(state->written_bytes, 80u);
  buffer.write(12, std::array{1, 2});
  buffer.slice(10, 5).prefetch(device);
  EXPECT_EQ(state->written_bytes, 88u);
  at(buffer.native_handle(device, Access::read_write), 100)[50] = -1;
  EXPECT_EQ(state->written_bytes, 408u);
  std::array<std::int32_t, 3> out{};
  buffer.read(49, out);
  EXPECT_THAT(out, ElementsAre(49, -1, 51));
  EXPECT_EQ(state->read_bytes, 12u);
  EXPECT_EQ(buffer.slice(49, 3).span()[1], -1);
  EXPECT_EQ(state->read_bytes, 12u);
  buffer.slice(0, 10).fill(5);  // Overwritten, so that nothing is copied first.
  EXPECT_EQ(state->read_bytes, 12u);
  buffer.synchronize();
  EXPECT_EQ(state->read_bytes, 12u + 348u);
  EXPECT_EQ(buffer.span()[9], 5);
  EXPECT_EQ(buffer.span()[99], 99);
}

TEST_F(BufferOnDevice, synchronize_brings_home_what_is_newer_on_the_device) {
  UnifiedBuffer<std::int32_t> buffer(8);
  at(buffer.native_handle(device, Access::write), 8)[3] = 3;
  EXPECT_EQ(state->written_bytes, 0u);  // Written as a whole: what was there before does not count.
  EXPECT_EQ(buffer.state(), BufferState::device_dirty);
  buffer.synchronize();
  EXPECT_EQ(buffer.state(), BufferState::synchronized);
  EXPECT_EQ(state->read_bytes, 32u);
  buffer.synchronize();
  EXPECT_EQ(state->read_bytes, 32u);
  EXPECT_EQ(buffer.span()[3], 3);
}

TEST_F(BufferOnDevice, a_mapping_brings_its_part_home_and_is_not_overtaken) {
  UnifiedBuffer<std::int32_t> buffer(8);
  at(buffer.native_handle(device, Access::write), 8)[3] = 3;
  {
    const auto mapping = buffer.slice(3, 2).map(Access::read_write);
    EXPECT_EQ(state->read_bytes, 8u);
    EXPECT_EQ(mapping.span()[0], 3);
    mapping.mutable_span()[1] = 4;
    EXPECT_THAT(
        memory_error_of([&] { buffer.slice(3, 1).prefetch(device); }),
        HasSubstr("4 bytes of a buffer of 32 bytes are wanted on test:0 and the buffer is mapped on the host for "
                  "writing; end the Mapping first"));
    EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.native_handle(device)); }), HasSubstr("is mapped"));
  }
  {
    const auto reading = std::as_const(buffer).map();
    buffer.prefetch(device);
    EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.native_handle(device, Access::read_write)); }),
                HasSubstr("is mapped on the host for reading"));
  }
  EXPECT_EQ(at(buffer.native_handle(device), 8)[4], 4);
  {
    const auto overwriting = buffer.map(Access::write);
    std::ranges::fill(overwriting.mutable_span(), 9);
  }
  EXPECT_EQ(state->read_bytes, 8u + 24u);  // For the mapping that read; the last one brought nothing.
  EXPECT_THAT(at(buffer.native_handle(device), 8), Each(9));
}

TEST_F(BufferOnDevice, copies_between_buffers_stay_on_the_device_that_has_the_newest) {
  UnifiedBuffer<std::int32_t> from(10), to(20);
  std::ranges::fill(at(from.native_handle(device, Access::write), 10), 7);
  to.slice(5, 10).copy_from(from);
  EXPECT_EQ(state->copied_bytes, 40u);
  to.slice(15, 5).copy_from(to.slice(5, 5));
  EXPECT_EQ(state->copied_bytes, 60u);
  EXPECT_EQ(state->read_bytes, 0u);
  EXPECT_THAT(to.span().subspan(5), Each(7));
  EXPECT_THAT(to.span().first(5), Each(0));
  EXPECT_EQ(state->read_bytes, 60u);
  // Those that the host has, and those that overlap, are copied there.
  to.slice(1, 19).copy_from(to.slice(0, 19));
  from.copy_from(to.slice(0, 10));
  EXPECT_EQ(state->copied_bytes, 60u);
  EXPECT_THAT(from.span(), ElementsAre(0, 0, 0, 0, 0, 0, 7, 7, 7, 7));
}

TEST_F(BufferOnDevice, a_copy_that_has_no_room_on_the_device_is_made_on_the_host) {
  UnifiedBuffer<std::int32_t> from(10), to(20);
  std::ranges::fill(at(from.native_handle(device, Access::write), 10), 7);
  state->memory_bytes = 100;
  to.slice(0, 10).copy_from(from);
  EXPECT_EQ(state->copied_bytes, 0u);
  EXPECT_EQ(to.span()[9], 7);
}

TEST_F(BufferOnDevice, a_prefetch_without_room_says_so_and_changes_nothing) {
  state->memory_bytes = 100;
  UnifiedBuffer<std::int32_t> buffer(count_to(100));
  EXPECT_THAT(memory_error_of<dotcompute::OutOfMemoryError>([&] { buffer.prefetch(device); }), HasSubstr("400"));
  EXPECT_EQ(buffer.span()[99], 99);
}

TEST_F(BufferOnDevice, a_handle_stays_the_same_and_its_memory_is_not_spilled) {
  UnifiedBuffer<std::int32_t> buffer(count_to(10));
  const std::uintptr_t handle = buffer.native_handle(device);
  EXPECT_THAT(at(handle, 10), testing::ElementsAreArray(count_to(10)));
  EXPECT_EQ(buffer.storage()->evict(*session, dotcompute::detail::Eviction::any_kind), 0u);
  buffer.fill(1);
  EXPECT_EQ(buffer.native_handle(device, Access::read_write), handle);
  EXPECT_THAT(at(handle, 10), Each(1));
}

TEST_F(BufferOnDevice, memory_of_the_driver_is_adopted_and_left_to_its_owner) {
  std::vector<std::int32_t> native = count_to(6);
  const auto handle = reinterpret_cast<std::uintptr_t>(native.data());
  {
    auto buffer = UnifiedBuffer<std::int32_t>::from_native(device, handle, 6, Ownership::borrowed);
    EXPECT_EQ(buffer.state(), BufferState::device_only);
    EXPECT_EQ(buffer.native_handle(device), handle);
    EXPECT_THAT(buffer.slice(4, 2).span(), ElementsAre(4, 5));
    EXPECT_EQ(state->read_bytes, 8u);
    buffer.write(0, std::array{-1});
    buffer.prefetch(device);
    EXPECT_EQ(state->written_bytes, 4u);
  }
  EXPECT_EQ(native[0], -1);
  EXPECT_EQ(native[5], 5);
}

TEST_F(BufferOnDevice, memory_of_the_driver_is_taken_and_given_back) {
  auto* const native = new std::byte[24];
  auto buffer =
      UnifiedBuffer<std::int32_t>::from_native(device, reinterpret_cast<std::uintptr_t>(native), 6, Ownership::taken);
  buffer.fill(3);
  session.reset();  // The runtime goes first: the content is at home.
  EXPECT_THAT(buffer.span(), Each(3));
}

TEST_F(BufferOnDevice, what_cannot_be_adopted_or_given_out_says_why) {
  using Buffer = UnifiedBuffer<std::int32_t>;
  EXPECT_THAT(
      memory_error_of([&] { static_cast<void>(Buffer::from_native(device, 0, 6, Ownership::borrowed)); }),
      HasSubstr("cannot adopt 6 elements of 4 bytes each on test:0 from a null handle; pass what the driver calls "
                "the memory"));
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(Buffer::from_native(device, 64, 0, Ownership::borrowed)); }),
              HasSubstr("cannot adopt no elements on test:0; make an empty buffer instead"));
  EXPECT_THAT(memory_error_of(
                  [&] { static_cast<void>(Buffer::from_native(device, 64, ~std::uint64_t{0}, Ownership::borrowed)); }),
              HasSubstr("that is more than memory can ever hold"));
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(Buffer().native_handle(device)); }),
              HasSubstr("a buffer without elements has no memory on test:0; make one with some"));
  session.reset();
  EXPECT_THAT(memory_error_of([&] { Buffer(3).prefetch(device); }),
              HasSubstr("the accelerator 'test:0' belongs to no runtime"));
}

}  // namespace
