#include <gtest/gtest.h>

#include <set>
#include <tuple>
#include <vector>

#include <dotcompute/kernel.hpp>

namespace {

void add_one(std::span<int> values) {
  const std::size_t i = dotcompute::global_id();
  if (i < values.size()) ++values[i];
}

TEST(ForEachItem, RunsAKernelAsAPlainFunction) {
  std::vector<int> values(100, 1);
  dotcompute::for_each_item({values.size()}, [&] { add_one(values); });
  EXPECT_EQ(values, std::vector<int>(100, 2));
}

TEST(ForEachItem, GivesEveryItemOfAGridOnce) {
  std::set<std::tuple<std::size_t, std::size_t, std::size_t>> items;
  dotcompute::for_each_item({3, 4, 5}, [&] {
    EXPECT_EQ(dotcompute::global_size<0>(), 3u);
    EXPECT_EQ(dotcompute::global_size<1>(), 4u);
    EXPECT_EQ(dotcompute::global_size<2>(), 5u);
    const auto item =
        std::make_tuple(dotcompute::global_id<0>(), dotcompute::global_id<1>(), dotcompute::global_id<2>());
    EXPECT_TRUE(items.insert(item).second);
  });
  EXPECT_EQ(items.size(), 60u);
  EXPECT_EQ(*items.rbegin(), std::make_tuple(std::size_t{2}, std::size_t{3}, std::size_t{4}));
}

TEST(ForEachItem, NestsAndRunsNothingForAnEmptyGrid) {
  int inner = 0;
  dotcompute::for_each_item({2}, [&] {
    const std::size_t outer = dotcompute::global_id();
    dotcompute::for_each_item({7, 0}, [&] { ++inner; });
    dotcompute::for_each_item({3}, [&] { ++inner; });
    EXPECT_EQ(dotcompute::global_id(), outer);
    EXPECT_EQ(dotcompute::global_size(), 2u);
  });
  EXPECT_EQ(inner, 6);
}

}  // namespace
