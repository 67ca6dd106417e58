#include <dotcompute/kernel/view.hpp>

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace dotcompute {
namespace {

std::vector<int> numbers(std::size_t count) {
  std::vector<int> result(count);
  std::iota(result.begin(), result.end(), 0);
  return result;
}

TEST(MatrixView, FindsElementsByRowAndColumn) {
  std::vector<int> data = numbers(12);
  const matrix_view view(std::span<int>(data), 3, 4);
  EXPECT_EQ(view.rows(), 3u);
  EXPECT_EQ(view.columns(), 4u);
  EXPECT_EQ(view.size(), 12u);
  EXPECT_EQ(view(2, 1), 9);
  view(2, 1) = -1;
  EXPECT_EQ(data[9], -1);
  EXPECT_EQ(view.row(1).size(), 4u);
  EXPECT_EQ(view.row(1)[3], 7);
  EXPECT_TRUE(view.contains(2, 3));
  EXPECT_FALSE(view.contains(3, 0));
  EXPECT_FALSE(view.contains(0, static_cast<std::size_t>(-1)));
}

TEST(MatrixView, PartsShareTheElementsAndTheStride) {
  std::vector<int> data = numbers(40);
  const matrix_view view(std::span<int>(data), 4, 7, 10);
  const auto part = view.submatrix(1, 2, 3, 4);
  EXPECT_EQ(part.row_stride(), 10u);
  EXPECT_EQ(part(0, 0), 12);
  EXPECT_EQ(part(2, 3), 35);
  EXPECT_EQ(&part.submatrix(1, 1, 1, 1)(0, 0), &data[23]);
  const matrix_view<const int> fixed = part;
  EXPECT_EQ(fixed(1, 1), 23);
  EXPECT_TRUE(matrix_view<int>().empty());
  EXPECT_TRUE(view.submatrix(1, 1, 0, 3).empty());
}

TEST(VolumeView, FindsElementsByPlaneRowAndColumn) {
  std::vector<int> data = numbers(200);
  const volume_view dense(std::span<int>(data), 2, 3, 4);
  EXPECT_EQ(dense(1, 2, 3), 23);
  EXPECT_EQ(dense.size(), 24u);
  const volume_view view(std::span<int>(data), 3, 4, 5, 60, 10);
  EXPECT_EQ(view(2, 3, 4), 154);
  EXPECT_EQ(view.plane(1)(2, 3), 83);
  EXPECT_EQ(view.row(1, 2)[3], 83);
  EXPECT_EQ(view.row(1, 2).size(), 5u);
  const volume_view<const int> part = view.subvolume(1, 1, 1, 2, 2, 2);
  EXPECT_EQ(part(0, 0, 0), 71);
  EXPECT_EQ(part(1, 1, 1), 142);
  EXPECT_TRUE(view.contains(2, 3, 4));
  EXPECT_FALSE(view.contains(3, 0, 0));
  EXPECT_TRUE(volume_view<int>().empty());
}

}  // namespace
}  // namespace dotcompute
