#include "launch_geometry.hpp"

#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dotcompute::cuda {
namespace {

using testing::ElementsAre;

std::uint64_t volume(const Sizes& sizes) { return sizes[0] * sizes[1] * sizes[2]; }

TEST(LaunchGeometryTest, ALineIsCutIntoGroupsOfTheBestSize) {
  EXPECT_THAT(choose_group({1'000'000, 1, 1}, {.best_items = 256, .multiprocessors = 4}), ElementsAre(256, 1, 1));
  EXPECT_THAT(choose_group({1'000'000, 1, 1}, {.best_items = 192, .multiprocessors = 4}), ElementsAre(128, 1, 1));
}

TEST(LaunchGeometryTest, ASmallGridHasSmallGroupsSoThatEachMultiprocessorGetsOne) {
  EXPECT_THAT(choose_group({1000, 1, 1}, {.best_items = 256, .multiprocessors = 8}), ElementsAre(128, 1, 1));
  EXPECT_THAT(choose_group({1000, 1, 1}, {.best_items = 256, .multiprocessors = 132}), ElementsAre(64, 1, 1));
  EXPECT_THAT(choose_group({5, 1, 1}, {.best_items = 256, .multiprocessors = 132}), ElementsAre(8, 1, 1));
  EXPECT_THAT(choose_group({1, 1, 1}, {.best_items = 256, .multiprocessors = 132}), ElementsAre(1, 1, 1));
}

TEST(LaunchGeometryTest, PlanesAndVolumesKeepWarpsAlongX) {
  EXPECT_THAT(choose_group({4096, 4096, 1}, {.best_items = 256, .multiprocessors = 4}), ElementsAre(32, 8, 1));
  EXPECT_THAT(choose_group({512, 2, 512}, {.best_items = 256, .multiprocessors = 4}), ElementsAre(32, 2, 4));
  EXPECT_THAT(choose_group({4096, 2, 1}, {.best_items = 256, .multiprocessors = 4}), ElementsAre(128, 2, 1));
  EXPECT_THAT(choose_group({3, 4096, 1}, {.best_items = 256, .multiprocessors = 4}), ElementsAre(4, 64, 1));
}

TEST(LaunchGeometryTest, GroupsStayWithinEveryLimit) {
  const unsigned seed = std::random_device{}();
  std::mt19937_64 random(seed);
  const auto any = [&] { return std::uint64_t{1} + (random() >> (random() % 64)); };
  for (int i = 0; i < 20'000; ++i) {
    const Sizes grid{any(), any(), any()};
    const GroupChoice choice{.best_items = 1 + random() % 1024,
                             .largest = {1 + random() % 1024, 1 + random() % 1024, 1 + random() % 64},
                             .multiprocessors = 1 + random() % 200};
    const Sizes group = choose_group(grid, choice);
    EXPECT_GE(volume(group), 1u) << "seed " << seed;
    EXPECT_LE(volume(group), choice.best_items) << "seed " << seed;
    for (std::size_t d = 0; d < 3; ++d) {
      EXPECT_GE(group[d], 1u) << "seed " << seed;
      EXPECT_LE(group[d], choice.largest[d]) << "seed " << seed;
      EXPECT_LT(group[d] / 2, grid[d]) << "seed " << seed;
    }
    const Sizes groups = groups_over(grid, group);
    for (std::size_t d = 0; d < 3; ++d) {
      EXPECT_GT(groups[d], 0u) << "seed " << seed;
      EXPECT_EQ(groups[d], (grid[d] - 1) / group[d] + 1) << "seed " << seed;
    }
  }
}

TEST(LaunchGeometryTest, SlicesCoverEveryGroupOnce) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int i = 0; i < 300; ++i) {
    const Sizes groups{1 + random() % 9, 1 + random() % 9, 1 + random() % 9};
    const Sizes largest{1 + random() % 9, 1 + random() % 9, 1 + random() % 9};
    std::vector<int> visits(volume(groups));
    for_each_slice(groups, largest, [&](const Slice& slice) {
      for (std::size_t d = 0; d < 3; ++d) EXPECT_LE(slice.groups[d], largest[d]);
      for (std::uint64_t z = 0; z < slice.groups[2]; ++z) {
        for (std::uint64_t y = 0; y < slice.groups[1]; ++y) {
          for (std::uint64_t x = 0; x < slice.groups[0]; ++x) {
            const std::uint64_t row = (slice.first_group[2] + z) * groups[1] + slice.first_group[1] + y;
            ++visits.at(row * groups[0] + slice.first_group[0] + x);
          }
        }
      }
    });
    EXPECT_THAT(visits, testing::Each(1)) << "seed " << seed;
  }
}

TEST(LaunchGeometryTest, IndicesAreNarrowAsLongAsNoneWraps) {
  constexpr std::uint64_t end = std::uint64_t{1} << 32;
  EXPECT_TRUE(has_narrow_indices(groups_over({end - 1, 1, 1}, {256, 1, 1}), {256, 1, 1}));
  EXPECT_TRUE(has_narrow_indices(groups_over({end, 1, 1}, {256, 1, 1}), {256, 1, 1}));
  EXPECT_FALSE(has_narrow_indices(groups_over({end + 1, 1, 1}, {256, 1, 1}), {256, 1, 1}));
  // The last group of 1000 reaches beyond 2^32, where its items would begin again at 0.
  EXPECT_FALSE(has_narrow_indices(groups_over({end - 1, 1, 1}, {1000, 1, 1}), {1000, 1, 1}));
  EXPECT_FALSE(has_narrow_indices(groups_over({1, 1, ~std::uint64_t{0}}, {1, 1, 64}), {1, 1, 64}));
}

}  // namespace
}  // namespace dotcompute::cuda
