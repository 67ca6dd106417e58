#include "cuda_fixture.hpp"

#include <atomic>
#include <thread>

namespace dotcompute::cuda::test {
namespace {

class CudaStreamTest : public CudaTest {
 protected:
  void SetUp() override {
    accelerator = &open();
    loaded = load(*accelerator);
    stream = accelerator->create_stream();
    memory = accelerator->allocate(sizeof data);
    spans = {{{memory.get(), 0, data.size()}, {memory.get(), 0, data.size()}}};
  }

  StreamPoint launch(Stream& on) {
    return on.launch(
        *loaded,
        {.arguments = reinterpret_cast<const std::byte*>(&block), .spans = spans, .grid = {{data.size(), 1, 1}}});
  }
  StreamPoint write() { return stream->write(*memory, 0, std::as_bytes(std::span(data))); }
  StreamPoint read() { return stream->read(std::as_writable_bytes(std::span(data)), *memory, 0); }

  DeviceAccelerator* accelerator = nullptr;
  std::unique_ptr<DeviceMemory> memory;
  std::unique_ptr<DeviceKernel> loaded;
  std::unique_ptr<Stream> stream;
  std::array<float, 64> data{};
  std::array<DeviceSpan, 2> spans{};
  ScaleBlock block;
};

TEST_F(CudaStreamTest, PointsCountOperations) {
  EXPECT_EQ(write(), 1u);
  EXPECT_EQ(launch(*stream), 2u);
  EXPECT_EQ(stream->write(*memory, 0, {}), 3u) << "also those that do nothing";
  EXPECT_EQ(stream->read({}, *memory, 0), 4u);
  EXPECT_EQ(read(), 5u);
  stream->wait(5);
  EXPECT_TRUE(stream->is_reached(5));
}

TEST_F(CudaStreamTest, BytesGoThereAndComeBackAtAnyOffset) {
  const std::array<std::byte, 3> some{std::byte{7}, std::byte{8}, std::byte{9}};
  stream->write(*memory, 13, some);
  std::array<std::byte, 2> back{};
  stream->wait(stream->read(back, *memory, 14));
  EXPECT_EQ(back[0], std::byte{8});
  EXPECT_EQ(back[1], std::byte{9});
}

TEST_F(CudaStreamTest, APointIsReachedWhenItsOperationsAreComplete) {
  driver.is_held = true;
  const StreamPoint first = write();
  const StreamPoint second = launch(*stream);
  EXPECT_FALSE(stream->is_reached(first));
  EXPECT_FALSE(stream->is_reached(second));
  stream->wait(second);
  EXPECT_TRUE(stream->is_reached(first));
  EXPECT_TRUE(stream->is_reached(second));
}

TEST_F(CudaStreamTest, WaitingForACopyDoesNotWaitForWhatFollows) {
  driver.is_held = true;
  const StreamPoint copied = write();
  for (int i = 0; i < 10; ++i) launch(*stream);
  stream->wait(copied);
  EXPECT_EQ(driver.executed, 1);
  EXPECT_FALSE(stream->is_reached(copied + 1));
}

TEST_F(CudaStreamTest, WaitingForALaunchWaitsForFewThatFollow) {
  driver.is_held = true;
  const StreamPoint first = launch(*stream);
  for (int i = 0; i < 100; ++i) launch(*stream);
  stream->wait(first);
  EXPECT_EQ(driver.executed, 16);
}

TEST_F(CudaStreamTest, LaunchesRecordFewEvents) {
  for (int i = 0; i < 160; ++i) launch(*stream);
  EXPECT_EQ(driver.count("cuEventRecord"), 10);
}

TEST_F(CudaStreamTest, PollingRecordsOneEvent) {
  driver.is_held = true;
  const StreamPoint point = launch(*stream);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(stream->is_reached(point));
  EXPECT_EQ(driver.count("cuEventRecord"), 1);
}

TEST_F(CudaStreamTest, APointIsNotReachedWithTheOneBeforeIt) {
  driver.is_held = true;
  const StreamPoint first = launch(*stream);
  EXPECT_FALSE(stream->is_reached(first));
  const StreamPoint second = launch(*stream);
  // Another stream's wait has the first one run.
  const std::unique_ptr<Stream> other = accelerator->create_stream();
  other->wait(other->wait_for(*stream, first));
  EXPECT_EQ(driver.executed, 2);
  EXPECT_TRUE(stream->is_reached(first));
  EXPECT_FALSE(stream->is_reached(second));
  stream->wait(second);
  EXPECT_TRUE(stream->is_reached(second));
}

TEST_F(CudaStreamTest, OldPointsAreReachedWhenTheRingHasGoneRound) {
  driver.is_held = true;
  const StreamPoint first = write();
  for (int i = 0; i < 200; ++i) write();
  stream->wait(first);
  EXPECT_TRUE(stream->is_reached(first));
  const StreamPoint last = write();
  stream->wait(last);
  EXPECT_TRUE(stream->is_reached(last));
}

TEST_F(CudaStreamTest, AReachedPointAsksTheDriverNothing) {
  const StreamPoint point = write();
  stream->wait(point);
  const std::size_t calls = driver.calls.size();
  stream->wait(point);
  EXPECT_TRUE(stream->is_reached(point));
  EXPECT_TRUE(stream->is_reached(0));
  EXPECT_EQ(driver.calls.size(), calls);
}

TEST_F(CudaStreamTest, ShortWorkIsWaitedForWithoutBlocking) {
  // A thread that is interrupted while it spins blocks after all: of many waits one is not.
  bool has_blocked = true;
  for (int i = 0; i < 1000 && has_blocked; ++i) {
    const auto before = driver.count("cuEventSynchronize");
    const StreamPoint point = write();
    driver.polls_to_ready = 3;
    stream->wait(point);
    has_blocked = driver.count("cuEventSynchronize") != before;
  }
  EXPECT_FALSE(has_blocked);
}

TEST_F(CudaStreamTest, LongWorkBlocks) {
  driver.is_held = true;
  stream->wait(write());
  EXPECT_EQ(driver.count("cuEventSynchronize"), 1);
}

TEST_F(CudaStreamTest, AStreamWaitsForAPointOfAnother) {
  driver.is_held = true;
  const std::unique_ptr<Stream> other = accelerator->create_stream();
  data.fill(3);
  const StreamPoint written = write();
  for (int i = 0; i < 3; ++i) launch(*stream);
  const StreamPoint waits = other->wait_for(*stream, written);
  EXPECT_EQ(waits, 1u);
  std::array<float, 64> seen{};
  other->wait(other->read(std::as_writable_bytes(std::span(seen)), *memory, 0));
  EXPECT_EQ(seen[63], 3) << "after the write";
  EXPECT_EQ(driver.executed, 3) << "the write, the wait and the read, not the launches";
  EXPECT_TRUE(other->is_reached(waits));
}

TEST_F(CudaStreamTest, WaitingForAReachedPointAsksTheDriverNothing) {
  const std::unique_ptr<Stream> other = accelerator->create_stream();
  stream->wait(write());
  EXPECT_EQ(other->wait_for(*stream, 1), 1u);
  EXPECT_EQ(driver.count("cuStreamWaitEvent"), 0);
  EXPECT_TRUE(other->is_reached(1) || (other->wait(1), other->is_reached(1)));
}

TEST_F(CudaStreamTest, WaitingForEachOtherEnds) {
  driver.is_held = true;
  const std::unique_ptr<Stream> other = accelerator->create_stream();
  StreamPoint here = write();
  for (int i = 0; i < 50; ++i) {
    other->wait_for(*stream, here);
    const StreamPoint there = launch(*other);
    stream->wait_for(*other, there);
    here = launch(*stream);
  }
  stream->wait(here);
  EXPECT_TRUE(stream->is_reached(here));
}

TEST_F(CudaStreamTest, TheEndOfAStreamWaitsForItsOperations) {
  driver.is_held = true;
  data.fill(1);
  write();
  std::array<float, 64> seen{};
  stream->read(std::as_writable_bytes(std::span(seen)), *memory, 0);
  stream.reset();
  EXPECT_EQ(seen[5], 1);
  EXPECT_EQ(driver.streams, 0);
  EXPECT_EQ(driver.events, 0);
}

TEST_F(CudaStreamTest, EventsThatCannotBeMadeLeaveNothingBehind) {
  const int streams = driver.streams;
  const int events = driver.events;
  driver.failures["cuEventCreate"] = Result::out_of_memory;
  const auto error = error_of<OutOfMemoryError>([&] { (void)accelerator->create_stream(); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "'cuda:0' is out of memory: cuEventCreate gave CUDA_ERROR_OUT_OF_MEMORY (a text of the double's); free "
               "buffers, or use another device");
  EXPECT_EQ(driver.streams, streams);
  EXPECT_EQ(driver.events, events);
}

TEST_F(CudaStreamTest, AFailureThatMayPassLeavesThePointOpen) {
  const StreamPoint point = launch(*stream);
  driver.failures["cuEventQuery"] = Result::system_not_ready;
  EXPECT_FALSE(stream->is_reached(point));
  const auto error = error_of<DeviceError>([&] { stream->wait(point); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "'cuda:0' is not ready for 'demo::scale': cuEventQuery gave CUDA_ERROR_SYSTEM_NOT_READY (a text of the "
               "double's); try again");
  EXPECT_EQ(error->remedy(), Remedy::retry);
  driver.failures.clear();
  stream->wait(point);
  EXPECT_TRUE(stream->is_reached(point));
}

TEST_F(CudaStreamTest, ManyThreadsWithStreamsOfTheirOwnShareAKernel) {
  constexpr int thread_count = 4;
  constexpr int rounds = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([this, t] {
      const std::unique_ptr<Stream> mine = accelerator->create_stream();
      const std::unique_ptr<DeviceMemory> own = accelerator->allocate(2 * 64 * sizeof(float));
      std::array<float, 64> values{};
      values.fill(static_cast<float>(t + 1));
      const std::array<DeviceSpan, 2> both{{{own.get(), 0, 64}, {own.get(), 64 * sizeof(float), 64}}};
      ScaleBlock arguments;
      for (int round = 0; round < rounds; ++round) {
        arguments.factor = static_cast<float>(round);
        mine->write(*own, 0, std::as_bytes(std::span(values)));
        mine->launch(
            *loaded,
            {.arguments = reinterpret_cast<const std::byte*>(&arguments), .spans = both, .grid = {{64, 1, 1}}});
        std::array<float, 64> back{};
        mine->wait(mine->read(std::as_writable_bytes(std::span(back)), *own, 64 * sizeof(float)));
        EXPECT_EQ(back[17], static_cast<float>(round * (t + 1)));
      }
    });
  }
  for (std::thread& each : threads) each.join();
}

TEST_F(CudaStreamTest, OtherThreadsWaitWhileOneEnqueues) {
  std::atomic<StreamPoint> last{0};
  std::atomic<bool> is_done{false};
  std::vector<std::thread> waiters;
  for (int t = 0; t < 3; ++t) {
    waiters.emplace_back([&] {
      while (!is_done.load()) {
        const StreamPoint point = last.load();
        stream->wait(point);
        EXPECT_TRUE(stream->is_reached(point));
        EXPECT_TRUE(stream->is_reached(point / 2));
      }
    });
  }
  for (int i = 0; i < 500; ++i) last.store(i % 7 == 0 ? write() : launch(*stream));
  is_done.store(true);
  for (std::thread& each : waiters) each.join();
}

}  // namespace
}  // namespace dotcompute::cuda::test
