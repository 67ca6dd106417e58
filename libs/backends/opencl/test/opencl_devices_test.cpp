// Several devices of one machine. CTest runs it with POCL_DEVICES="pthread pthread basic".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "opencl_device_fixture.hpp"

namespace dotcompute::test {

namespace {

using testing::Each;

class OpenClDevices : public OpenClDevice {
 protected:
  void SetUp() override {
    OpenClDevice::SetUp();
    if (!IsSkipped() && device_count() < 2) {
      GTEST_SKIP() << "one OpenCL device only; POCL_DEVICES=\"pthread pthread\" makes two";
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Queues, OpenClDevices, testing::Values(false, true),
                         [](const auto& parameter) { return parameter.param ? "OutOfOrder" : "InOrder"; });

TEST_P(OpenClDevices, AreNumbered) {
  for (std::size_t i = 0; i < device_count(); ++i) EXPECT_EQ(device(i).info().id, "opencl:" + std::to_string(i));
}

TEST_P(OpenClDevices, WorkAtOnceEachWithItsOwnMemory) {
  SaxpyKernel saxpy_kernel;
  constexpr std::size_t count = 1000;
  const SaxpyKernel::Block block{1, {}, {}};
  struct Work {
    std::unique_ptr<DeviceKernel> kernel;
    std::unique_ptr<Stream> stream;
    std::unique_ptr<DeviceMemory> x, y;
  };
  std::vector<Work> works(device_count());
  for (std::size_t i = 0; i < works.size(); ++i) {
    works[i].kernel = load(saxpy_kernel.definition(), i);
    works[i].stream = device(i).create_stream();
    works[i].x = copy_of(*works[i].stream, std::vector<float>(count, static_cast<float>(i + 1)), i);
    works[i].y = copy_of(*works[i].stream, std::vector<float>(count, 0), i);
  }
  for (int round = 0; round < 20; ++round) {
    for (Work& work : works) {
      const DeviceSpan spans[] = {{work.x.get(), 0, count}, {work.y.get(), 0, count}};
      work.stream->launch(*work.kernel, launch_of(block, spans, {{count, 1, 1}}));
    }
  }
  for (std::size_t i = 0; i < works.size(); ++i) {
    EXPECT_THAT(contents<float>(*works[i].stream, *works[i].y), Each(20 * static_cast<float>(i + 1)));
  }
}

TEST_P(OpenClDevices, AnEqualDriverTakesTheOthersImages) {
  const std::size_t last = device_count() - 1;
  ASSERT_EQ(device(last - 1).info().driver, device(last).info().driver) << "two of one kind are listed last";
  SaxpyKernel saxpy_kernel;
  const auto kernel = device(last).load(saxpy_kernel.definition(), device(last - 1).build(saxpy_kernel.definition()));
  const auto stream = device(last).create_stream();
  const auto memory = copy_of(*stream, std::vector<float>{1, 2, 3}, last);
  const SaxpyKernel::Block block{1, {}, {}};
  const DeviceSpan spans[] = {{memory.get(), 0, 3}, {memory.get(), 0, 3}};
  stream->launch(*kernel, launch_of(block, spans, {{3, 1, 1}}));
  EXPECT_THAT(contents<float>(*stream, *memory), testing::ElementsAre(2, 4, 6));
}

TEST_P(OpenClDevices, OfOneKindArePeers) {
  DeviceAccelerator& one = device(device_count() - 2);
  DeviceAccelerator& other = device(device_count() - 1);
  EXPECT_TRUE(one.can_access_peer(other));
  EXPECT_TRUE(other.can_access_peer(one));
  EXPECT_EQ(one.native_context(), other.native_context());
  for (std::size_t i = 0; i + 2 < device_count(); ++i) {
    EXPECT_FALSE(one.can_access_peer(device(i))) << device(i).info().name;
    EXPECT_NE(one.native_context(), device(i).native_context()) << device(i).info().name;
  }
}

TEST_P(OpenClDevices, PeersHandDataOnWithoutTheHost) {
  SaxpyKernel saxpy_kernel;
  constexpr std::size_t count = 1001;
  const SaxpyKernel::Block block{1, {}, {}};
  const std::size_t first = device_count() - 2;
  std::unique_ptr<DeviceKernel> kernels[2];
  std::unique_ptr<Stream> streams[2];
  std::unique_ptr<DeviceMemory> memories[2];
  for (std::size_t i = 0; i < 2; ++i) {
    kernels[i] = load(saxpy_kernel.definition(), first + i);
    streams[i] = device(first + i).create_stream();
    memories[i] = copy_of(*streams[i], std::vector<float>(count, 1), first + i);
  }
  // Each device doubles what it took over from the other; nobody waits in between.
  for (std::size_t k = 0; k < 12; ++k) {
    const std::size_t here = k % 2;
    const std::size_t next = 1 - here;
    const DeviceSpan spans[] = {{memories[here].get(), 0, count}, {memories[here].get(), 0, count}};
    const StreamPoint done = streams[here]->launch(*kernels[here], launch_of(block, spans, {{count, 1, 1}}));
    streams[next]->wait_for(*streams[here], done);
    const StreamPoint copied = streams[next]->copy(*memories[next], 0, *memories[here], 0, count * sizeof(float));
    streams[here]->wait_for(*streams[next], copied);
  }
  EXPECT_THAT(contents<float>(*streams[0], *memories[0]), Each(4096.0f));
}

}  // namespace

}  // namespace dotcompute::test
