// A buffer between the host and devices: what is copied when, what is waited for, and what is lost.

#include <dotcompute/memory/buffer_storage.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
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
using dotcompute::UnifiedBuffer;
using dotcompute::detail::BufferStorage;
using dotcompute::detail::DeviceSession;
using dotcompute::detail::SharedStream;
using dotcompute::detail::StreamMark;
using dotcompute::detail::Use;
using dotcompute::test::TestDevice;
using dotcompute::test::TestDeviceState;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

/// As a launch does, but that the kernel, if it writes, is a copy of `written`.
StreamMark use(UnifiedBuffer<int>& buffer, DeviceSession& session, const std::vector<int>* written = nullptr) {
  BufferStorage& storage = *buffer.storage();
  SharedStream& stream = session.stream();
  const std::lock_guard storage_lock(storage.mutex());
  const Use how = written == nullptr ? Use::read : Use::update;
  storage.prepare_replica(session, how, storage.whole());
  const std::lock_guard lock(stream.mutex());
  storage.place(stream, session, how, storage.whole());
  dotcompute::DeviceMemory& memory = storage.replica(session)->memory();
  const StreamMark mark{&stream, written == nullptr
                                     ? stream.stream().read({}, memory, 0)
                                     : stream.stream().write(memory, 0, std::as_bytes(std::span(*written)))};
  storage.note_use(session, mark, how, storage.whole());
  return mark;
}

class Storage : public testing::Test {
 protected:
  const std::vector<int> news{7, 8, 9};  // Before the session, whose streams read it.
  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  TestDevice device{{}, state};
  std::optional<DeviceSession> session{device};
  UnifiedBuffer<int> buffer{std::vector<int>{1, 2, 3}};
};

TEST_F(Storage, goes_through_the_states) {
  EXPECT_EQ(buffer.state(), BufferState::host_only);
  use(buffer, *session);
  EXPECT_EQ(buffer.state(), BufferState::synchronized);
  buffer.mutable_span()[0] = 5;
  EXPECT_EQ(buffer.state(), BufferState::host_dirty);
  use(buffer, *session, &news);
  EXPECT_EQ(buffer.state(), BufferState::device_dirty);
  EXPECT_THAT(std::as_const(buffer).span(), ElementsAre(7, 8, 9));
  EXPECT_EQ(buffer.state(), BufferState::synchronized);
  UnifiedBuffer<int> fresh(3, dotcompute::uninitialized);
  EXPECT_EQ(fresh.state(), BufferState::uninitialized);
  use(fresh, *session, &news);
  EXPECT_EQ(fresh.state(), BufferState::device_only);
  std::vector<int> out(3);
  fresh.copy_to(out);
  EXPECT_EQ(out, news);
  EXPECT_EQ(fresh.state(), BufferState::synchronized);
  EXPECT_EQ(UnifiedBuffer<int>().state(), BufferState::uninitialized);
  EXPECT_EQ(text(BufferState::device_dirty), "device_dirty");
}

TEST_F(Storage, uninitialized_content_is_not_copied) {
  UnifiedBuffer<int> fresh(1000, dotcompute::uninitialized);
  use(fresh, *session);
  EXPECT_EQ(fresh.state(), BufferState::uninitialized);
  EXPECT_EQ(state->written_bytes, 0u);
  fresh.fill(3);
  EXPECT_EQ(fresh.state(), BufferState::host_only);
  use(fresh, *session);
  EXPECT_EQ(state->written_bytes, 4000u);
}

TEST_F(Storage, an_overwrite_on_the_host_copies_nothing_home) {
  use(buffer, *session, &news);
  buffer.fill(4);
  buffer.copy_from(news);
  EXPECT_EQ(state->read_bytes, 0u);
  EXPECT_EQ(buffer.state(), BufferState::host_dirty);
}

TEST_F(Storage, filling_with_an_element_takes_the_value_it_has) {
  buffer.fill(buffer.span()[2]);
  EXPECT_THAT(buffer.span(), Each(3));
}

TEST_F(Storage, a_write_on_the_host_waits_for_a_copy_that_reads_it) {
  state->is_paused = true;
  const StreamMark upload = [&] {
    use(buffer, *session);
    return StreamMark{&session->stream(), 1};
  }();
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    state->is_paused = false;
  });
  buffer.mutable_span()[0] = 100;
  EXPECT_TRUE(upload.is_reached());
}

TEST_F(Storage, its_device_memory_is_free_after_the_operations_that_use_it) {
  state->is_paused = true;
  state->delays = true;
  StreamMark last_use;
  {
    UnifiedBuffer<int> gone(std::vector<int>(100, 1));
    last_use = use(gone, *session);
    EXPECT_EQ(session->memory().statistics().live_blocks, 1u);
    state->is_paused = false;
  }
  EXPECT_EQ(session->memory().statistics().live_blocks, 0u);
  last_use.wait();
  session->memory().pool().trim();
  EXPECT_EQ(state->used_bytes, 0u);
}

TEST_F(Storage, another_device_gets_the_content_over_the_host_and_all_three_keep_it) {
  const auto other_state = std::make_shared<TestDeviceState>();
  TestDevice other({.id = "test:1"}, other_state);
  DeviceSession other_session(other);
  use(buffer, *session, &news);
  for (int i = 0; i < 5; ++i) {
    use(buffer, other_session);
    use(buffer, *session);
  }
  EXPECT_EQ(buffer.state(), BufferState::synchronized);
  EXPECT_EQ(state->read_bytes, 12u);
  EXPECT_EQ(state->written_bytes, 24u) << "the buffer and the news";
  EXPECT_EQ(session->memory().statistics().requested_bytes, 12u);
  EXPECT_EQ(other_state->written_bytes, 12u);
  EXPECT_THAT(buffer.span(), ElementsAre(7, 8, 9));
  EXPECT_EQ(other_state->read_bytes, 0u);
}

TEST_F(Storage, comes_home_when_its_session_ends) {
  UnifiedBuffer<int> clean(news);
  use(clean, *session);
  use(buffer, *session, &news);
  session.reset();
  EXPECT_EQ(state->read_bytes, 12u);
  EXPECT_EQ(state->used_bytes, 0u);
  EXPECT_EQ(buffer.state(), BufferState::host_only);
  EXPECT_EQ(clean.state(), BufferState::host_only);
  EXPECT_THAT(buffer.span(), ElementsAre(7, 8, 9));
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

TEST_F(Storage, content_that_cannot_come_home_is_lost_and_says_so_until_it_is_written_again) {
  use(buffer, *session, &news);
  state->is_lost = true;
  session.reset();
  EXPECT_EQ(buffer.state(), BufferState::uninitialized);
  const auto expected =
      testing::AllOf(HasSubstr("a buffer of 12 bytes has no content: only test:0 had it, and copying it "
                               "from there failed: the test device is lost"),
                     HasSubstr("write it again with copy_from or fill"));
  EXPECT_THAT(message_of<dotcompute::MemoryError>([&] { static_cast<void>(buffer.span()); }), expected);
  EXPECT_THAT(message_of<dotcompute::MemoryError>([&] { static_cast<void>(buffer.mutable_span()); }), expected);
  buffer.fill(1);
  EXPECT_THAT(buffer.span(), Each(1));
}

TEST_F(Storage, a_read_that_fails_says_why_and_the_next_says_that_the_content_is_lost) {
  use(buffer, *session, &news).wait();
  state->operations_until_failure = 1;
  EXPECT_THAT(message_of<dotcompute::DeviceError>([&] { static_cast<void>(buffer.span()); }),
              HasSubstr("of the test device failed"));
  EXPECT_THAT(message_of<dotcompute::MemoryError>([&] { static_cast<void>(buffer.span()); }),
              HasSubstr("has no content: only test:0 had it, and copying it from there failed: operation"));
}

TEST_F(Storage, what_a_failed_launch_wrote_is_lost_unless_it_was_written_again) {
  const StreamMark failed = use(buffer, *session, &news);
  buffer.storage()->lose({failed.stream, failed.point + 1}, "of no interest");
  EXPECT_EQ(buffer.state(), BufferState::device_dirty);
  buffer.copy_from(news);
  buffer.storage()->lose(failed, "of no interest");
  EXPECT_EQ(buffer.state(), BufferState::host_dirty);
  const StreamMark again = use(buffer, *session, &news);
  buffer.storage()->lose(again, "the launch failed");
  EXPECT_EQ(buffer.state(), BufferState::uninitialized);
  EXPECT_EQ(buffer.storage()->loss(buffer.storage()->whole()), "the launch failed");
}

TEST_F(Storage, a_stream_of_another_thread_waits_for_what_this_one_wrote) {
  state->delays = true;
  std::vector<std::vector<int>> values;
  for (int i = 0; i < 20; ++i) values.push_back({i, i + 1, i + 2});
  for (const std::vector<int>& each : values) {
    std::jthread([&] { use(buffer, *session, &each); }).join();
  }
  EXPECT_THAT(buffer.span(), ElementsAre(19, 20, 21));
  EXPECT_GE(state->streams, 2u);
}

TEST_F(Storage, threads_that_read_on_two_devices_and_the_host_do_not_disturb_each_other) {
  TestDevice other({.id = "test:1"}, state);
  DeviceSession other_session(other);
  UnifiedBuffer<int> second(news);
  const auto read = [](UnifiedBuffer<int>& first, UnifiedBuffer<int>& then, DeviceSession& on) {
    for (int i = 0; i < 50; ++i) {
      use(first, on);
      use(then, on);
    }
  };
  {
    const std::jthread a([&] { read(buffer, second, *session); });
    const std::jthread b([&] { read(second, buffer, other_session); });
    for (int i = 0; i < 200; ++i) EXPECT_THAT(std::as_const(buffer).span(), ElementsAre(1, 2, 3));
  }
  EXPECT_THAT(second.span(), ElementsAre(7, 8, 9));
}

}  // namespace
