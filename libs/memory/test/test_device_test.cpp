// The device of the tests: what other tests rely on.
#include "test_device.hpp"

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::test {
namespace {

using Kind = TestOperation::Kind;

class TestDevices : public testing::Test {
 protected:
  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  TestDevice first{{.id = "test:0", .peers = 1, .has_pinned = true}, state};
  TestDevice second{{.id = "test:1", .peers = 1}, state};
  TestDevice alone{{.id = "test:2"}, state};
  std::array<std::byte, 8> bytes{};
};

TEST_F(TestDevices, OfOneNumberArePeers) {
  EXPECT_TRUE(first.can_access_peer(second));
  EXPECT_TRUE(second.can_access_peer(first));
  EXPECT_FALSE(first.can_access_peer(first));
  EXPECT_FALSE(first.can_access_peer(alone));
  EXPECT_FALSE(alone.can_access_peer(first));
}

TEST_F(TestDevices, CopyBetweenPeersAndNobodyElse) {
  const auto here = first.allocate(8);
  const auto there = second.allocate(8);
  const auto stream = first.create_stream();
  const auto other = second.create_stream();
  bytes.fill(std::byte{7});
  other->wait_for(*stream, stream->write(*here, 0, bytes));
  other->copy(*there, 1, *here, 0, 7);
  std::array<std::byte, 8> back{};
  other->wait(other->read(back, *there, 0));
  EXPECT_EQ(back[0], std::byte{0xCD});
  EXPECT_EQ(back[7], std::byte{7});
  EXPECT_EQ(state->copied_bytes, 7u);
  const auto far = alone.allocate(8);
  EXPECT_THROW(stream->copy(*far, 0, *here, 0, 1), std::logic_error);
  EXPECT_THROW(stream->write(*there, 0, bytes), std::logic_error) << "only copies reach a peer's memory";
  EXPECT_THROW(alone.create_stream()->wait_for(*stream, 1), std::logic_error);
}

TEST_F(TestDevices, SeeWhatLiesOutside) {
  const auto memory = first.allocate(8);
  const auto stream = first.create_stream();
  EXPECT_THROW(stream->write(*memory, 1, bytes), std::logic_error);
  EXPECT_THROW(stream->read(bytes, *memory, 9), std::logic_error);
  EXPECT_THROW(stream->copy(*memory, 5, *memory, 0, 4), std::logic_error);
  EXPECT_THROW(stream->copy(*memory, 3, *memory, 0, 4), std::logic_error) << "onto itself";
}

TEST_F(TestDevices, LogWhatRanAtOnce) {
  state->keeps_log = true;
  const auto pinned = first.allocate_pinned(8);
  const auto memory = first.allocate(16);
  const auto stream = first.create_stream();
  const auto other = first.create_stream();
  std::atomic<int> begun{0};
  state->at_begin = [&](const TestOperation& operation) {
    if (operation.kind == Kind::wait) return;
    ++begun;
    while (begun < 2) std::this_thread::yield();
  };
  const StreamPoint written = stream->write(*memory, 0, pinned->bytes());
  const StreamPoint read = other->read(bytes, *memory, 8);
  stream->wait(written);
  other->wait(read);
  other->wait(other->wait_for(*stream, written));
  const std::vector<TestOperation> log = state->log();
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0].kind, Kind::write);
  EXPECT_TRUE(log[0].is_pinned);
  EXPECT_EQ(log[0].to, memory->native_handle());
  EXPECT_EQ(log[1].kind, Kind::read);
  EXPECT_FALSE(log[1].is_pinned);
  EXPECT_EQ(log[1].offset_bytes, 8u);
  EXPECT_TRUE(log[0].overlaps(log[1]));
  EXPECT_FALSE(log[2].overlaps(log[0]));
  EXPECT_NE(log[0].stream, log[1].stream);
}

TEST_F(TestDevices, TakeMemoryOfOthers) {
  const auto own = first.allocate(8);
  const auto stream = first.create_stream();
  const auto borrowed = first.adopt(own->native_handle(), 8, Ownership::borrowed);
  stream->write(*borrowed, 0, bytes);
  std::array<std::byte, 8> back{};
  back.fill(std::byte{1});
  stream->wait(stream->read(back, *own, 0));
  EXPECT_EQ(back, bytes);
  auto* const made = new std::byte[4]();
  const auto taken = first.adopt(reinterpret_cast<std::uintptr_t>(made), 4, Ownership::taken);
  EXPECT_EQ(state->used_bytes, 8u);
  EXPECT_THROW(static_cast<void>(first.adopt(0, 4, Ownership::taken)), DeviceError);
}

}  // namespace
}  // namespace dotcompute::test
