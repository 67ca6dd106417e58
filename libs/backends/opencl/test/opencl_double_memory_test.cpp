// Peers, pinned memory and memory of others, with drivers that the tests play.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <dotcompute/base/error.hpp>

#include "opencl_double_fixture.hpp"
#include "thrown.hpp"

namespace dotcompute::test {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int map_failure = -12;

/// The driver's own clRetainMemObject.
int retain(std::uintptr_t buffer) {
  void* const library = dlopen(DOTCOMPUTE_TEST_OPENCL_DOUBLE, RTLD_NOW);
  return reinterpret_cast<int (*)(std::uintptr_t)>(dlsym(library, "clRetainMemObject"))(buffer);
}

class OpenClDoubleMemory : public OpenClDouble {
 protected:
  OpenClDoubleMemory() {
    script().platforms[0].devices = {DeviceScript{.name = "First"}, DeviceScript{.name = "Second"}};
    script().platforms.push_back(PlatformScript{.name = "Another Platform"});
  }

  DeviceAccelerator& numbered(std::size_t index) {
    if (found_.accelerators.empty()) find();
    return dynamic_cast<DeviceAccelerator&>(*found_.accelerators.at(index));
  }

  static std::vector<char> contents(Stream& stream, const DeviceMemory& memory) {
    std::vector<char> bytes(memory.size_bytes());
    stream.wait(stream.read(std::as_writable_bytes(std::span(bytes)), memory, 0));
    return bytes;
  }
};

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST_F(OpenClDoubleMemory, TheDevicesOfAPlatformShareOneContext) {
  EXPECT_THAT(find().accelerators, testing::SizeIs(3));
  EXPECT_THAT(script().contexts, IsEmpty()) << "none is made before it is needed";
  const auto first = numbered(0).allocate(16);
  const auto second = numbered(1).allocate(16);
  const auto third = numbered(2).allocate(16);
  EXPECT_THAT(script().contexts, ElementsAre(2, 1));
  EXPECT_EQ(numbered(0).native_context(), numbered(1).native_context());
  EXPECT_NE(numbered(0).native_context(), numbered(2).native_context());
}

TEST_F(OpenClDoubleMemory, PeersAreThoseOfOneContext) {
  EXPECT_TRUE(numbered(0).can_access_peer(numbered(1)));
  EXPECT_TRUE(numbered(1).can_access_peer(numbered(0)));
  EXPECT_FALSE(numbered(0).can_access_peer(numbered(0)));
  EXPECT_FALSE(numbered(0).can_access_peer(numbered(2)));
}

TEST_F(OpenClDoubleMemory, WhereNoContextIsSharedEachDeviceHasItsOwn) {
  script().devices_too_many_for_a_context = 2;
  EXPECT_FALSE(numbered(0).can_access_peer(numbered(1)));
  const auto first = numbered(0).allocate(16);
  const auto second = numbered(1).allocate(16);
  EXPECT_THAT(script().contexts, ElementsAre(1, 1));
  EXPECT_NE(numbered(0).native_context(), numbered(1).native_context());
}

TEST_F(OpenClDoubleMemory, PoclsDeviceWithoutThreadsIsNobodysPeer) {
  script().platforms[0].name = "Portable Computing Language";
  script().platforms[0].devices.push_back(DeviceScript{.name = "basic-x86-64"});
  EXPECT_TRUE(numbered(0).can_access_peer(numbered(1)));
  EXPECT_FALSE(numbered(0).can_access_peer(numbered(2)));
  EXPECT_FALSE(numbered(2).can_access_peer(numbered(1)));
  EXPECT_NE(numbered(2).native_context(), numbered(0).native_context());
}

TEST_F(OpenClDoubleMemory, CopiesWithinADevice) {
  const auto memory = numbered(0).allocate(8);
  const auto on = numbered(0).create_stream();
  on->write(*memory, 0, bytes_of("abcdefgh"));
  const StreamPoint before = on->copy(*memory, 4, *memory, 1, 3);
  EXPECT_EQ(on->copy(*memory, 8, *memory, 8, 0), before) << "nothing is nothing";
  EXPECT_THAT(contents(*on, *memory), ElementsAre('a', 'b', 'c', 'd', 'b', 'c', 'd', 'h'));
  EXPECT_THAT(script().commands, ElementsAre("clEnqueueWriteBuffer", "clEnqueueCopyBuffer", "clEnqueueReadBuffer"));
}

TEST_F(OpenClDoubleMemory, CopiesBetweenPeersInTheOrderOfTheirStreams) {
  const auto here = numbered(0).allocate(8);
  const auto there = numbered(1).allocate(8);
  const auto on_here = numbered(0).create_stream();
  const auto on_there = numbered(1).create_stream();
  script().holds_commands = true;
  const StreamPoint written = on_here->write(*here, 0, bytes_of("abcdefgh"));
  on_there->wait_for(*on_here, written);
  on_there->copy(*there, 2, *here, 0, 6);
  on_here->copy(*here, 0, *there, 2, 2);
  EXPECT_EQ(contents(*on_there, *there)[7], 'f');
  EXPECT_THAT(script().commands, ElementsAre("clEnqueueWriteBuffer", "clEnqueueBarrierWithWaitList after",
                                             "clEnqueueCopyBuffer", "clEnqueueCopyBuffer", "clEnqueueReadBuffer"));
}

TEST_F(OpenClDoubleMemory, ACopyThatFailsIsReportedByTheStream) {
  const auto memory = numbered(0).allocate(8);
  const auto on = numbered(0).create_stream();
  script().command_status = -14;
  const StreamPoint point = on->copy(*memory, 4, *memory, 0, 4);
  EXPECT_THAT(thrown<DeviceError>([&] { on->wait(point); }).what(),
              HasSubstr("clEnqueueCopyBuffer gave CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST while copying on the "
                        "device"));
}

TEST_F(OpenClDoubleMemory, TheLossOfOneDeviceIsNotItsPeers) {
  const auto memory = numbered(0).allocate(8);
  const auto on = numbered(0).create_stream();
  script().command_status = out_of_resources;
  const StreamPoint point = on->copy(*memory, 4, *memory, 0, 4);
  thrown<DeviceError>([&] { on->wait(point); });
  EXPECT_TRUE(numbered(0).loss().has_value());
  EXPECT_FALSE(numbered(1).loss().has_value());
  script().command_status = 0;
  const auto others = numbered(1).allocate(2);
  const auto other = numbered(1).create_stream();
  other->write(*others, 0, bytes_of("ab"));
  EXPECT_THAT(contents(*other, *others), ElementsAre('a', 'b'));
}

TEST_F(OpenClDoubleMemory, AProgramOfASharedContextHasTheBinaryOfItsDevice) {
  const auto image = numbered(1).build(saxpy_.definition());
  EXPECT_NE(numbered(1).load(saxpy_.definition(), image), nullptr);
  EXPECT_THAT(script().contexts, ElementsAre(2));
}

TEST_F(OpenClDoubleMemory, PinnedMemoryIsMappedAsLongAsItLives) {
  {
    const auto pinned = numbered(0).allocate_pinned(8);
    ASSERT_NE(pinned, nullptr);
    ASSERT_EQ(pinned->bytes().size(), 8u);
    EXPECT_EQ(script().mappings, 1);
    std::memcpy(pinned->bytes().data(), "12345678", 8);
    const auto memory = numbered(0).allocate(8);
    const auto on = numbered(0).create_stream();
    on->write(*memory, 0, pinned->bytes());
    on->write(*memory, 0, pinned->bytes().subspan(4, 2));
    EXPECT_THAT(contents(*on, *memory), ElementsAre('5', '6', '3', '4', '5', '6', '7', '8'));
  }
  EXPECT_EQ(script().mappings, 0);
  EXPECT_THAT(numbered(0).allocate_pinned(0)->bytes(), IsEmpty());
}

TEST_F(OpenClDoubleMemory, PinnedMemoryThatCannotBeHadIsOutOfMemory) {
  EXPECT_THAT(thrown<OutOfMemoryError>([&] { static_cast<void>(numbered(0).allocate_pinned(1 << 19)); }).what(),
              HasSubstr("cannot allocate 524288 bytes: 262144 bytes are its largest allocation"));
  script().failing["clEnqueueMapBuffer"] = memory_allocation_failure;
  EXPECT_THAT(thrown<OutOfMemoryError>([&] { static_cast<void>(numbered(0).allocate_pinned(8)); }).what(),
              HasSubstr("has no room left: clEnqueueMapBuffer gave CL_MEM_OBJECT_ALLOCATION_FAILURE while allocating "
                        "pinned memory"));
  script().failing["clEnqueueMapBuffer"] = map_failure;
  EXPECT_THAT(thrown<DeviceError>([&] { static_cast<void>(numbered(0).allocate_pinned(8)); }).what(),
              HasSubstr("clEnqueueMapBuffer gave CL_MAP_FAILURE"));
  EXPECT_EQ(script().mappings, 0);
}

TEST_F(OpenClDoubleMemory, ADeviceOnACardStagesWhatIsNotPinned) {
  script().platforms[1].devices[0].type = 2;  // CL_DEVICE_TYPE_CPU
  EXPECT_TRUE(numbered(0).info().stages_pageable);
  EXPECT_FALSE(numbered(2).info().stages_pageable);
}

// Memory of others.

TEST_F(OpenClDoubleMemory, ABorrowedBufferStaysItsOwners) {
  const auto owner = numbered(0).allocate(8);
  const int objects = script().live_objects;
  const auto on = numbered(1).create_stream();
  {
    const auto borrowed = numbered(1).adopt(owner->native_handle(), 8, Ownership::borrowed);
    EXPECT_EQ(borrowed->native_handle(), owner->native_handle());
    EXPECT_EQ(borrowed->size_bytes(), 8u);
    on->write(*borrowed, 0, bytes_of("borrowed"));
    on->wait(on->write(*borrowed, 0, bytes_of("B")));
  }
  EXPECT_THAT(contents(*on, *owner), ElementsAre('B', 'o', 'r', 'r', 'o', 'w', 'e', 'd'));
  EXPECT_EQ(script().live_objects, objects + 1) << "the stream's queue";
}

TEST_F(OpenClDoubleMemory, ABufferThatIsTakenIsReleased) {
  auto owner = numbered(0).allocate(8);
  const std::uintptr_t handle = owner->native_handle();
  ASSERT_EQ(retain(handle), 0) << "a reference of the caller's own, to be handed over";
  const int objects = script().live_objects;
  owner.reset();
  EXPECT_EQ(script().live_objects, objects) << "retained";
  auto taken = numbered(0).adopt(handle, 4, Ownership::taken);
  taken.reset();
  EXPECT_EQ(script().live_objects, objects - 1);
}

TEST_F(OpenClDoubleMemory, RefusesWhatIsNoBufferOfItsOwn) {
  const auto own = numbered(0).allocate(8);
  const auto foreign = numbered(2).allocate(8);
  const auto refusal = [&](std::uintptr_t handle, std::uint64_t size_bytes = 8) {
    const auto error =
        thrown<DeviceError>([&] { static_cast<void>(numbered(0).adopt(handle, size_bytes, Ownership::taken)); });
    EXPECT_EQ(error.remedy(), Remedy::fix_input);
    EXPECT_EQ(error.context().device, "opencl:0");
    return std::string(error.what());
  };
  EXPECT_EQ(refusal(0),
            "opencl:0 (First, Scripted Platform) cannot take the cl_mem 0x0 as 8 bytes of its memory: it is null");
  EXPECT_THAT(refusal(foreign->native_handle()),
              HasSubstr("it is of another context; create it in the one that native_context() gives"));
  EXPECT_THAT(refusal(own->native_handle(), 9), HasSubstr("as 9 bytes of its memory: it has 8 bytes"));
  script().memory_type = 0x10F1;  // CL_MEM_OBJECT_IMAGE2D
  EXPECT_THAT(refusal(own->native_handle()), HasSubstr("it is an image, and kernels work on buffers"));
  script().failing["clGetMemObjectInfo"] = -38;
  EXPECT_THAT(refusal(own->native_handle()), HasSubstr("the driver does not know it"));
}

}  // namespace

}  // namespace dotcompute::test
