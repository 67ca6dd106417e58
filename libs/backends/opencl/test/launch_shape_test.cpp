#include "launch_shape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace dotcompute::opencl {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

GroupLimits usual_limits() { return {.items = 1024, .sides = {1024, 1024, 64}, .multiple = 32}; }

// A driver may compile the kernel for each size.
TEST(ChooseGroup, HasOneSizeForSmallLinearGridsAndOneForOthers) {
  EXPECT_THAT(choose_group(1, {{1, 1, 1}}, usual_limits()), ElementsAre(64, 1, 1));
  EXPECT_THAT(choose_group(1, {{64, 1, 1}}, usual_limits()), ElementsAre(64, 1, 1));
  EXPECT_THAT(choose_group(1, {{65, 1, 1}}, usual_limits()), ElementsAre(256, 1, 1));
  EXPECT_THAT(choose_group(1, {{1'000'000, 1, 1}}, usual_limits()), ElementsAre(256, 1, 1));
  GroupLimits processor = usual_limits();
  processor.usual = 1024;
  EXPECT_THAT(choose_group(1, {{1, 1, 1}}, processor), ElementsAre(64, 1, 1));
  EXPECT_THAT(choose_group(1, {{65, 1, 1}}, processor), ElementsAre(1024, 1, 1));
  EXPECT_THAT(choose_group(2, {{1920, 1080, 1}}, processor), ElementsAre(64, 16, 1));
}

TEST(ChooseGroup, KeepsToTheLimits) {
  EXPECT_THAT(choose_group(1, {{1000, 1, 1}}, {.items = 100, .sides = {1024, 1, 1}, .multiple = 32}),
              ElementsAre(96, 1, 1));
  EXPECT_THAT(choose_group(1, {{50, 1, 1}}, {.items = 100, .sides = {1024, 1, 1}, .multiple = 48}),
              ElementsAre(48, 1, 1));
  EXPECT_THAT(choose_group(1, {{1000, 1, 1}}, {.items = 10, .sides = {1024, 1, 1}, .multiple = 32}),
              ElementsAre(10, 1, 1));
  EXPECT_THAT(choose_group(1, {{1000, 1, 1}}, {.items = 1024, .sides = {16, 1, 1}, .multiple = 1}),
              ElementsAre(16, 1, 1));
  EXPECT_THAT(choose_group(2, {{1000, 1000, 1}}, {.items = 64, .sides = {8, 4, 1}, .multiple = 1}),
              ElementsAre(8, 4, 1));
  EXPECT_THAT(
      choose_group(2, {{1000, 1000, 1}}, {.items = 64, .sides = {1, 1, 1}, .multiple = 1, .required = {8, 8, 1}}),
      ElementsAre(8, 8, 1));
}

TEST(ChooseGroup, FollowsTheGridInMoreDimensions) {
  EXPECT_THAT(choose_group(2, {{1920, 1080, 1}}, usual_limits()), ElementsAre(64, 4, 1));
  EXPECT_THAT(choose_group(2, {{3, 1080, 1}}, usual_limits()), ElementsAre(4, 64, 1));
  EXPECT_THAT(choose_group(3, {{5, 6, 7}}, usual_limits()), ElementsAre(8, 8, 4));
  EXPECT_THAT(choose_group(3, {{1, 1, 100}}, usual_limits()), ElementsAre(1, 1, 64));
}

TEST(GroupProblem, SaysWhichLimit) {
  const GroupLimits limits = usual_limits();
  EXPECT_EQ(group_problem({256, 4, 1}, limits), std::nullopt);
  EXPECT_THAT(*group_problem({1, 1, 65}, limits), HasSubstr("the device allows 64 along dimension 2"));
  EXPECT_THAT(*group_problem({1024, 2, 1}, limits), HasSubstr("allows 1024 work-items in a group"));
}

// Every item of a grid lies in exactly one slice, at the place that the slice's first index says.
TEST(GridSlices, CoverEveryGridOnce) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const auto up_to = [&](std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>(1, most)(random); };
  for (int i = 0; i < 2000; ++i) {
    // Sides whose product stays below 2^63.
    const dotcompute_grid grid{{up_to(std::uint64_t{1} << up_to(35)), up_to(std::uint64_t{1} << up_to(16)),
                                up_to(std::uint64_t{1} << up_to(10))}};
    const Sides group{up_to(1024), up_to(16), up_to(4)};
    const GridSlices slices(grid, group);
    std::uint64_t covered = 0;
    Sides end{0, 0, 0};
    const std::uint64_t count = slices.count();
    for (std::uint64_t s = 0; s < count && s < 4096; ++s) {
      const Slice slice = slices[s];
      std::uint64_t items = 1;
      std::uint64_t inside = 1;
      for (std::size_t d = 0; d < 3; ++d) {
        ASSERT_EQ(slice.global[d] % group[d], 0u);
        ASSERT_GT(slice.global[d], 0u);
        ASSERT_LE(slice.global[d], GridSlices::largest_side);
        ASSERT_LT(slice.first[d], grid.size[d]);
        items *= slice.global[d];
        inside *= std::min(slice.global[d], grid.size[d] - slice.first[d]);
        end[d] = std::max(end[d], slice.first[d] + slice.global[d]);
      }
      // A slice has whole groups, so one of them along each dimension at least.
      ASSERT_LE(items, GridSlices::largest_items * group[1] * group[2]);
      covered += inside;
    }
    if (count > 4096) continue;
    ASSERT_EQ(covered, grid.size[0] * grid.size[1] * grid.size[2]);
    for (std::size_t d = 0; d < 3; ++d) {
      ASSERT_GE(end[d], grid.size[d]);
      ASSERT_LT(end[d], grid.size[d] + group[d]);
    }
  }
}

TEST(GridSlices, AreNearlyAlwaysOne) {
  EXPECT_EQ(GridSlices({{1, 1, 1}}, {256, 1, 1}).count(), 1u);
  EXPECT_EQ(GridSlices({{std::uint64_t{1} << 31, 2, 1}}, {256, 1, 1}).count(), 1u);
  EXPECT_EQ(GridSlices({{(std::uint64_t{1} << 31) + 1, 1, 1}}, {256, 1, 1}).count(), 2u);
}

TEST(GridSlices, KnowWhetherIndicesFit32Bits) {
  EXPECT_TRUE(GridSlices({{(std::uint64_t{1} << 32) - 1, 1, 1}}, {256, 1, 1}).fits_32_bits());
  EXPECT_FALSE(GridSlices({{(std::uint64_t{1} << 32) - 1, 1, 1}}, {100, 1, 1}).fits_32_bits());
}

}  // namespace

}  // namespace dotcompute::opencl
