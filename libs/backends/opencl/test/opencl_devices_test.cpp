// Several devices of one machine. CTest runs it with POCL_DEVICES="pthread pthread".
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
  if (device(0).info().driver != device(1).info().driver) GTEST_SKIP() << "the two devices have different drivers";
  SaxpyKernel saxpy_kernel;
  const auto kernel = device(1).load(saxpy_kernel.definition(), device(0).build(saxpy_kernel.definition()));
  const auto stream = device(1).create_stream();
  const auto memory = copy_of(*stream, std::vector<float>{1, 2, 3}, 1);
  const SaxpyKernel::Block block{1, {}, {}};
  const DeviceSpan spans[] = {{memory.get(), 0, 3}, {memory.get(), 0, 3}};
  stream->launch(*kernel, launch_of(block, spans, {{3, 1, 1}}));
  EXPECT_THAT(contents<float>(*stream, *memory), testing::ElementsAre(2, 4, 6));
}

}  // namespace

}  // namespace dotcompute::test
