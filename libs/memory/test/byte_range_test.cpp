#include <dotcompute/memory/byte_range.hpp>

#include <gtest/gtest.h>

namespace {

using dotcompute::detail::ByteRange;

TEST(ByteRange, knows_its_size_and_what_it_has_in_common_with_others) {
  constexpr ByteRange range{10, 20};
  EXPECT_EQ(range.size(), 10u);
  EXPECT_FALSE(range.empty());
  EXPECT_EQ(range.intersection({15, 30}), (ByteRange{15, 20}));
  EXPECT_EQ(range.intersection({0, 100}), range);
  EXPECT_EQ(range.intersection({20, 30}), ByteRange{});
  EXPECT_TRUE(range.intersects({0, 11}));
  EXPECT_FALSE(range.intersects({0, 10}));
  EXPECT_TRUE(range.contains({10, 20}));
  EXPECT_FALSE(range.contains({10, 21}));
}

TEST(ByteRange, empty_ones_meet_nothing_and_are_in_everything) {
  constexpr ByteRange range{10, 20};
  EXPECT_TRUE((ByteRange{15, 15}.empty()));
  EXPECT_FALSE(range.intersects({15, 15}));
  EXPECT_TRUE(range.contains({30, 30}));
  EXPECT_EQ((ByteRange{7, 3}.size()), 0u);
}

}  // namespace
