// What a backend has that implements no more of the contract than it must.
#include <dotcompute/device/device_accelerator.hpp>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>

namespace {

using namespace dotcompute;

class PlainMemory final : public DeviceMemory {
 public:
  [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return 0; }
};

class PlainDevice final : public DeviceAccelerator {
 public:
  [[nodiscard]] const AcceleratorInfo& info() const noexcept override { return info_; }
  [[nodiscard]] std::optional<std::string> refusal(const KernelDefinition&) const override { return "none"; }
  [[nodiscard]] std::unique_ptr<DeviceMemory> allocate(std::uint64_t) override {
    return std::make_unique<PlainMemory>();
  }
  [[nodiscard]] std::unique_ptr<Stream> create_stream() override { return nullptr; }
  [[nodiscard]] std::vector<std::byte> build(const KernelDefinition&) override { return {}; }
  [[nodiscard]] std::unique_ptr<DeviceKernel> load(const KernelDefinition&, std::span<const std::byte>) override {
    return nullptr;
  }
  [[nodiscard]] std::optional<std::string> loss() const override { return std::nullopt; }

 private:
  AcceleratorInfo info_{.id = "plain:0", .name = "plain", .backend = "plain"};
};

TEST(DeviceAccelerator, OffersNothingThatItDoesNotSay) {
  PlainDevice device;
  const PlainDevice other;
  EXPECT_EQ(device.allocate_pinned(16), nullptr);
  EXPECT_FALSE(device.can_access_peer(other));
  EXPECT_FALSE(device.can_access_peer(device));
  EXPECT_EQ(device.native_context(), 0u);
  EXPECT_EQ(device.allocate(0)->native_handle(), 0u);
  EXPECT_FALSE(device.info().stages_pageable);
}

TEST(DeviceAccelerator, TakesNoMemoryOfOthersUnlessItSays) {
  PlainDevice device;
  try {
    static_cast<void>(device.adopt(0x1000, 64, Ownership::borrowed));
    ADD_FAILURE() << "no error";
  } catch (const DeviceError& error) {
    EXPECT_STREQ(error.what(),
                 "plain:0 takes no memory that others made, and was given 64 bytes of it; copy them into a buffer "
                 "instead");
    EXPECT_EQ(error.remedy(), Remedy::fix_input);
    EXPECT_EQ(error.context().device, "plain:0");
  }
}

}  // namespace
