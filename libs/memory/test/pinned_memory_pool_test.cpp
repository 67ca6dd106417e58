#include <dotcompute/memory/pinned_memory_pool.hpp>

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/memory/device_session.hpp>

#include "memory_errors.hpp"
#include "test_device.hpp"

namespace {

using dotcompute::PinnedMemoryPool;
using dotcompute::detail::DeviceSession;
using dotcompute::test::memory_error_of;
using dotcompute::test::TestDevice;
using dotcompute::test::TestDeviceState;
using testing::HasSubstr;

class Pinned : public testing::Test {
 protected:
  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  TestDevice device{{.has_pinned = true}, state};
};

TEST_F(Pinned, containers_are_made_of_it_and_their_memory_is_used_again) {
  DeviceSession session(device);
  ASSERT_NE(session.pinned_memory(), nullptr);
  PinnedMemoryPool& pinned = *session.pinned_memory();
  EXPECT_EQ(session.pinned_memory(), &pinned);
  for (int i = 0; i < 3; ++i) {
    const std::pmr::vector<float> values(1000, 1.0f, &pinned.resource());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(values.data()) % 64, 0u);
  }
  EXPECT_EQ(pinned.pool().statistics().source_allocations, 1u);
  EXPECT_GT(state->pinned_bytes, 4000u);
}

TEST_F(Pinned, goes_with_the_session) {
  {
    DeviceSession session(device);
    const std::pmr::vector<float> values(1000, 1.0f, &session.pinned_memory()->resource());
  }
  EXPECT_EQ(state->pinned_bytes, 0u);
}

TEST_F(Pinned, is_null_where_the_device_has_none) {
  TestDevice plain({}, state);
  DeviceSession session(plain);
  EXPECT_EQ(session.pinned_memory(), nullptr);
  EXPECT_EQ(session.pinned_memory(), nullptr);
}

TEST_F(Pinned, a_shortage_says_whose_memory_it_is_and_the_sizes) {
  state->pinned_limit_bytes = 10'000;
  DeviceSession session(device);
  PinnedMemoryPool& pinned = *session.pinned_memory();
  EXPECT_THAT(
      memory_error_of<dotcompute::OutOfMemoryError>([&] { static_cast<void>(pinned.pool().allocate(1'000'000)); }),
      testing::AllOf(HasSubstr("pinned memory of test:0 has no room for 1000000 bytes"), HasSubstr("10000")));
  EXPECT_THROW(static_cast<void>(pinned.resource().allocate(1'000'000)), std::bad_alloc);
}

TEST_F(Pinned, a_session_is_found_by_its_accelerator_while_it_lives) {
  using dotcompute::detail::session_of;
  {
    DeviceSession session(device);
    EXPECT_EQ(session_of(device), &session);
  }
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(session_of(device)); }),
              HasSubstr("the accelerator 'test:0' belongs to no runtime; pass one of a Runtime's that lives"));
}

}  // namespace
