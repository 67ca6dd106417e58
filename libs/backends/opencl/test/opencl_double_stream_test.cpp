// What launches and streams do when a driver misbehaves or is small.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <dotcompute/base/error.hpp>

#include "opencl_double_fixture.hpp"
#include "thrown.hpp"

namespace dotcompute::test {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Groups and slices.

TEST_F(OpenClDouble, RejectsGroupsBeyondTheLimits) {
  const auto message = [&](dotcompute_grid group) {
    const auto error = thrown<ExecutionError>([&] { launch({{1024, 1, 1}}, group); });
    EXPECT_EQ(error.remedy(), Remedy::fix_input);
    EXPECT_EQ(error.context().kernel, "test::saxpy");
    EXPECT_EQ(error.context().device, "opencl:0");
    return std::string(error.what());
  };
  EXPECT_EQ(message({{128, 1, 1}}),
            "kernel 'test::saxpy' was to run on opencl:0 (Scripted Device, Scripted Platform) in groups of 128 x 1 x 1 "
            "work-items, but the device allows 64 along dimension 0; ask for smaller groups, or leave them to the "
            "device");
  EXPECT_THAT(message({{1, 64, 0}}), HasSubstr("1 x 64 x 1 work-items, but the device allows 32 along dimension 1"));
  EXPECT_THAT(message({{32, 4, 1}}), HasSubstr("the device allows 64 work-items in a group of this kernel"));
  EXPECT_THAT(
      message({{8, 2, 1}}),
      HasSubstr("over 1 work-items along dimension 1 in groups of 2, which does not divide them, and the kernel "
                "does not use that dimension; make the grid a multiple of the group"));
  script().kernel_group_items = 16;
  kernel_.reset();
  EXPECT_THAT(message({{32, 1, 1}}), HasSubstr("the device allows 16 work-items in a group of this kernel"));
  EXPECT_THAT(script().launches, IsEmpty());
}

TEST_F(OpenClDouble, RunsKernelsOfGroupsInWholeGroups) {
  saxpy_.record().group_features = DOTCOMPUTE_GROUP_IDS;
  launch({{100, 1, 1}}, {{16, 1, 1}});
  ASSERT_THAT(script().launches, SizeIs(1));
  EXPECT_EQ(script().launches[0].local[0], 16u);
  EXPECT_EQ(script().launches[0].global[0], 112u);
  // The usual size is the same on every device, and this one cannot have it.
  const auto usual = thrown<ExecutionError>([&] { launch({{100, 1, 1}}); });
  EXPECT_STREQ(
      usual.what(),
      "kernel 'test::saxpy' was to run on opencl:0 (Scripted Device, Scripted Platform) in groups of 256 x 1 x "
      "1 work-items, but the device allows 64 along dimension 0; ask for smaller groups with in_groups_of, or "
      "run on another device");
  EXPECT_THAT(script().launches, SizeIs(1));
}

TEST_F(OpenClDouble, RefusesGroupsThatItCannotHave) {
  saxpy_.record().group_features = DOTCOMPUTE_GROUP_SHARED;
  saxpy_.record().shared_bytes = std::uint64_t{1} << 40;
  const auto refusal = device().refusal(saxpy_.definition());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_THAT(*refusal, HasSubstr("the shared arrays of 'test::saxpy' take 1099511627776 bytes for each group, and"));
  EXPECT_THAT(thrown<DeviceError>([&] { launch({{100, 1, 1}}); }).what(), HasSubstr("the shared arrays of"));
}

TEST_F(OpenClDouble, HoldsToTheKernelsOwnGroup) {
  script().required_group = {4, 2, 2};
  const auto error = thrown<ExecutionError>([&] { launch({{64, 2, 2}}, {{8, 1, 1}}); });
  EXPECT_THAT(error.what(), HasSubstr("the kernel's reqd_work_group_size is 4 x 2 x 2; ask for"));
  launch({{64, 2, 2}});
  EXPECT_THAT(script().launches.at(0).local, ElementsAre(4, 2, 2));
}

TEST_F(OpenClDouble, RoundsTheGridUpToGroups) {
  launch({{100, 1, 1}});
  ASSERT_THAT(script().launches, SizeIs(1));
  EXPECT_EQ(script().launches[0].dimensions, 1u);
  EXPECT_THAT(script().launches[0].global, ElementsAre(128, 0, 0));
  EXPECT_THAT(script().launches[0].local, ElementsAre(64, 0, 0));
  launch({{100, 1, 1}}, {{10, 1, 1}});
  EXPECT_THAT(script().launches[1].global, ElementsAre(100, 0, 0));
  EXPECT_THAT(script().launches[1].local, ElementsAre(10, 0, 0));
}

std::uint64_t number_of(const SeenArgument& argument) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < argument.size(); ++i) number |= std::uint64_t{argument[i]} << (8 * i);
  return number;
}

TEST_F(OpenClDouble, CutsHugeGridsIntoSlicesWithWideIndices) {
  const std::uint64_t items = (std::uint64_t{5} << 30) + 1;
  stream().wait(launch({{items, 1, 1}}));
  ASSERT_THAT(script().launches, SizeIs(3));
  EXPECT_THAT(script().build_options.back(), HasSubstr("-DDOTCOMPUTE_NARROW=0"));
  std::uint64_t covered = 0;
  for (const SeenLaunch& seen : script().launches) {
    ASSERT_THAT(seen.arguments, SizeIs(9));
    EXPECT_THAT(seen.arguments[7], SizeIs(8)) << "grid_x of the wide text has 64 bits";
    EXPECT_EQ(number_of(seen.arguments[7]), items);
    EXPECT_EQ(number_of(seen.arguments[8]), covered);
    EXPECT_EQ(seen.global[0] % 64, 0u);
    covered += seen.global[0];
  }
  EXPECT_GE(covered, items);
  EXPECT_LT(covered, items + 64);
  const std::size_t builds = script().build_options.size();
  launch({{items, 1, 1}});
  EXPECT_EQ(script().build_options.size(), builds) << "the wide program is built once";
}

TEST_F(OpenClDouble, WideIndicesBeginWhereTheyMust) {
  const auto width_of = [&](const auto& change) {
    spans_[0] = {};
    change();
    launch({{64, 1, 1}});
    return script().launches.back().arguments[7].size();
  };
  const auto memory = device().allocate(64);
  EXPECT_EQ(width_of([&] {}), 4u);
  EXPECT_EQ(width_of([&] { spans_[0] = {memory.get(), 0, 0xFFFF'FFFF}; }), 4u);
  EXPECT_EQ(width_of([&] { spans_[0] = {memory.get(), 0, 0x1'0000'0000}; }), 8u);
  EXPECT_EQ(width_of([&] { spans_[0] = {memory.get(), 0x1'0000'0000, 1}; }), 8u);
  EXPECT_EQ(number_of(script().launches.back().arguments[3]), 0x1'0000'0000u) << "x_begin";
}

TEST_F(OpenClDouble, RejectsMoreItemsThan64BitsCount) {
  const auto error = thrown<ExecutionError>([&] { launch({{1ull << 40, 1 << 20, 1 << 10}}); });
  EXPECT_THAT(error.what(), HasSubstr("has more work-items than 64 bits count; make it smaller"));
}

TEST_F(OpenClDouble, SetsOnlyWhatChanged) {
  const auto memory = device().allocate(256);
  spans_[0] = {memory.get(), 0, 64};
  spans_[1] = {memory.get(), 0, 64};
  launch({{64, 1, 1}});
  EXPECT_EQ(script().set_arguments, 9u);
  launch({{64, 1, 1}});
  EXPECT_EQ(script().set_arguments, 9u);
  block_.a = 3;
  spans_[0].offset_bytes = 128;
  launch({{32, 1, 1}});
  EXPECT_EQ(script().set_arguments, 12u) << "a, x_begin and grid_x";
  EXPECT_EQ(number_of(script().launches[2].arguments[3]), 128u);
  EXPECT_EQ(number_of(script().launches[2].arguments[7]), 32u);
}

// The driver may give a new buffer the address of one that is gone.
TEST_F(OpenClDouble, KnowsANewBufferFromAnOldOneAtItsAddress) {
  for (int i = 0; i < 4; ++i) {
    const auto memory = device().allocate(256);
    spans_[0] = {memory.get(), 0, 64};
    const std::size_t before = script().set_arguments;
    launch({{64, 1, 1}});
    EXPECT_EQ(script().set_arguments, before + (i == 0 ? 9 : 1));
  }
}

// On a device that is quick the driver's calls are what a launch costs.
TEST_F(OpenClDouble, AWarmLaunchMakesFewCalls) {
  const auto calls = [&](int launches) {
    const std::size_t before = script().calls;
    StreamPoint last = 0;
    for (int i = 0; i < launches; ++i) last = launch({{64, 1, 1}});
    stream().wait(last);
    return script().calls - before;
  };
  calls(1);
  // It is queued and flushed, waited for while its event is held, asked how it ended, and its event let go.
  EXPECT_EQ(calls(1), 7u);
  // Nobody waits for the first ones: two calls less, and one to let go of each.
  EXPECT_EQ(calls(10), 7u + 9 * 4);
  const std::size_t before = script().calls;
  EXPECT_TRUE(stream().is_reached(11));
  stream().wait(11);
  EXPECT_EQ(script().calls, before) << "what is known to be reached is not asked of the driver";
}

// Streams.

TEST_F(OpenClDouble, OutOfOrderQueuesAreChained) {
  find(true);
  launch({{64, 1, 1}});
  launch({{64, 1, 1}});
  EXPECT_THAT(script().queue_properties, ElementsAre(1));
  EXPECT_THAT(script().commands, ElementsAre("clEnqueueNDRangeKernel", "clEnqueueNDRangeKernel after"));
  const auto other = device().create_stream();
  script().holds_commands = true;
  const auto memory = device().allocate(4);
  const std::byte bytes[4] = {};
  const StreamPoint written = other->write(*memory, 0, bytes);
  stream().wait_for(*other, written);
  EXPECT_EQ(script().commands.back(), "clEnqueueBarrierWithWaitList after");
}

TEST_F(OpenClDouble, WithoutOutOfOrderQueuesTheyAreInOrder) {
  device_script().has_out_of_order_queues = false;
  find(true);
  launch({{64, 1, 1}});
  launch({{64, 1, 1}});
  EXPECT_THAT(script().queue_properties, ElementsAre(0));
  EXPECT_THAT(script().commands, ElementsAre("clEnqueueNDRangeKernel", "clEnqueueNDRangeKernel"));
}

TEST_F(OpenClDouble, PointsAreReachedWhenTheirCommandsAre) {
  EXPECT_TRUE(stream().is_reached(0));
  stream().wait(0);
  script().holds_commands = true;
  const StreamPoint first = launch({{64, 1, 1}});
  const StreamPoint second = launch({{64, 1, 1}});
  EXPECT_FALSE(stream().is_reached(first));
  EXPECT_FALSE(stream().is_reached(second));
  stream().wait(first);
  EXPECT_TRUE(stream().is_reached(first));
  EXPECT_FALSE(stream().is_reached(second));
  stream().wait(second);
  EXPECT_TRUE(stream().is_reached(second));
}

TEST_F(OpenClDouble, NothingToWaitForIsNoCommand) {
  const auto other = device().create_stream();
  const auto memory = device().allocate(4);
  EXPECT_EQ(stream().write(*memory, 0, {}), 0u);
  EXPECT_EQ(stream().read({}, *memory, 0), 0u);
  EXPECT_EQ(stream().wait_for(*other, 0), 0u);
  const StreamPoint point = launch({{64, 1, 1}});
  EXPECT_EQ(stream().wait_for(stream(), point), point);
  EXPECT_THAT(script().commands, SizeIs(1));
}

TEST_F(OpenClDouble, ManyCommandsInFlightWaitForTheOldest) {
  script().holds_commands = true;
  StreamPoint last = 0;
  for (int i = 0; i < 1000; ++i) last = launch({{64, 1, 1}});
  EXPECT_EQ(last, 1000u);
  EXPECT_TRUE(stream().is_reached(500));
  EXPECT_FALSE(stream().is_reached(1000));
  stream().wait(last);
}

// Oclgrind runs a kernel in the thread that waits for it, and cannot run two.
TEST_F(OpenClDouble, ADriverThatIsNotThreadSafeIsCalledByOneThreadAtATime) {
  const auto threads_inside = [&](const char* platform) {
    let_go();
    script().platforms[0].name = platform;
    script().most_threads_inside = 0;
    script().keeps_records = false;
    script().holds_commands = true;
    static_cast<void>(kernel());
    std::vector<std::unique_ptr<Stream>> streams;
    std::vector<StreamPoint> points;
    DeviceLaunch launch;
    launch.arguments = reinterpret_cast<const std::byte*>(&block_);
    launch.spans = spans_;
    for (int i = 0; i < 4; ++i) {
      streams.push_back(device().create_stream());
      for (int k = 0; k < 20; ++k) points.push_back(streams.back()->launch(kernel(), launch));
    }
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      threads.emplace_back([&, i] { streams[i]->wait(points[20 * i + 19]); });
    }
    for (std::thread& thread : threads) thread.join();
    return script().most_threads_inside.load();
  };
  EXPECT_EQ(threads_inside("Oclgrind"), 1);
  EXPECT_GT(threads_inside("Another"), 1);
}

TEST_F(OpenClDouble, AFailedCommandNamesItsKernelAndTheStreamKeepsFailing) {
  const StreamPoint good = launch({{64, 1, 1}});
  EXPECT_TRUE(stream().is_reached(good));
  script().command_status = invalid_operation;
  const StreamPoint bad = launch({{64, 1, 1}});
  EXPECT_TRUE(stream().is_reached(bad));
  stream().wait(good);
  for (int i = 0; i < 2; ++i) {
    const auto error = thrown<DeviceError>([&] { stream().wait(bad); });
    EXPECT_THAT(error.what(),
                HasSubstr("opencl:0 (Scripted Device, Scripted Platform) failed: clEnqueueNDRangeKernel gave "
                          "CL_INVALID_OPERATION while running kernel 'test::saxpy'; run on another device"));
    EXPECT_EQ(error.context().kernel, "test::saxpy");
  }
  script().command_status = 0;
  EXPECT_THROW(launch({{64, 1, 1}}), DeviceError);
  const auto other = device().create_stream();
  EXPECT_THROW(other->wait_for(stream(), bad), DeviceError);
  EXPECT_EQ(device().loss(), std::nullopt) << "the device is as good as before";
  stream_ = device().create_stream();
  stream().wait(launch({{64, 1, 1}}));
}

TEST_F(OpenClDouble, AFailureInTheMiddleIsNotMissed) {
  static_cast<void>(kernel());
  script().holds_commands = true;
  launch({{64, 1, 1}});
  launch({{64, 1, 1}});
  script().holds_commands = false;
  script().command_status = invalid_operation;
  launch({{64, 1, 1}});
  script().command_status = 0;
  const StreamPoint last = launch({{64, 1, 1}});
  EXPECT_THROW(stream().wait(last), DeviceError);
}

// Losing the device.

void expect_lost(DeviceAccelerator& device, const char* why) {
  ASSERT_TRUE(device.loss().has_value());
  EXPECT_THAT(*device.loss(), HasSubstr("opencl:0 (Scripted Device, Scripted Platform) is lost: "));
  EXPECT_THAT(*device.loss(), HasSubstr(why));
  EXPECT_THAT(*device.loss(),
              HasSubstr("what its memory held is gone; run on another device, or start the program again"));
}

TEST_F(OpenClDouble, ADeviceThatDisappearsInALaunchIsLost) {
  const auto memory = device().allocate(64);
  launch({{64, 1, 1}});
  script().failing["clEnqueueNDRangeKernel"] = device_not_available;
  const auto error = thrown<DeviceError>([&] { launch({{64, 1, 1}}); });
  EXPECT_EQ(error.remedy(), Remedy::fall_back);
  expect_lost(device(), "clEnqueueNDRangeKernel gave CL_DEVICE_NOT_AVAILABLE while running kernel 'test::saxpy'");
  EXPECT_EQ(error.what(), *device().loss());
  script().failing.clear();
  const std::byte bytes[4] = {};
  EXPECT_THROW(stream().write(*memory, 0, bytes), DeviceError) << "a lost device stays lost";
  EXPECT_THROW(static_cast<void>(device().allocate(64)), DeviceError);
  EXPECT_THROW(static_cast<void>(device().create_stream()), DeviceError);
  EXPECT_THROW(static_cast<void>(device().build(saxpy_.definition())), DeviceError);
}

TEST_F(OpenClDouble, ADeviceThatDisappearsWhileWaitedForIsLost) {
  script().holds_commands = true;
  const StreamPoint point = launch({{64, 1, 1}});
  launch({{64, 1, 1}});
  script().failing["clWaitForEvents"] = device_not_available;
  EXPECT_THROW(stream().wait(point), DeviceError);
  expect_lost(device(), "clEnqueueNDRangeKernel gave CL_DEVICE_NOT_AVAILABLE while running kernel 'test::saxpy'");
  EXPECT_TRUE(stream().is_reached(point));
}

// Drivers of GPUs answer so when a kernel has crashed.
TEST_F(OpenClDouble, ACommandThatEndsOutOfResourcesTakesTheDeviceWithIt) {
  script().command_status = out_of_resources;
  const StreamPoint point = launch({{64, 1, 1}});
  EXPECT_THROW(stream().wait(point), DeviceError);
  expect_lost(device(), "CL_OUT_OF_RESOURCES while running kernel 'test::saxpy'");
}

TEST_F(OpenClDouble, AFlushThatFailsIsReported) {
  script().failing["clFlush"] = device_not_available;
  EXPECT_THROW(launch({{64, 1, 1}}), DeviceError);
  expect_lost(device(), "clFlush gave CL_DEVICE_NOT_AVAILABLE while starting queued work");
}

// Sources that the user wrote.

TEST_F(OpenClDouble, RawKernelsTakeTheDeclaredParametersOnly) {
  saxpy_.source().features = DOTCOMPUTE_FEATURE_RAW;
  script().argument_count = 3;
  const auto memory = device().allocate(1024);
  spans_[0] = {memory.get(), 128, 64};
  spans_[1] = {memory.get(), 0, 64};
  launch({{100, 1, 1}});
  ASSERT_THAT(script().launches, SizeIs(1));
  EXPECT_FALSE(script().launches[0].has_local) << "a raw kernel has no guard, so the driver picks groups that divide";
  EXPECT_THAT(script().launches[0].global, ElementsAre(100, 0, 0));
  EXPECT_EQ(script().build_options[0], "") << "neither version nor width are ours to say";

  spans_[0].offset_bytes = 100;
  const auto error = thrown<ExecutionError>([&] { launch({{100, 1, 1}}); });
  EXPECT_THAT(error.what(),
              HasSubstr("'x' of kernel 'test::saxpy' begins 100 bytes into its buffer, and opencl:0 (Scripted "
                        "Device, Scripted Platform) can pass parts of buffers to a source in OpenCL C only "
                        "where they begin at a multiple of 128 bytes; copy the part into a buffer"));
  spans_[0].offset_bytes = 0;
  const auto uneven = thrown<ExecutionError>([&] { launch({{100, 1, 1}}, {{32, 1, 1}}); });
  EXPECT_THAT(uneven.what(),
              HasSubstr("over 100 work-items along dimension 0 in groups of 32, which does not divide them, "
                        "and a source in OpenCL C runs in whole groups; make the grid a multiple"));
  const auto huge = thrown<ExecutionError>([&] { launch({{1ull << 33, 1, 1}}); });
  EXPECT_THAT(huge.what(), HasSubstr("is enqueued at once and can have"));
  script().failing["clSetKernelArg"] = -51;
  block_.a = 9;
  const auto size = thrown<ExecutionError>([&] { launch({{100, 1, 1}}); });
  EXPECT_THAT(size.what(),
              HasSubstr("parameter 'a' of kernel 'test::saxpy' was declared as 'float' of 4 bytes, but the "
                        "OpenCL C source takes something else as argument 0 (CL_INVALID_ARG_SIZE on opencl:0"));
}

}  // namespace

}  // namespace dotcompute::test
