#include "launch_cost.hpp"

#include <gtest/gtest.h>

namespace {

using dotcompute::cpu::LaunchCost;

constexpr dotcompute_cost saxpy{2, 0, 2, 1};

TEST(LaunchCost, BeginsWithAGuessFromTheOperations) {
  EXPECT_DOUBLE_EQ(LaunchCost(saxpy).estimate_ns(1000), 250);
  EXPECT_GT(LaunchCost({2, 3, 2, 1}).estimate_ns(1000), LaunchCost(saxpy).estimate_ns(1000));
  EXPECT_GT(LaunchCost({0, 0, 0, 0}).estimate_ns(1), 0);
}

TEST(LaunchCost, ApproachesWhatIsMeasured) {
  for (const double ns_per_item : {0.05, 400.0}) {
    LaunchCost cost(saxpy);
    for (int i = 0; i < 20; ++i) cost.learn(100'000, 100'000 * ns_per_item);
    EXPECT_NEAR(cost.estimate_ns(1'000'000), 1'000'000 * ns_per_item, 1'000 * ns_per_item);
  }
}

TEST(LaunchCost, IsNotLedFarAstrayByOneLaunch) {
  LaunchCost cost(saxpy);
  cost.learn(1000, 1e9);
  EXPECT_LE(cost.estimate_ns(1000), 250 * 8);
}

TEST(LaunchCost, DoesNotLearnFromTimesThatTheClockDominates) {
  LaunchCost cost(saxpy);
  for (int i = 0; i < 20; ++i) cost.learn(1, 60);
  EXPECT_DOUBLE_EQ(cost.estimate_ns(1000), 250);
}

TEST(LaunchCost, SamplesTheFirstLaunchesAndFewLater) {
  LaunchCost cost(saxpy);
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(cost.wants_sample(10));
    cost.learn(1, 10);
  }
  int samples = 0;
  for (int i = 0; i < 320; ++i) {
    EXPECT_FALSE(cost.wants_sample(10));
    samples += cost.wants_sample(10'000) ? 1 : 0;
  }
  EXPECT_EQ(samples, 10);
}

TEST(LaunchCost, NeglectsShortLaunchesAndSingleItemsOnceItKnowsThem) {
  LaunchCost cost(saxpy);
  EXPECT_FALSE(cost.is_negligible(1));
  for (int i = 0; i < 20; ++i) cost.learn(10, 10'000);
  EXPECT_TRUE(cost.is_negligible(1));
  EXPECT_FALSE(cost.is_negligible(2));
  for (int i = 0; i < 20; ++i) cost.learn(10'000, 1'000);
  EXPECT_TRUE(cost.is_negligible(1'000));
  EXPECT_FALSE(cost.is_negligible(10'000));
}

}  // namespace
