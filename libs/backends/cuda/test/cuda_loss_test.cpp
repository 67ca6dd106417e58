// Memory, contexts, and devices that fail.
#include "cuda_fixture.hpp"

#include <functional>
#include <thread>

#include "driver.hpp"

namespace dotcompute::cuda::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class CudaLossTest : public CudaTest {
 protected:
  void prepare() {
    accelerator = &open();
    loaded = load(*accelerator);
    stream = accelerator->create_stream();
    memory = accelerator->allocate(256);
    spans = {{{memory.get(), 0, 64}, {memory.get(), 0, 64}}};
  }
  StreamPoint launch() {
    return stream->launch(
        *loaded, {.arguments = reinterpret_cast<const std::byte*>(&block), .spans = spans, .grid = {{64, 1, 1}}});
  }

  DeviceAccelerator* accelerator = nullptr;
  std::unique_ptr<DeviceMemory> memory;
  std::unique_ptr<DeviceKernel> loaded;
  std::unique_ptr<Stream> stream;
  std::array<DeviceSpan, 2> spans{};
  ScaleBlock block;
};

constexpr const char* lost_by_scale =
    "'cuda:0' (Double 90) is lost: cuEventSynchronize for 'demo::scale' gave CUDA_ERROR_ILLEGAL_ADDRESS (an illegal "
    "memory access was encountered): a kernel failed, and the driver refuses further work of this process; find the "
    "fault by running the kernel on 'reference', use another device, or start the program again";

TEST_F(CudaLossTest, AKernelThatFailsIsNamedByWhoeverWaits) {
  prepare();
  driver.is_held = true;
  driver.functions["scale"].fault = Result::illegal_address;
  const StreamPoint point = launch();
  EXPECT_EQ(accelerator->loss(), std::nullopt);
  const auto error = error_of<DeviceError>([&] { stream->wait(point); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(), lost_by_scale);
  EXPECT_EQ(error->remedy(), Remedy::fall_back);
  EXPECT_EQ(error->context().kernel, "demo::scale");
  EXPECT_EQ(error->context().device, "cuda:0");
  EXPECT_EQ(accelerator->loss(), lost_by_scale);
}

TEST_F(CudaLossTest, ALostDeviceStaysLostAndAsksTheDriverNothing) {
  prepare();
  driver.is_held = true;
  driver.functions["scale"].fault = Result::illegal_address;
  const StreamPoint point = launch();
  const std::vector<std::byte> image = accelerator->build(kernel.definition());
  EXPECT_THROW(stream->wait(point), DeviceError);
  const std::size_t calls = driver.calls.size();
  const std::unique_ptr<Stream>& same = stream;
  std::array<std::byte, 4> bytes{};
  const std::vector<std::function<void()>> everything{[&] { (void)accelerator->allocate(16); },
                                                      [&] { (void)accelerator->create_stream(); },
                                                      [&] { (void)accelerator->load(kernel.definition(), image); },
                                                      [&] { same->write(*memory, 0, bytes); },
                                                      [&] { same->read(bytes, *memory, 0); },
                                                      [&] { launch(); },
                                                      [&] { same->wait_for(*same, point); },
                                                      [&] { same->wait(point); }};
  for (const auto& each : everything) {
    const auto error = error_of<DeviceError>(each);
    ASSERT_TRUE(error.has_value());
    EXPECT_STREQ(error->what(), lost_by_scale);
    EXPECT_EQ(error->remedy(), Remedy::fall_back);
  }
  EXPECT_TRUE(stream->is_reached(point)) << "so that nobody polls for ever";
  loaded.reset();
  memory.reset();
  stream.reset();
  EXPECT_EQ(driver.calls.size(), calls);
}

TEST_F(CudaLossTest, PollingNoticesAFailureAndWaitingReportsIt) {
  prepare();
  driver.functions["scale"].fault = Result::illegal_address;
  const StreamPoint point = launch();
  EXPECT_TRUE(stream->is_reached(point));
  const auto error = error_of<DeviceError>([&] { stream->wait(point); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), AllOf(HasSubstr("is lost"), HasSubstr("'demo::scale'")));
  EXPECT_EQ(error->context().kernel, "demo::scale");
}

TEST_F(CudaLossTest, KernelsInFlightAreAllNamed) {
  prepare();
  ScaleKernel other;
  other.record.name = "demo::other";
  const auto other_loaded = accelerator->load(other.definition(), accelerator->build(other.definition()));
  launch();
  stream->wait(1);
  driver.is_held = true;
  driver.functions["scale"].fault = Result::illegal_address;
  launch();
  const StreamPoint last = stream->launch(
      *other_loaded, {.arguments = reinterpret_cast<const std::byte*>(&block), .spans = spans, .grid = {{64, 1, 1}}});
  const auto error = error_of<DeviceError>([&] { stream->wait(last); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("for 'demo::scale or demo::other' gave"));
}

TEST_F(CudaLossTest, APointThatWasReachedBeforeStaysReached) {
  prepare();
  const StreamPoint before = launch();
  stream->wait(before);
  driver.functions["scale"].fault = Result::illegal_address;
  const StreamPoint after = launch();
  EXPECT_THROW(stream->wait(after), DeviceError);
  stream->wait(before);
}

TEST_F(CudaLossTest, ADeviceThatDisappearsIsLost) {
  prepare();
  driver.sticky = Result::no_device;
  const auto error = error_of<DeviceError>([&] { launch(); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), AllOf(StartsWith("'cuda:0' (Double 90) is lost: cuLaunchKernel for 'demo::scale' gave "
                                              "CUDA_ERROR_NO_DEVICE"),
                                   HasSubstr("use another device, or start the program again")));
  EXPECT_TRUE(accelerator->loss().has_value());
}

TEST_F(CudaLossTest, ACopyThatFindsTheDeviceGoneLosesIt) {
  prepare();
  driver.failures["cuMemcpyDtoHAsync"] = Result::device_unavailable;
  std::array<std::byte, 4> bytes{};
  EXPECT_THROW(stream->read(bytes, *memory, 0), DeviceError);
  EXPECT_THAT(accelerator->loss().value_or(""), HasSubstr("cuMemcpyDtoHAsync gave CUDA_ERROR_DEVICE_UNAVAILABLE"));
}

TEST_F(CudaLossTest, OneLostDeviceLeavesTheOther) {
  driver.devices.resize(2);
  prepare();
  auto& other = dynamic_cast<DeviceAccelerator&>(*accelerators.at(1));
  driver.failures["cuMemAlloc"] = Result::illegal_address;
  EXPECT_THROW((void)accelerator->allocate(16), DeviceError);
  driver.failures.clear();
  EXPECT_TRUE(accelerator->loss().has_value());
  EXPECT_EQ(other.loss(), std::nullopt);
  EXPECT_EQ(other.allocate(16)->size_bytes(), 16u);
}

TEST_F(CudaLossTest, EachKindOfLossSaysWhatToDo) {
  const std::pair<Result, const char*> cases[] = {
      {Result::launch_timeout, "a kernel ran for longer than the display's watchdog allows"},
      {Result::not_initialized, "the process was forked after it used the device, which CUDA does not survive"},
      {Result::deinitialized, "the program is ending and the driver has gone"},
      {Result::context_is_destroyed, "its context was destroyed, as cudaDeviceReset() does"},
      {Result::ecc_uncorrectable, "see nvidia-smi and the system's log for the device"}};
  for (const auto& [result, advice] : cases) {
    driver.reset();
    accelerators.clear();
    DeviceAccelerator& fresh = open();
    driver.failures["cuMemAlloc"] = result;
    const auto error = error_of<DeviceError>([&] { (void)fresh.allocate(16); });
    ASSERT_TRUE(error.has_value());
    EXPECT_THAT(error->what(), HasSubstr(advice));
    EXPECT_TRUE(fresh.loss().has_value());
  }
}

using CudaMemoryTest = CudaLossTest;

TEST_F(CudaMemoryTest, AllocatesAndFrees) {
  DeviceAccelerator& device = open();
  {
    const std::unique_ptr<DeviceMemory> block_of_it = device.allocate(1000);
    EXPECT_EQ(block_of_it->size_bytes(), 1000u);
    EXPECT_EQ(driver.memory_blocks, 1);
  }
  EXPECT_EQ(driver.memory_blocks, 0);
}

TEST_F(CudaMemoryTest, NothingIsABlockToo) {
  const std::unique_ptr<DeviceMemory> empty = open().allocate(0);
  EXPECT_EQ(empty->size_bytes(), 0u);
  EXPECT_EQ(driver.count("cuMemAlloc"), 0);
}

TEST_F(CudaMemoryTest, MoreThanThereIsNamesWhatThereIs) {
  DeviceAccelerator& device = open();
  const auto error = error_of<OutOfMemoryError>([&] { (void)device.allocate(std::uint64_t{1} << 35); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "'cuda:0' (Double 90) has no room for 34359738368 bytes: 4096 of its 17179869184 bytes are free; free "
               "buffers, work in smaller pieces, or use another device");
  EXPECT_EQ(error->remedy(), Remedy::fall_back);
  EXPECT_EQ(error->context().cause, "cuMemAlloc gave CUDA_ERROR_OUT_OF_MEMORY (a text of the double's)");
  EXPECT_EQ(device.loss(), std::nullopt);
  EXPECT_EQ(device.allocate(16)->size_bytes(), 16u);
}

TEST_F(CudaMemoryTest, WhatADeviceMadeMayOutliveIt) {
  prepare();
  accelerators.clear();
  launch();
  std::array<std::byte, 4> bytes{};
  stream->wait(stream->read(bytes, *memory, 0));
  loaded.reset();
  memory.reset();
  EXPECT_EQ(driver.retained, 1);
  stream.reset();
  EXPECT_EQ(driver.retained, 0);
  EXPECT_EQ(driver.memory_blocks, 0);
  EXPECT_EQ(driver.modules, 0);
}

using CudaContextTest = CudaLossTest;

TEST_F(CudaContextTest, IsRetainedOnceWhenFirstNeeded) {
  DeviceAccelerator& device = open();
  EXPECT_EQ(driver.retained, 0);
  const auto first = device.allocate(16);
  const auto second = device.create_stream();
  EXPECT_EQ(driver.retained, 1);
}

TEST_F(CudaContextTest, IsRetainedOnceByManyThreads) {
  DeviceAccelerator& device = open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) threads.emplace_back([&] { EXPECT_EQ(device.allocate(16)->size_bytes(), 16u); });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(driver.retained, 1);
}

TEST_F(CudaContextTest, ADeviceThatIsTakenIsNotLost) {
  DeviceAccelerator& device = open();
  driver.failures["cuDevicePrimaryCtxRetain"] = Result::device_unavailable;
  const auto error = error_of<DeviceNotAvailableError>([&] { (void)device.allocate(16); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(
      error->what(),
      "'cuda:0' cannot be used now: cuDevicePrimaryCtxRetain gave CUDA_ERROR_DEVICE_UNAVAILABLE (a text of the "
      "double's); end other programs that use it alone, or use another device");
  EXPECT_EQ(device.loss(), std::nullopt);
  driver.failures.clear();
  EXPECT_NE(device.allocate(16), nullptr);
}

TEST_F(CudaContextTest, ADeviceThatIsFullHasNoRoomForAContext) {
  DeviceAccelerator& device = open();
  driver.failures["cuDevicePrimaryCtxRetain"] = Result::out_of_memory;
  const auto error = error_of<OutOfMemoryError>([&] { (void)device.allocate(16); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), StartsWith("'cuda:0' has no memory left for a context of this process: "));
}

/// The library as the program's own CUDA code sees it.
class ProgramsOwnCuda {
 public:
  ProgramsOwnCuda() : driver_(open_driver(std::vector<std::string>{DRIVER_DOUBLE}).driver) {}

  [[nodiscard]] ContextHandle context_of(int device) const {
    ContextHandle context = nullptr;
    driver_->cuDevicePrimaryCtxRetain(&context, device);
    return context;
  }
  void push(ContextHandle context) const { driver_->cuCtxPushCurrent(context); }
  void pop() const {
    ContextHandle popped = nullptr;
    driver_->cuCtxPopCurrent(&popped);
  }
  [[nodiscard]] ContextHandle current() const {
    ContextHandle context = nullptr;
    driver_->cuCtxGetCurrent(&context);
    return context;
  }

 private:
  std::shared_ptr<const Driver> driver_;
};

TEST_F(CudaContextTest, AThreadsCurrentContextIsTheSameAfterACall) {
  driver.devices.resize(2);
  prepare();
  const ProgramsOwnCuda own;
  EXPECT_EQ(own.current(), nullptr);
  for (const int device : {1, 0}) {
    const ContextHandle theirs = own.context_of(device);
    own.push(theirs);
    stream->wait(launch());
    EXPECT_TRUE(stream->is_reached(1));
    EXPECT_EQ(own.current(), theirs);
    EXPECT_THROW((void)accelerator->allocate(std::uint64_t{1} << 40), OutOfMemoryError);
    EXPECT_EQ(own.current(), theirs) << "also after an error";
    own.pop();
  }
  EXPECT_EQ(own.current(), nullptr);
}

TEST_F(CudaContextTest, NothingIsSwitchedWhereTheContextIsCurrentAlready) {
  prepare();
  const ProgramsOwnCuda own;
  own.push(own.context_of(0));
  const int pushes = driver.count("cuCtxPushCurrent");
  stream->wait(launch());
  EXPECT_EQ(driver.count("cuCtxPushCurrent"), pushes);
  own.pop();
}

TEST_F(CudaContextTest, TwoDevicesInTurnOnOneThread) {
  driver.devices.resize(2);
  prepare();
  auto& other = dynamic_cast<DeviceAccelerator&>(*accelerators.at(1));
  const auto elsewhere = other.create_stream();
  const auto there = other.allocate(256);
  std::array<std::byte, 4> bytes{};
  for (int i = 0; i < 3; ++i) {
    stream->wait(launch());
    elsewhere->wait(elsewhere->write(*there, 0, bytes));
  }
}

}  // namespace
}  // namespace dotcompute::cuda::test
