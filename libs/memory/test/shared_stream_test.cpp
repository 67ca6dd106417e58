#include <dotcompute/memory/shared_stream.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>

#include "test_device.hpp"

namespace {

using dotcompute::detail::PointWait;
using dotcompute::detail::SharedStream;
using dotcompute::test::TestDevice;
using dotcompute::test::TestDeviceState;

struct Wait : PointWait {
  explicit Wait(dotcompute::StreamPoint at, std::vector<Wait*>& told_so_far) : told(&told_so_far) {
    point = at;
    reached = [](PointWait& wait, std::exception_ptr what) noexcept {
      auto& self = static_cast<Wait&>(wait);
      self.error = std::move(what);
      self.thread = std::this_thread::get_id();
      self.told->push_back(&self);
      self.is_told.store(true, std::memory_order_release);
      self.is_told.notify_all();
    };
  }
  std::vector<Wait*>* told;
  std::exception_ptr error;
  std::thread::id thread;
  std::atomic<bool> is_told{false};
};

class SharedStreams : public testing::Test {
 protected:
  dotcompute::StreamPoint enqueue(SharedStream& stream) { return stream.stream().write(*memory, 0, {&source, 1}); }

  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  TestDevice device{{}, state};
  std::unique_ptr<dotcompute::DeviceMemory> memory = device.allocate(1);
  std::byte source{};
};

TEST_F(SharedStreams, tell_of_points_in_order_on_a_thread_of_their_own) {
  SharedStream stream(device, 0);
  stream.prepare_to_tell();
  state->is_paused = true;
  std::vector<Wait*> told;
  Wait first(enqueue(stream), told);
  Wait second(enqueue(stream), told);
  stream.tell(first);
  stream.tell(second);
  EXPECT_FALSE(first.is_told);
  state->is_paused = false;
  second.is_told.wait(false);
  EXPECT_EQ(told, (std::vector<Wait*>{&first, &second}));
  EXPECT_EQ(first.thread, second.thread);
  EXPECT_NE(first.thread, std::this_thread::get_id());
  EXPECT_FALSE(first.error);
}

TEST_F(SharedStreams, a_wish_can_be_taken_back_until_it_is_being_fulfilled) {
  SharedStream stream(device, 0);
  stream.prepare_to_tell();
  state->is_paused = true;
  std::vector<Wait*> told;
  Wait first(enqueue(stream), told);
  Wait second(enqueue(stream), told);
  Wait third(enqueue(stream), told);
  Wait never(enqueue(stream), told);
  EXPECT_FALSE(stream.take_back(never));
  stream.tell(first);
  stream.tell(second);
  stream.tell(third);
  EXPECT_TRUE(stream.take_back(second));
  EXPECT_FALSE(stream.take_back(second));
  state->is_paused = false;
  third.is_told.wait(false);
  EXPECT_EQ(told, (std::vector<Wait*>{&first, &third}));
}

TEST_F(SharedStreams, a_failure_is_told_too) {
  SharedStream stream(device, 0);
  stream.prepare_to_tell();
  state->operations_until_failure = 1;
  std::vector<Wait*> told;
  Wait wait(enqueue(stream), told);
  stream.tell(wait);
  wait.is_told.wait(false);
  EXPECT_THROW(std::rethrow_exception(wait.error), dotcompute::DeviceError);
}

}  // namespace
