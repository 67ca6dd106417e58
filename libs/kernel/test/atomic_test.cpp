// What the atomic operations are on the host: in direct calls and in the reference.

#include <dotcompute/kernel.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace dotcompute {

namespace {

template <class T>
class AtomicNumber : public testing::Test {};
template <class T>
class AtomicInteger : public testing::Test {};
template <class T>
class AtomicFloat : public testing::Test {};

using Numbers = testing::Types<std::int32_t, std::uint32_t, std::int64_t, std::uint64_t, float, double>;
using Integers = testing::Types<std::int32_t, std::uint32_t, std::int64_t, std::uint64_t>;
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(AtomicNumber, Numbers);
TYPED_TEST_SUITE(AtomicInteger, Integers);
TYPED_TEST_SUITE(AtomicFloat, Floats);

TYPED_TEST(AtomicNumber, ReturnsTheOldValueAndLeavesTheNewOne) {
  using T = TypeParam;
  T object = 5;
  EXPECT_EQ(atomic_add(object, T(7)), T(5));
  EXPECT_EQ(atomic_sub(object, T(2)), T(12));
  EXPECT_EQ(atomic_min(object, T(30)), T(10));
  EXPECT_EQ(atomic_min(object, T(3)), T(10));
  EXPECT_EQ(atomic_max(object, T(1)), T(3));
  EXPECT_EQ(atomic_max(object, T(8)), T(3));
  EXPECT_EQ(atomic_exchange(object, T(9)), T(8));
  EXPECT_EQ(atomic_compare_exchange(object, T(8), T(1)), T(9));
  EXPECT_EQ(atomic_load(object), T(9));
  EXPECT_EQ(atomic_compare_exchange(object, T(9), T(4)), T(9));
  EXPECT_EQ(object, T(4));
  atomic_store(object, T(6));
  EXPECT_EQ(object, T(6));
}

TYPED_TEST(AtomicInteger, Wraps) {
  using T = TypeParam;
  T object = std::numeric_limits<T>::max();
  EXPECT_EQ(atomic_add(object, T(1)), std::numeric_limits<T>::max());
  EXPECT_EQ(object, std::numeric_limits<T>::min());
  EXPECT_EQ(atomic_sub(object, T(1)), std::numeric_limits<T>::min());
  EXPECT_EQ(object, std::numeric_limits<T>::max());
}

TYPED_TEST(AtomicInteger, HasTheOperationsOnBits) {
  using T = TypeParam;
  T object = T(0b1100);
  EXPECT_EQ(atomic_and(object, T(0b1010)), T(0b1100));
  EXPECT_EQ(atomic_or(object, T(0b0011)), T(0b1000));
  EXPECT_EQ(atomic_xor(object, T(0b1110)), T(0b1011));
  EXPECT_EQ(object, T(0b0101));
}

// Minimum and maximum are the formulas that are written, and not fmin and fmax.
TYPED_TEST(AtomicFloat, ANaNThatComesIsIgnoredAndOneThatIsThereStays) {
  using T = TypeParam;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  T object = 1;
  EXPECT_EQ(atomic_min(object, nan), T(1));
  EXPECT_EQ(atomic_max(object, nan), T(1));
  EXPECT_EQ(object, T(1));
  object = nan;
  EXPECT_TRUE(std::isnan(atomic_min(object, T(1))));
  EXPECT_TRUE(std::isnan(atomic_max(object, T(1))));
  EXPECT_TRUE(std::isnan(object));
  object = T(-0.0);
  atomic_max(object, T(0));
  EXPECT_TRUE(std::signbit(object));
}

TYPED_TEST(AtomicFloat, CompareExchangeComparesBits) {
  using T = TypeParam;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  T object = T(-0.0);
  EXPECT_EQ(atomic_compare_exchange(object, T(0), T(1)), T(0));
  EXPECT_TRUE(std::signbit(object));
  EXPECT_EQ(atomic_compare_exchange(object, T(-0.0), nan), T(0));
  EXPECT_TRUE(std::isnan(atomic_compare_exchange(object, nan, T(2))));
  EXPECT_EQ(object, T(2));
}

struct Totals {
  std::uint32_t count = 0;
  float sum = 0;
  double largest = 0;
  std::uint64_t seen = 0;
  std::uint32_t doubled = 1;
};

TEST(Atomics, LoseNothingBetweenThreads) {
  constexpr int threads = 4;
  constexpr int turns = 20'000;
  Totals totals;
  std::vector<std::thread> team;
  for (int t = 0; t < threads; ++t) {
    team.emplace_back([&totals, t] {
      for (int i = 0; i < turns; ++i) {
        atomic_add(totals.count, 1u);
        atomic_add(totals.sum, 1.0f);  // whole numbers below 2^24: exact
        atomic_max(totals.largest, static_cast<double>(i * threads + t));
        atomic_xor(totals.seen, std::uint64_t{1} << (i % 64));
        std::uint32_t old = atomic_load(totals.doubled);
        for (;;) {
          const std::uint32_t found = atomic_compare_exchange(totals.doubled, old, old * 3);
          if (found == old) break;
          old = found;
        }
      }
    });
  }
  for (std::thread& thread : team) thread.join();
  std::uint32_t power = 1;
  for (int i = 0; i < threads * turns; ++i) power *= 3;
  EXPECT_EQ(totals.count, static_cast<std::uint32_t>(threads * turns));
  EXPECT_EQ(totals.sum, static_cast<float>(threads * turns));
  EXPECT_EQ(totals.largest, threads * turns - 1);
  EXPECT_EQ(totals.seen, 0u);  // each bit an even number of times
  EXPECT_EQ(totals.doubled, power);
}

}  // namespace

}  // namespace dotcompute
