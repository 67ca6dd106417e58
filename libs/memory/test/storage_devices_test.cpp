// A buffer on several devices: parts of it, copies between devices, replicas that make room, and devices that are lost.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/memory/unified_buffer.hpp>

#include "test_device.hpp"

namespace {

using dotcompute::BufferState;
using dotcompute::MemoryError;
using dotcompute::StreamPoint;
using dotcompute::UnifiedBuffer;
using dotcompute::detail::BufferStorage;
using dotcompute::detail::ByteRange;
using dotcompute::detail::DeviceSession;
using dotcompute::detail::Eviction;
using dotcompute::detail::InitialContent;
using dotcompute::detail::SharedStream;
using dotcompute::detail::StorageHold;
using dotcompute::detail::StreamMark;
using dotcompute::detail::Use;
using dotcompute::test::TestDevice;
using dotcompute::test::TestDeviceOptions;
using dotcompute::test::TestDeviceState;
using dotcompute::test::TestOperation;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;

/// A device with what it does, and a session on it.
struct On {
  explicit On(const std::string& id, int peers = 0)
      : device({.id = id, .peers = peers}, state), session(std::make_unique<DeviceSession>(device)) {}

  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  TestDevice device;
  std::unique_ptr<DeviceSession> session;
};

constexpr int written = 77;
/// What a pool gives for the 400 bytes of a buffer.
constexpr std::uint64_t block_bytes = 416;

/// Elements `first` up to, not including, `last`.
constexpr ByteRange elements(std::uint64_t first, std::uint64_t last) {
  return {first * sizeof(int), last * sizeof(int)};
}

/// As a launch does that reads the elements or overwrites them with 77.
StreamMark use(UnifiedBuffer<int>& buffer, DeviceSession& session, Use how, const ByteRange& range) {
  static const std::vector<int> news(1000, written);
  BufferStorage& storage = *buffer.storage();
  SharedStream& stream = session.stream();
  const std::lock_guard storage_lock(storage.mutex());
  storage.prepare_replica(session, how, range);
  const std::lock_guard lock(stream.mutex());
  storage.place(stream, session, how, range);
  dotcompute::DeviceMemory& memory = storage.replica(session)->memory();
  const std::span<const std::byte> bytes = std::as_bytes(std::span(news)).first(range.size());
  const StreamMark mark{&stream, how == Use::read ? stream.stream().read({}, memory, range.begin)
                                                  : stream.stream().write(memory, range.begin, bytes)};
  storage.note_use(session, mark, how, range);
  return mark;
}

/// As a launch does that reads the elements, however many.
void use_read(UnifiedBuffer<int>& buffer, DeviceSession& session, const ByteRange& range) {
  BufferStorage& storage = *buffer.storage();
  SharedStream& stream = session.stream();
  const std::lock_guard storage_lock(storage.mutex());
  storage.prepare_replica(session, Use::read, range);
  const std::lock_guard lock(stream.mutex());
  storage.place(stream, session, Use::read, range);
  storage.note_use(session, {&stream, stream.stream().read({}, storage.replica(session)->memory(), 0)}, Use::read,
                   range);
}

template <class Error, class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no such error";
}

class StorageOnDevices : public testing::Test {
 protected:
  [[nodiscard]] std::vector<int> read(std::uint64_t first, std::uint64_t count) {
    std::vector<int> values(count);
    buffer.read(first, values);
    return values;
  }

  On a{"test:0"}, b{"test:1"};
  UnifiedBuffer<int> buffer{std::vector<int>(100, 1)};
  const ByteRange whole = elements(0, 100);
};

TEST_F(StorageOnDevices, what_is_large_passes_the_host_in_pieces) {
  constexpr std::uint64_t count = 3'000'000;  // 12 MB
  UnifiedBuffer<int> large(std::vector<int>(count, 1));
  const ByteRange all = elements(0, count);
  const std::vector<int> news(count, written);
  {
    // As a launch on the first device that writes all of it.
    BufferStorage& storage = *large.storage();
    SharedStream& stream = a.session->stream();
    const std::lock_guard storage_lock(storage.mutex());
    storage.prepare_replica(*a.session, Use::overwrite, all);
    const std::lock_guard lock(stream.mutex());
    storage.place(stream, *a.session, Use::overwrite, all);
    const StreamPoint point =
        stream.stream().write(storage.replica(*a.session)->memory(), 0, std::as_bytes(std::span(news)));
    storage.note_use(*a.session, {&stream, point}, Use::overwrite, all);
  }
  a.state->keeps_log = true;
  b.state->keeps_log = true;
  use_read(large, *b.session, all);
  const auto transfers = [](const On& on, TestOperation::Kind kind) {
    std::vector<TestOperation> found;
    for (const TestOperation& each : on.state->log()) {
      if (each.kind == kind && each.size_bytes != 0) found.push_back(each);
    }
    return found;
  };
  const auto reads = transfers(a, TestOperation::Kind::read);
  const auto writes = transfers(b, TestOperation::Kind::write);
  ASSERT_EQ(reads.size(), 3u);
  ASSERT_EQ(writes.size(), 3u);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(reads[k].host, writes[k].host) << "the host's own memory, which has the content then";
    EXPECT_TRUE(k == 0 || reads[k].enqueued < writes[k - 1].enqueued) << "one comes while the one before it goes";
  }
  EXPECT_EQ(large.state(), BufferState::synchronized);
  EXPECT_THAT(std::as_const(large).span().last(5), Each(written));
  EXPECT_EQ(a.state->read_bytes, all.size()) << "read once";
}

TEST_F(StorageOnDevices, only_the_parts_that_are_stale_travel) {
  use(buffer, *a.session, Use::read, elements(0, 50));
  EXPECT_EQ(a.state->written_bytes, 200u);
  EXPECT_EQ(buffer.state(), BufferState::host_dirty) << "the device lacks the other half";
  buffer.write(10, std::vector<int>(10, 5));
  use(buffer, *a.session, Use::read, whole);
  EXPECT_EQ(a.state->written_bytes, 200u + 40u + 200u);
  EXPECT_EQ(buffer.state(), BufferState::synchronized);
  use(buffer, *a.session, Use::update, elements(90, 100));
  const std::uint64_t before = a.state->read_bytes;
  EXPECT_THAT(read(0, 90), testing::Contains(5).Times(10));
  EXPECT_EQ(a.state->read_bytes, before) << "the last ten are not read";
  EXPECT_THAT(read(85, 10), testing::ElementsAre(1, 1, 1, 1, 1, 77, 77, 77, 77, 77));
  EXPECT_EQ(a.state->read_bytes, before + 20);
}

TEST_F(StorageOnDevices, parts_that_two_devices_wrote_come_together) {
  use(buffer, *a.session, Use::update, elements(0, 30));
  use(buffer, *b.session, Use::update, elements(60, 100));
  EXPECT_EQ(buffer.state(), BufferState::device_dirty);
  use(buffer, *a.session, Use::read, whole);
  EXPECT_EQ(b.state->read_bytes, 160u);
  EXPECT_EQ(a.state->read_bytes, 0u);
  EXPECT_THAT(read(0, 30), Each(written));
  EXPECT_THAT(read(30, 30), Each(1));
  EXPECT_THAT(read(60, 40), Each(written));
  EXPECT_EQ(a.state->read_bytes, 120u);
  EXPECT_EQ(buffer.storage()->version(), 3u) << "its first values count too";
}

TEST_F(StorageOnDevices, devices_that_reach_each_other_copy_without_the_host) {
  On c("test:2", 1);
  On d("test:3", 1);
  use(buffer, *c.session, Use::update, whole);
  c.state->delays = true;
  d.state->delays = true;
  for (int i = 0; i < 20; ++i) {
    use(buffer, *d.session, Use::read, whole);
    use(buffer, *c.session, Use::update, elements(0, 50));
    use(buffer, *d.session, Use::update, elements(0, 1));
    use(buffer, *c.session, Use::read, elements(0, 1));
  }
  EXPECT_EQ(c.state->read_bytes + d.state->read_bytes, 0u);
  EXPECT_GT(d.state->copied_bytes, 0u);
  EXPECT_THAT(read(0, 100), Each(written));
}

TEST_F(StorageOnDevices, a_device_may_go_after_it_copied_from_another) {
  On c("test:2", 1);
  On d("test:3", 1);
  use(buffer, *c.session, Use::update, whole);
  d.state->delays = true;
  use(buffer, *d.session, Use::read, whole);
  d.session.reset();
  use(buffer, *c.session, Use::update, elements(0, 50));
  EXPECT_THAT(read(0, 100), Each(written));
}

TEST_F(StorageOnDevices, a_write_on_the_host_waits_for_copies_to_every_device) {
  a.state->is_paused = true;
  const StreamMark first = use(buffer, *a.session, Use::read, whole);
  use(buffer, *b.session, Use::update, whole);
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    a.state->is_paused = false;
  });
  // Brings home what the second device wrote, over what the first one's copy reads.
  EXPECT_THAT(buffer.span(), Each(written));
  // The operation before it is the copy.
  EXPECT_TRUE((StreamMark{first.stream, first.point - 1}).is_reached());
}

TEST_F(StorageOnDevices, a_replica_that_others_have_the_content_of_makes_room_without_a_copy) {
  use(buffer, *a.session, Use::read, whole);
  use(buffer, *b.session, Use::read, whole);
  EXPECT_EQ(buffer.storage()->evict(*a.session, Eviction::clean), block_bytes);
  EXPECT_EQ(a.session->memory().statistics().requested_bytes, 0u);
  EXPECT_EQ(a.state->read_bytes, 0u);
  EXPECT_EQ(b.session->memory().statistics().requested_bytes, 400u);
  EXPECT_EQ(buffer.state(), BufferState::synchronized);
  EXPECT_EQ(buffer.storage()->evict(*a.session, Eviction::clean), 0u) << "it has no replica there any more";
}

TEST_F(StorageOnDevices, a_replica_that_alone_has_content_makes_room_only_after_a_copy_home) {
  use(buffer, *a.session, Use::update, elements(0, 10));
  EXPECT_EQ(buffer.storage()->evict(*a.session, Eviction::clean), 0u);
  EXPECT_EQ(a.session->memory().statistics().requested_bytes, 400u);
  EXPECT_EQ(buffer.storage()->evict(*a.session, Eviction::any_kind), block_bytes);
  EXPECT_EQ(a.session->memory().statistics().requested_bytes, 0u);
  EXPECT_EQ(a.state->read_bytes, 40u);
  EXPECT_EQ(buffer.state(), BufferState::host_only);
  EXPECT_THAT(read(0, 10), Each(written));
}

TEST_F(StorageOnDevices, a_buffer_in_use_makes_no_room) {
  use(buffer, *a.session, Use::read, whole);
  BufferStorage& storage = *buffer.storage();
  const std::lock_guard lock(storage.mutex());
  EXPECT_EQ(storage.evict(*a.session, Eviction::any_kind), std::nullopt) << "this thread has the lock";
  std::jthread([&] { EXPECT_EQ(storage.evict(*a.session, Eviction::any_kind), std::nullopt); }).join();
}

TEST_F(StorageOnDevices, what_cannot_be_copied_home_makes_no_room_and_is_not_lost) {
  use(buffer, *a.session, Use::update, whole).wait();
  a.state->operations_until_failure = 1;
  EXPECT_EQ(buffer.storage()->evict(*a.session, Eviction::any_kind), 0u);
  EXPECT_EQ(buffer.state(), BufferState::device_dirty);
}

TEST_F(StorageOnDevices, of_a_device_that_is_lost_stays_what_others_have) {
  use(buffer, *a.session, Use::update, whole);
  static_cast<void>(buffer.span());
  use(buffer, *b.session, Use::update, elements(0, 20));
  a.state->is_lost = true;
  EXPECT_THAT(read(0, 100), Each(written));
  a.session.reset();
  EXPECT_THAT(read(0, 100), Each(written));
}

TEST_F(StorageOnDevices, what_a_lost_device_alone_had_is_named_with_its_range_and_the_device) {
  use(buffer, *a.session, Use::update, elements(20, 40));
  a.state->is_lost = true;
  EXPECT_THAT(read(0, 20), Each(1));
  const auto expected =
      AllOf(HasSubstr("a buffer of 400 bytes has no content: bytes 80 to 120 are lost: only test:0 had it, and copying "
                      "it from there failed: the test device is lost"),
            HasSubstr("write it again with copy_from or fill"));
  EXPECT_THAT(message_of<dotcompute::DeviceError>([&] { static_cast<void>(read(0, 30)); }), expected);
  EXPECT_THAT(message_of<MemoryError>([&] { static_cast<void>(read(0, 30)); }), expected);
  EXPECT_THAT(message_of<MemoryError>([&] { use(buffer, *b.session, Use::update, elements(0, 30)); }), expected);
  EXPECT_THAT(read(40, 60), Each(1));
  a.session.reset();
  EXPECT_THAT(message_of<MemoryError>([&] { static_cast<void>(read(35, 1)); }), HasSubstr("bytes 140 to 144 are lost"));
  buffer.write(20, std::vector<int>(20, 3));
  EXPECT_THAT(read(20, 20), Each(3));
  EXPECT_THAT(read(0, 20), Each(1));
}

TEST_F(StorageOnDevices, where_one_device_fails_to_give_content_back_another_does) {
  On c("test:2", 1);
  On d("test:3", 1);
  use(buffer, *c.session, Use::update, whole);
  use(buffer, *d.session, Use::read, whole).wait();
  c.state->is_lost = true;
  EXPECT_THAT(read(0, 100), Each(written));
}

TEST_F(StorageOnDevices, a_copy_to_a_device_that_failed_is_made_again) {
  a.state->operations_until_failure = 1;
  const StreamMark failed = use(buffer, *a.session, Use::read, whole);
  EXPECT_THROW(failed.wait(), dotcompute::DeviceError);
  a.session->retire(*failed.stream);
  EXPECT_NO_THROW(use(buffer, *a.session, Use::read, whole).wait());
  EXPECT_EQ(a.state->written_bytes, 800u);
  EXPECT_THAT(read(0, 100), Each(1));
}

TEST_F(StorageOnDevices, a_failed_launch_takes_only_the_part_that_it_wrote) {
  const StreamMark failed = use(buffer, *a.session, Use::update, elements(0, 40));
  use(buffer, *a.session, Use::update, elements(0, 10));
  buffer.storage()->lose(failed, "the launch of a test failed");
  EXPECT_THAT(read(0, 10), Each(written));
  EXPECT_THAT(read(40, 60), Each(1));
  EXPECT_THAT(message_of<MemoryError>([&] { static_cast<void>(read(0, 100)); }),
              HasSubstr("bytes 40 to 160 are lost: the launch of a test failed"));
}

TEST_F(StorageOnDevices, more_devices_than_there_are_places_take_turns) {
  std::vector<std::unique_ptr<DeviceSession>> sessions;
  for (int i = 0; i < 65; ++i) sessions.push_back(std::make_unique<DeviceSession>(a.device));
  for (const auto& session : sessions) use(buffer, *session, Use::update, elements(0, 10));
  std::uint64_t bytes = 0;
  for (const auto& session : sessions) bytes += session->memory().statistics().requested_bytes;
  EXPECT_EQ(bytes, 62u * 400u);
  EXPECT_THAT(read(0, 10), Each(written));
  EXPECT_THAT(read(10, 90), Each(1));
}

TEST_F(StorageOnDevices, memory_of_the_user_is_used_where_it_is_and_not_freed) {
  std::vector<int> users(100, 4);
  {
    const StorageHold hold(BufferStorage::adopt(std::as_writable_bytes(std::span(users))));
    EXPECT_EQ(hold.data(), reinterpret_cast<std::byte*>(users.data()));
    EXPECT_EQ(hold.storage()->state(), BufferState::host_only);
  }
  EXPECT_THAT(users, Each(4));
}

TEST_F(StorageOnDevices, memory_comes_from_a_resource_and_goes_back_there) {
  std::byte room[4096];
  std::pmr::monotonic_buffer_resource resource(room, sizeof room, std::pmr::null_memory_resource());
  {
    const StorageHold hold(BufferStorage::create(100, sizeof(int), InitialContent::zeros, &resource));
    EXPECT_GE(hold.data(), room);
    EXPECT_LT(hold.data(), room + sizeof room);
    EXPECT_EQ(hold.data()[399], std::byte{0});
  }
  EXPECT_THAT(message_of<MemoryError>([&] {
                static_cast<void>(BufferStorage::create(9999, sizeof(int), InitialContent::zeros, &resource));
              }),
              AllOf(HasSubstr("cannot allocate 9999 elements of 4 bytes each on the host: their memory resource has no "
                              "room"),
                    HasSubstr("free memory or use fewer elements")));
}

}  // namespace
