#include <dotcompute/device/device_groups.hpp>

#include <limits>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>

namespace {

using namespace dotcompute;

dotcompute_kernel kernel_of(std::uint32_t dimensions, std::uint32_t features) {
  dotcompute_kernel kernel{};
  kernel.struct_size = sizeof kernel;
  kernel.name = "demo::k";
  kernel.dimensions = dimensions;
  kernel.group_features = features;
  return kernel;
}

dotcompute_kernel with_group(dotcompute_kernel kernel, std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  kernel.fixed_group[0] = x;
  kernel.fixed_group[1] = y;
  kernel.fixed_group[2] = z;
  return kernel;
}

DeviceLaunch launch_of(const dotcompute_grid& grid, const dotcompute_grid& group = {{0, 0, 0}}) {
  DeviceLaunch launch;
  launch.grid = grid;
  launch.group = group;
  return launch;
}

void expect_sizes(const dotcompute_grid& sizes, std::uint64_t x, std::uint64_t y, std::uint64_t z) {
  EXPECT_EQ(sizes.size[0], x);
  EXPECT_EQ(sizes.size[1], y);
  EXPECT_EQ(sizes.size[2], z);
}

std::string message_of(const dotcompute_kernel& kernel, const DeviceLaunch& launch) {
  try {
    static_cast<void>(settle_groups(kernel, launch, "opencl:0"));
  } catch (const ExecutionError& error) {
    EXPECT_EQ(error.remedy(), Remedy::fix_input);
    EXPECT_EQ(error.context().kernel, "demo::k");
    EXPECT_EQ(error.context().device, "opencl:0");
    return error.what();
  }
  return "no error";
}

const DeviceLimits small{.local_memory_bytes = 4096, .largest_group_items = 128, .largest_group = {128, 64, 8}};

TEST(SettleGroups, TakesTheUsualTheAskedAndTheFixedSize) {
  const dotcompute_kernel kernel = kernel_of(2, DOTCOMPUTE_GROUP_BARRIER);
  const DeviceLaunch usual = settle_groups(kernel, launch_of({{17, 3, 1}}), "opencl:0");
  expect_sizes(usual.group, 16, 16, 1);
  expect_sizes(usual.grid, 32, 16, 1);
  const DeviceLaunch asked = settle_groups(kernel, launch_of({{17, 3, 1}}, {{5, 2, 1}}), "opencl:0");
  expect_sizes(asked.group, 5, 2, 1);
  expect_sizes(asked.grid, 20, 4, 1);
  const DeviceLaunch fixed = settle_groups(with_group(kernel, 8, 4, 1), launch_of({{17, 3, 1}}), "opencl:0");
  expect_sizes(fixed.group, 8, 4, 1);
  expect_sizes(fixed.grid, 24, 4, 1);
}

TEST(SettleGroups, LeavesTheGridOfKernelsThatDoNotUseTheirGroup) {
  const DeviceLaunch plain = settle_groups(kernel_of(1, 0), launch_of({{17, 1, 1}}), "opencl:0");
  expect_sizes(plain.group, 0, 0, 0);
  expect_sizes(plain.grid, 17, 1, 1);
  // A size that is only a wish, in the kernel's own dimension.
  const DeviceLaunch wished =
      settle_groups(with_group(kernel_of(1, 0), 16, 16, 1), launch_of({{17, 1, 1}}), "opencl:0");
  expect_sizes(wished.group, 16, 1, 1);
  expect_sizes(wished.grid, 17, 1, 1);
}

TEST(SettleGroups, SaysWhatCannotBe) {
  const dotcompute_kernel kernel = kernel_of(1, DOTCOMPUTE_GROUP_IDS);
  EXPECT_EQ(message_of(with_group(kernel, 64, 1, 1), launch_of({{1, 1, 1}}, {{32, 1, 1}})),
            "kernel demo::k has groups of 64 (DOTCOMPUTE_GROUP) and cannot be launched in groups of 32; leave "
            "in_groups_of out");
  EXPECT_EQ(message_of(kernel, launch_of({{std::numeric_limits<std::uint64_t>::max(), 1, 1}})),
            "the grid 18446744073709551615x1x1 of 'demo::k' in whole groups has more work-items than 64 bits count; "
            "make it smaller");
}

TEST(GroupRefusal, NamesWhatTheDeviceLacks) {
  dotcompute_kernel kernel = kernel_of(2, DOTCOMPUTE_GROUP_SHARED);
  EXPECT_EQ(group_refusal(kernel, small, "opencl:0"), std::nullopt);
  kernel.shared_bytes = 4096;
  EXPECT_EQ(group_refusal(kernel, small, "opencl:0"), std::nullopt);
  kernel.shared_bytes = 4160;
  EXPECT_EQ(
      group_refusal(kernel, small, "opencl:0"),
      "the shared arrays of 'demo::k' take 4160 bytes for each group, and opencl:0 has 4096; make them smaller, or "
      "run on another device");
  kernel.shared_bytes = 0;
  EXPECT_EQ(group_refusal(with_group(kernel, 16, 8, 1), small, "opencl:0"), std::nullopt);
  EXPECT_EQ(
      group_refusal(with_group(kernel, 16, 16, 1), small, "opencl:0"),
      "'demo::k' has groups of 256 work-items (DOTCOMPUTE_GROUP), and opencl:0 allows 128; give DOTCOMPUTE_GROUP a "
      "smaller size, or run on another device");
  EXPECT_EQ(group_refusal(with_group(kernel, 1, 128, 1), small, "opencl:0"),
            "'demo::k' has groups of 128 work-items along dimension 1 (DOTCOMPUTE_GROUP), and opencl:0 allows 64; give "
            "DOTCOMPUTE_GROUP a smaller size, or run on another device");
  kernel.group_features = 0;
  EXPECT_EQ(group_refusal(with_group(kernel, 16, 16, 1), small, "opencl:0"), std::nullopt);
}

TEST(GroupRefusal, AdviceIsWhatHelps) {
  EXPECT_EQ(advice_for_smaller_groups(kernel_of(1, 0)), "ask for smaller groups, or leave them to the device");
  EXPECT_EQ(advice_for_smaller_groups(kernel_of(1, DOTCOMPUTE_GROUP_IDS)),
            "ask for smaller groups with in_groups_of, or run on another device");
}

}  // namespace
