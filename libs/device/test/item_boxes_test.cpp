#include <dotcompute/device/item_boxes.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <ostream>
#include <random>
#include <vector>

namespace {

using dotcompute::count_items;
using dotcompute::ItemBoxes;

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

std::uint64_t items_of(const dotcompute_box& box) {
  return (box.end[0] - box.begin[0]) * (box.end[1] - box.begin[1]) * (box.end[2] - box.begin[2]);
}

/// Every item of the grid lies in exactly one box.
void expect_cover(const dotcompute_grid& grid, std::uint64_t items_per_box) {
  SCOPED_TRACE(testing::Message() << grid.size[0] << "x" << grid.size[1] << "x" << grid.size[2] << " in boxes of "
                                  << items_per_box);
  const ItemBoxes boxes(grid, items_per_box);
  std::vector<int> visits(grid.size[0] * grid.size[1] * grid.size[2]);
  for (std::uint64_t i = 0; i < boxes.count(); ++i) {
    const dotcompute_box box = boxes[i];
    ASSERT_GT(items_of(box), 0u);
    for (std::uint64_t z = box.begin[2]; z < box.end[2]; ++z) {
      for (std::uint64_t y = box.begin[1]; y < box.end[1]; ++y) {
        for (std::uint64_t x = box.begin[0]; x < box.end[0]; ++x) {
          ASSERT_LT(x, grid.size[0]);
          ASSERT_LT(y, grid.size[1]);
          ASSERT_LT(z, grid.size[2]);
          ++visits[x + grid.size[0] * (y + grid.size[1] * z)];
        }
      }
    }
  }
  for (const int count : visits) ASSERT_EQ(count, 1);
}

TEST(ItemBoxes, CoverEveryItemOnce) {
  for (const std::uint64_t x : {0u, 1u, 2u, 15u, 16u, 17u, 63u, 64u, 65u, 255u, 256u, 257u, 65537u}) {
    for (const std::uint64_t per_box : {1u, 7u, 64u, 100u, 1000u, 1000000u}) expect_cover({{x, 1, 1}}, per_box);
  }
}

TEST(ItemBoxes, CoverRandomGrids) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto up_to = [&](std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit)(random);
  };
  for (int i = 0; i < 200; ++i) expect_cover({{up_to(200), up_to(40), up_to(20)}}, 1 + up_to(3000));
}

TEST(ItemBoxes, PreferWholePlanesThenRowsThenPiecesOfRows) {
  const ItemBoxes planes({{10, 10, 10}}, 300);
  EXPECT_EQ(planes.count(), 4u);
  EXPECT_EQ(items_of(planes[0]), 300u);
  EXPECT_EQ(planes[3].begin[2], 9u);

  const ItemBoxes rows({{100, 50, 3}}, 1000);
  EXPECT_EQ(rows.count(), 15u);
  EXPECT_EQ(items_of(rows[0]), 1000u);
  EXPECT_EQ(rows[5].begin[2], 1u);

  const ItemBoxes pieces({{1000, 2, 2}}, 100);
  EXPECT_EQ(pieces.count(), 16u * 4);
  EXPECT_EQ(pieces[1].begin[0], 64u);
  EXPECT_EQ(pieces[15].end[0], 1000u);
}

TEST(ItemBoxes, TakeGridsOfAnySize) {
  const ItemBoxes long_row({{10'000'000'000, 1, 1}}, 1 << 20);
  EXPECT_EQ(long_row.count(), 9537u);
  EXPECT_EQ(long_row[long_row.count() - 1].end[0], 10'000'000'000u);

  const ItemBoxes longest({{most, 1, 1}}, most);
  EXPECT_EQ(longest.count(), 1u);
  EXPECT_EQ(longest[0].end[0], most);

  const ItemBoxes nearly({{most, 1, 1}}, most - 1);
  EXPECT_EQ(nearly.count(), 2u);
  EXPECT_EQ(nearly[1].end[0], most);

  const ItemBoxes thin({{1, most, 1}}, std::uint64_t{1} << 60);
  EXPECT_EQ(thin.count(), 16u);
  EXPECT_EQ(thin[15].end[1], most);
}

TEST(CountItems, RefusesWhatDoesNotFit) {
  std::uint64_t items = 7;
  EXPECT_TRUE(count_items({{3, 4, 5}}, items));
  EXPECT_EQ(items, 60u);
  EXPECT_TRUE(count_items({{most, most, 0}}, items));
  EXPECT_EQ(items, 0u);
  EXPECT_FALSE(count_items({{std::uint64_t{1} << 32, std::uint64_t{1} << 32, 1}}, items));
  EXPECT_FALSE(count_items({{std::uint64_t{1} << 32, std::uint64_t{1} << 31, 2}}, items));
}

}  // namespace
