// Transfers between devices, and staged ones, on devices that log what they do.
#include <dotcompute/memory/peer_transfer.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/memory/unified_buffer.hpp>

#include "test_device.hpp"

namespace dotcompute::detail {
namespace {

using test::TestDevice;
using test::TestDeviceOptions;
using test::TestDeviceState;
using test::TestOperation;
using Kind = TestOperation::Kind;

constexpr std::uint64_t chunk_bytes = 128 << 10;

class PeerTransfers : public testing::Test {
 protected:
  static TestDeviceOptions options(std::string id, bool stages, int peers = 0) {
    return {.id = std::move(id), .peers = peers, .has_pinned = stages, .stages_pageable = stages};
  }

  /// A device with bytes in its memory, and what transfers need there.
  struct End {
    End(const TestDeviceOptions& options, std::shared_ptr<TestDeviceState> state, std::uint64_t size_bytes)
        : device(options, std::move(state)),
          stream(device, 0),
          memory(device.allocate(size_bytes)),
          chunks(device, {.chunk_bytes = chunk_bytes, .limit_bytes = 4 * chunk_bytes}) {}

    void fill(std::span<const std::byte> bytes) { stream.stream().wait(stream.stream().write(*memory, 0, bytes)); }
    std::vector<std::byte> contents() {
      std::vector<std::byte> bytes(memory->size_bytes());
      stream.stream().wait(stream.stream().read(bytes, *memory, 0));
      return bytes;
    }

    TestDevice device;
    SharedStream stream;
    std::unique_ptr<DeviceMemory> memory;
    PinnedChunks chunks;
  };

  static std::vector<std::byte> random_bytes(std::size_t count) {
    std::mt19937 random(static_cast<unsigned>(count));
    std::vector<std::byte> bytes(count);
    for (std::byte& each : bytes) each = static_cast<std::byte>(random());
    return bytes;
  }

  std::vector<TestOperation> logged(Kind kind) const {
    std::vector<TestOperation> found;
    for (const TestOperation& each : state->log()) {
      if (each.kind == kind && each.size_bytes != 0) found.push_back(each);
    }
    return found;
  }

  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
};

TEST_F(PeerTransfers, GoDirectlyBetweenPeers) {
  const auto bytes = random_bytes(5 * chunk_bytes + 3);
  End from(options("test:0", true, 1), state, bytes.size());
  End to(options("test:1", true, 1), state, bytes.size());
  from.fill(bytes);
  state->keeps_log = true;
  const StreamMark mark =
      transfer(to.chunks, {to.stream, *to.memory, 1}, {from.stream, *from.memory, 2}, {.size_bytes = bytes.size() - 2});
  EXPECT_EQ(mark.stream, &to.stream);
  mark.wait();
  EXPECT_EQ(logged(Kind::copy).size(), 1u);
  EXPECT_TRUE(logged(Kind::read).empty());
  EXPECT_TRUE(logged(Kind::write).empty());
  const auto there = to.contents();
  EXPECT_TRUE(std::equal(bytes.begin() + 2, bytes.end(), there.begin() + 1));
}

TEST_F(PeerTransfers, ADirectOneComesBehindWhatTheSourcesStreamDoes) {
  const auto bytes = random_bytes(1000);
  End from(options("test:0", false, 1), state, bytes.size());
  End to(options("test:1", false, 1), state, bytes.size());
  state->is_paused = true;
  from.stream.stream().write(*from.memory, 0, bytes);
  const StreamMark mark =
      transfer(to.chunks, {to.stream, *to.memory}, {from.stream, *from.memory}, {.size_bytes = bytes.size()});
  EXPECT_FALSE(mark.is_reached());
  state->is_paused = false;
  mark.wait();
  EXPECT_EQ(to.contents(), bytes);
}

TEST_F(PeerTransfers, OverTheHostAreRightAtAnySize) {
  for (const bool stages : {false, true}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{chunk_bytes - 1},
                                   std::size_t{chunk_bytes}, std::size_t{3 * chunk_bytes + 17}}) {
      const auto bytes = random_bytes(size + 5);
      End from(options("test:0", stages), state, bytes.size());
      End to(options("test:1", stages), state, bytes.size());
      from.fill(bytes);
      std::vector<std::byte> host(size);
      for (const bool keeps : {false, true}) {
        to.fill(std::vector<std::byte>(bytes.size()));
        const StreamMark mark =
            transfer(to.chunks, {to.stream, *to.memory, 3}, {from.stream, *from.memory, 2},
                     {.size_bytes = size, .host = keeps ? std::span(host) : std::span<std::byte>()});
        EXPECT_TRUE(!keeps || std::equal(host.begin(), host.end(), bytes.begin() + 2)) << size;
        mark.wait();
        const auto there = to.contents();
        EXPECT_TRUE(
            std::equal(bytes.begin() + 2, bytes.begin() + 2 + static_cast<std::ptrdiff_t>(size), there.begin() + 3))
            << size << (stages ? " staged" : "") << (keeps ? " kept" : "");
        EXPECT_EQ(there[2], std::byte{});
      }
    }
  }
}

/// Has a read of a part and the write of the part before it wait for each other, which they can only if both are under
/// way at once.
class Rendezvous {
 public:
  Rendezvous(TestDeviceState& state, std::size_t parts) : state_(state), parts_(parts) {
    state.keeps_log = true;
    state.at_begin = [this](const TestOperation& operation) { begin(operation); };
  }
  ~Rendezvous() { state_.at_begin = {}; }
  [[nodiscard]] bool was_in_vain() const { return was_in_vain_; }

 private:
  void begin(const TestOperation& operation) {
    if (operation.size_bytes == 0) return;
    std::unique_lock lock(mutex_);
    const bool is_read = operation.kind == Kind::read;
    const std::size_t index = (is_read ? reads_ : writes_)++;
    changed_.notify_all();
    const auto met = [&] {
      return is_read ? index == 0 || writes_ >= index : index + 1 == parts_ || reads_ >= index + 2;
    };
    if (!changed_.wait_for(lock, std::chrono::seconds(20), met)) was_in_vain_ = true;
  }

  TestDeviceState& state_;
  std::size_t parts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t reads_ = 0;
  std::size_t writes_ = 0;
  bool was_in_vain_ = false;
};

TEST_F(PeerTransfers, ReadOnePartWhileTheOneBeforeItIsWritten) {
  constexpr std::size_t parts = 6;
  const auto bytes = random_bytes(parts * chunk_bytes);
  for (const bool stages : {false, true}) {
    End from(options("test:0", stages), state, bytes.size());
    End to(options("test:1", stages), state, bytes.size());
    from.fill(bytes);
    state->operations.clear();
    {
      const Rendezvous both(*state, parts);
      transfer(to.chunks, {to.stream, *to.memory}, {from.stream, *from.memory}, {.size_bytes = bytes.size()}).wait();
      EXPECT_FALSE(both.was_in_vain());
    }
    state->keeps_log = false;
    EXPECT_EQ(to.contents(), bytes);
    const auto reads = logged(Kind::read);
    const auto writes = logged(Kind::write);
    ASSERT_EQ(reads.size(), parts);
    ASSERT_EQ(writes.size(), parts);
    for (std::size_t k = 0; k + 1 < parts; ++k) {
      EXPECT_TRUE(writes[k].overlaps(reads[k + 1])) << k;
      EXPECT_LT(reads[k].end, writes[k].begin) << k;
    }
    // Two places take turns.
    for (std::size_t k = 0; k < parts; ++k) {
      EXPECT_EQ(reads[k].host, reads[k % 2].host);
      EXPECT_EQ(writes[k].host, reads[k].host);
      EXPECT_EQ(reads[k].is_pinned, stages);
      EXPECT_TRUE(k < 2 || writes[k - 2].end < reads[k].begin) << "a place is free before it is used again";
    }
  }
}

TEST_F(PeerTransfers, AFailureOnTheWayIsThrown) {
  const auto bytes = random_bytes(4 * chunk_bytes);
  End from(options("test:0", true), state, bytes.size());
  End to(options("test:1", true), state, bytes.size());
  from.fill(bytes);
  state->operations_until_failure = 3;
  EXPECT_THROW(
      transfer(to.chunks, {to.stream, *to.memory}, {from.stream, *from.memory}, {.size_bytes = bytes.size()}).wait(),
      DeviceError);
}

TEST_F(PeerTransfers, WritesAreStagedWhereTheDeviceSaysSo) {
  const auto bytes = random_bytes(5 * chunk_bytes + 100);
  for (const bool stages : {false, true}) {
    state->operations.clear();
    End to(options("test:0", stages), state, bytes.size());
    state->keeps_log = true;
    std::vector<std::byte> given = bytes;
    {
      const std::lock_guard lock(to.stream.mutex());
      const StreamPoint point = write_staged(to.chunks, {to.stream, *to.memory}, given);
      // What is staged has been copied.
      if (stages) std::ranges::fill(given, std::byte{0xEE});
      to.stream.stream().wait(point);
    }
    state->keeps_log = false;
    EXPECT_EQ(to.contents(), bytes);
    const auto writes = logged(Kind::write);
    EXPECT_EQ(writes.size(), stages ? 6u : 1u);
    for (const TestOperation& each : writes) EXPECT_EQ(each.is_pinned, stages);
    EXPECT_EQ(state->pinned_bytes, stages ? to.chunks.statistics().cached_bytes : 0);
  }
  EXPECT_EQ(state->pinned_bytes, 0u);
}

TEST_F(PeerTransfers, ReadsAreStagedWhereTheDeviceSaysSo) {
  const auto bytes = random_bytes(5 * chunk_bytes + 100);
  for (const bool stages : {false, true}) {
    state->operations.clear();
    End from(options("test:0", stages), state, bytes.size());
    from.fill(bytes);
    state->keeps_log = true;
    std::vector<std::byte> back(bytes.size());
    read_staged(from.chunks, back, {from.stream, *from.memory});
    state->keeps_log = false;
    EXPECT_EQ(back, bytes);
    EXPECT_EQ(logged(Kind::read).size(), stages ? 6u : 1u);
    for (const TestOperation& each : logged(Kind::read)) EXPECT_EQ(each.is_pinned, stages);
  }
}

TEST_F(PeerTransfers, WhatIsShortIsNotStaged) {
  End to(options("test:0", true), state, 1000);
  state->keeps_log = true;
  const auto bytes = random_bytes(1000);
  to.stream.stream().wait(write_staged(to.chunks, {to.stream, *to.memory}, bytes));
  EXPECT_FALSE(logged(Kind::write).at(0).is_pinned);
  EXPECT_EQ(state->pinned_bytes, 0u);
}

TEST_F(PeerTransfers, WithoutPinnedMemoryTheyGoOn) {
  const auto bytes = random_bytes(3 * chunk_bytes);
  End from(options("test:0", true), state, bytes.size());
  End to(options("test:1", true), state, bytes.size());
  state->pinned_limit_bytes = 0;
  to.stream.stream().wait(write_staged(to.chunks, {to.stream, *to.memory}, bytes));
  EXPECT_EQ(to.contents(), bytes);
  from.fill(bytes);
  to.fill(std::vector<std::byte>(bytes.size()));
  transfer(to.chunks, {to.stream, *to.memory}, {from.stream, *from.memory}, {.size_bytes = bytes.size()}).wait();
  EXPECT_EQ(to.contents(), bytes);
}

TEST_F(PeerTransfers, ChunksStayBelowTheirLimit) {
  End end(options("test:0", true), state, 1);
  std::vector<Chunk> taken;
  for (;;) {
    Chunk chunk = end.chunks.take(end.stream);
    if (!chunk) break;
    taken.push_back(std::move(chunk));
    ASSERT_LE(taken.size(), 4u);
  }
  EXPECT_GE(taken.size(), 2u);
  EXPECT_LE(state->pinned_bytes, 4 * chunk_bytes);
  taken.clear();
  EXPECT_TRUE(end.chunks.take(end.stream));
}

}  // namespace
}  // namespace dotcompute::detail
