#include <dotcompute/device/group_shape.hpp>

#include <cstdint>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

#include <dotcompute/device/group_memory.hpp>

namespace {

using dotcompute::group_problem;
using dotcompute::group_shape;
using dotcompute::GroupShape;

dotcompute_kernel kernel_of(std::uint32_t dimensions) {
  dotcompute_kernel kernel{};
  kernel.dimensions = dimensions;
  kernel.group_features = DOTCOMPUTE_GROUP_IDS;
  return kernel;
}

TEST(GroupShape, IsAsWantedElseAsFixedElseUsual) {
  for (const std::uint32_t dimensions : {1u, 2u, 3u}) {
    const GroupShape usual = group_shape(kernel_of(dimensions), {{0, 0, 0}});
    EXPECT_EQ(usual.items(), 256u);
    for (std::uint32_t d = dimensions; d < 3; ++d) EXPECT_EQ(usual.size[d], 1u);
  }
  EXPECT_EQ(group_shape(kernel_of(2), {{5, 3, 1}}).items(), 15u);
  dotcompute_kernel fixed = kernel_of(2);
  fixed.fixed_group[0] = 8, fixed.fixed_group[1] = 4, fixed.fixed_group[2] = 1;
  EXPECT_EQ(group_shape(fixed, {{0, 0, 0}}).items(), 32u);
}

TEST(GroupShape, ProblemsNameTheSizesAndTheFix) {
  dotcompute_kernel fixed = kernel_of(2);
  fixed.fixed_group[0] = 8, fixed.fixed_group[1] = 4, fixed.fixed_group[2] = 1;
  EXPECT_EQ(group_problem(fixed, {{0, 0, 0}}), std::nullopt);
  EXPECT_EQ(group_problem(fixed, {{8, 4, 1}}), std::nullopt);
  EXPECT_EQ(group_problem(fixed, {{4, 8, 1}}),
            "has groups of 8x4 (DOTCOMPUTE_GROUP) and cannot be launched in groups of 4x8; leave in_groups_of out");
  EXPECT_EQ(group_problem(kernel_of(3), {{32, 32, 1}}), std::nullopt);
  EXPECT_EQ(group_problem(kernel_of(3), {{32, 32, 2}}),
            "cannot be launched in groups of 32x32x2: a group has at most 1024 work-items; give a smaller size");
  constexpr std::uint64_t huge = std::uint64_t{1} << 32;
  EXPECT_NE(group_problem(kernel_of(3), {{huge, huge, 1}}), std::nullopt);
  EXPECT_EQ(group_problem(kernel_of(1), {{16, 16, 1}}),
            "uses 1 dimension and cannot be launched in groups of 16x16; give one size");
  EXPECT_EQ(group_problem(kernel_of(2), {{4, 4, 4}}),
            "uses 2 dimensions and cannot be launched in groups of 4x4x4; give two sizes");
}

TEST(GroupShape, KernelsThatDoNotUseTheirGroupTakeAnyHint) {
  dotcompute_kernel plain = kernel_of(1);
  plain.group_features = 0;
  EXPECT_EQ(group_problem(plain, {{4096, 2, 1}}), std::nullopt);
}

TEST(GroupShape, RoundsUpAndCountsGroups) {
  dotcompute_grid grid{{17, 16, 0}};
  const GroupShape shape{{8, 8, 4}};
  ASSERT_TRUE(round_to_groups(grid, shape));
  EXPECT_EQ(grid.size[0], 24u);
  EXPECT_EQ(grid.size[1], 16u);
  EXPECT_EQ(grid.size[2], 0u);
  EXPECT_EQ(group_counts(grid, shape).size[0], 3u);
  dotcompute_grid largest{{std::numeric_limits<std::uint64_t>::max(), 1, 1}};
  EXPECT_FALSE(round_to_groups(largest, GroupShape{{256, 1, 1}}));
  const dotcompute_box items = items_of({{1, 0, 0}, {3, 2, 1}}, shape);
  EXPECT_EQ(items.begin[0], 8u);
  EXPECT_EQ(items.end[0], 24u);
  EXPECT_EQ(items.end[2], 4u);
}

TEST(GroupShape, MemoryHoldsSharedArraysAndWholeVectorsOfItems) {
  dotcompute_kernel kernel = kernel_of(1);
  kernel.shared_bytes = 128;
  kernel.item_bytes = 12;
  EXPECT_EQ(group_memory_bytes(kernel, GroupShape{{65, 1, 1}}), 128u + 12 * 128);
}

TEST(GroupMemory, IsAlignedKeptAndTheThreadsOwn) {
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(dotcompute::group_memory(100)) % 64, 0u);
  std::byte* const large = dotcompute::group_memory(100'000);
  EXPECT_EQ(dotcompute::group_memory(10), large);
  std::byte* other = nullptr;
  std::thread([&] { other = dotcompute::group_memory(10); }).join();
  EXPECT_NE(other, large);
  EXPECT_NE(other, nullptr);
}

}  // namespace
