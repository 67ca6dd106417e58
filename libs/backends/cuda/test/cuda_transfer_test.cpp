// Copies, peers, pinned memory and memory of others, with the driver's double.
#include "cuda_fixture.hpp"
#include "driver.hpp"

namespace dotcompute::cuda::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

class CudaTransferTest : public CudaTest {
 protected:
  CudaTransferTest() {
    driver.devices.resize(3);
    driver.peers = {{0, 1}, {1, 0}};
    open();
  }

  DeviceAccelerator& numbered(std::size_t index) { return dynamic_cast<DeviceAccelerator&>(*accelerators.at(index)); }
  static std::string text_of(Stream& stream, const DeviceMemory& memory) {
    std::string text(memory.size_bytes(), '?');
    stream.wait(stream.read(std::as_writable_bytes(std::span(text)), memory, 0));
    return text;
  }
};

TEST_F(CudaTransferTest, CopiesWithinADeviceStayThere) {
  const auto memory = numbered(0).allocate(8);
  const auto stream = numbered(0).create_stream();
  stream->write(*memory, 0, bytes_of("abcdefgh"));
  const StreamPoint copied = stream->copy(*memory, 5, *memory, 1, 3);
  const StreamPoint nothing = stream->copy(*memory, 8, *memory, 8, 0);
  EXPECT_EQ(nothing, copied + 1);
  EXPECT_EQ(text_of(*stream, *memory), "abcdebcd");
  EXPECT_EQ(driver.count("cuMemcpyDtoDAsync"), 1);
  EXPECT_EQ(driver.count("cuMemcpyPeerAsync"), 0);
}

TEST_F(CudaTransferTest, APairIsAskedAboutAndAllowedOnce) {
  EXPECT_TRUE(numbered(0).can_access_peer(numbered(1)));
  EXPECT_TRUE(numbered(0).can_access_peer(numbered(1)));
  EXPECT_EQ(driver.count("cuDeviceCanAccessPeer"), 1);
  EXPECT_EQ(driver.count("cuCtxEnablePeerAccess"), 1);
  EXPECT_THAT(driver.enabled_peers, ElementsAre(std::pair(0, 1)));
  EXPECT_TRUE(numbered(1).can_access_peer(numbered(0)));
  EXPECT_EQ(driver.count("cuCtxEnablePeerAccess"), 2);
  EXPECT_FALSE(numbered(0).can_access_peer(numbered(2)));
  EXPECT_FALSE(numbered(0).can_access_peer(numbered(0)));
  EXPECT_EQ(driver.count("cuCtxEnablePeerAccess"), 2) << "where the driver says no it is not asked to allow it";
}

TEST_F(CudaTransferTest, AccessThatTheProgramAllowedItselfIsAccess) {
  driver.enabled_peers = {{0, 1}};
  EXPECT_TRUE(numbered(0).can_access_peer(numbered(1)));
}

TEST_F(CudaTransferTest, AccessThatIsNotAllowedIsNone) {
  driver.failures["cuCtxEnablePeerAccess"] = Result::too_many_peers;
  EXPECT_FALSE(numbered(0).can_access_peer(numbered(1)));
  driver.failures["cuDevicePrimaryCtxRetain"] = Result::device_unavailable;
  EXPECT_FALSE(numbered(1).can_access_peer(numbered(0))) << "without a context there is no access, and no exception";
}

TEST_F(CudaTransferTest, CopiesBetweenPeersInTheOrderOfTheirStreams) {
  const auto here = numbered(0).allocate(8);
  const auto there = numbered(1).allocate(8);
  const auto on_here = numbered(0).create_stream();
  const auto on_there = numbered(1).create_stream();
  driver.is_held = true;
  const StreamPoint written = on_here->write(*here, 0, bytes_of("abcdefgh"));
  on_there->write(*there, 0, bytes_of("01234567"));
  on_there->wait_for(*on_here, written);
  const StreamPoint taken = on_there->copy(*there, 2, *here, 0, 4);
  on_here->wait_for(*on_there, taken);
  on_here->copy(*here, 0, *there, 0, 3);
  EXPECT_EQ(text_of(*on_here, *here), "01adefgh");
  EXPECT_EQ(text_of(*on_there, *there), "01abcd67");
  EXPECT_EQ(driver.count("cuMemcpyPeerAsync"), 2);
  EXPECT_EQ(driver.count("cuMemcpyDtoDAsync"), 0);
}

TEST_F(CudaTransferTest, ACopyThatTheDriverRefusesIsAnError) {
  const auto memory = numbered(0).allocate(8);
  const auto stream = numbered(0).create_stream();
  driver.failures["cuMemcpyDtoDAsync"] = Result::invalid_value;
  const auto error = error_of<DeviceError>([&] { stream->copy(*memory, 4, *memory, 0, 4); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("'cuda:0' refused a call: cuMemcpyDtoDAsync gave CUDA_ERROR_INVALID_VALUE"));
}

TEST_F(CudaTransferTest, PinnedMemoryIsPinnedForAllDevicesAndGivenBack) {
  {
    const auto pinned = numbered(0).allocate_pinned(16);
    ASSERT_NE(pinned, nullptr);
    EXPECT_EQ(pinned->bytes().size(), 16u);
    EXPECT_THAT(driver.pinned_flags, ElementsAre(host_alloc_portable));
    EXPECT_EQ(driver.pinned_blocks, 1);
    std::ranges::fill(pinned->bytes(), std::byte{'x'});
    const auto memory = numbered(1).allocate(4);
    const auto stream = numbered(1).create_stream();
    stream->write(*memory, 0, pinned->bytes().first(4));
    EXPECT_EQ(text_of(*stream, *memory), "xxxx");
  }
  EXPECT_EQ(driver.pinned_blocks, 0);
  EXPECT_TRUE(numbered(0).allocate_pinned(0)->bytes().empty());
  EXPECT_EQ(driver.count("cuMemHostAlloc"), 1);
}

TEST_F(CudaTransferTest, PinnedMemoryThatCannotBeHadIsOutOfMemory) {
  driver.failures["cuMemHostAlloc"] = Result::out_of_memory;
  const auto error = error_of<OutOfMemoryError>([&] { (void)numbered(0).allocate_pinned(4096); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(), "the host has no 4096 bytes that 'cuda:0' could pin; use ordinary memory, or less of it");
}

TEST_F(CudaTransferTest, StagesUnlessTheMemoryIsTheHosts) {
  EXPECT_TRUE(numbered(0).info().stages_pageable);
  accelerators.clear();
  driver.devices[0].attributes[DeviceAttribute::integrated] = 1;
  EXPECT_FALSE(open().info().stages_pageable);
}

TEST_F(CudaTransferTest, MemoryOfOthersIsBorrowedOrTaken) {
  const auto owner = numbered(0).allocate(8);
  const auto stream = numbered(0).create_stream();
  {
    // A borrowed one may begin inside a block.
    const auto borrowed = numbered(0).adopt(owner->native_handle() + 2, 4, Ownership::borrowed);
    EXPECT_EQ(borrowed->native_handle(), owner->native_handle() + 2);
    stream->write(*owner, 0, bytes_of("........"));
    stream->wait(stream->write(*borrowed, 0, bytes_of("abcd")));
  }
  EXPECT_EQ(text_of(*stream, *owner), "..abcd..");
  EXPECT_EQ(driver.memory_blocks, 1);
  // Memory that the program's own CUDA code made.
  const auto own = open_driver(std::vector<std::string>{DRIVER_DOUBLE}).driver;
  own->cuCtxPushCurrent(reinterpret_cast<ContextHandle>(numbered(0).native_context()));
  DeviceAddress address = 0;
  ASSERT_EQ(own->cuMemAlloc(&address, 8), Result::success);
  ContextHandle context = nullptr;
  own->cuCtxPopCurrent(&context);
  EXPECT_EQ(driver.memory_blocks, 2);
  auto taken = numbered(0).adopt(address, 8, Ownership::taken);
  taken.reset();
  EXPECT_EQ(driver.memory_blocks, 1);
  EXPECT_NE(numbered(0).native_context(), 0u);
  EXPECT_NE(numbered(0).native_context(), numbered(1).native_context());
}

TEST_F(CudaTransferTest, RefusesWhatIsNoMemoryOfItsOwn) {
  const auto own = numbered(0).allocate(8);
  const auto foreign = numbered(1).allocate(8);
  const auto refusal = [&](std::uintptr_t handle, std::uint64_t size_bytes, Ownership ownership) {
    const auto error = error_of<DeviceError>([&] { (void)numbered(0).adopt(handle, size_bytes, ownership); });
    if (!error) return std::string();
    EXPECT_EQ(error->remedy(), Remedy::fix_input);
    EXPECT_EQ(error->context().device, "cuda:0");
    return std::string(error->what());
  };
  EXPECT_EQ(refusal(0, 8, Ownership::borrowed),
            "'cuda:0' (Double 90) cannot take the CUdeviceptr 0x0 as 8 bytes of its memory: the driver does not know "
            "it");
  EXPECT_THAT(refusal(foreign->native_handle(), 8, Ownership::borrowed), HasSubstr("it is memory of device 1"));
  EXPECT_THAT(refusal(own->native_handle() + 1, 8, Ownership::borrowed),
              HasSubstr("its block has 7 bytes from there on"));
  EXPECT_THAT(refusal(own->native_handle() + 1, 4, Ownership::taken),
              HasSubstr("it begins inside a block, which can only be borrowed"));
  EXPECT_EQ(driver.memory_blocks, 2);
}

}  // namespace
}  // namespace dotcompute::cuda::test
