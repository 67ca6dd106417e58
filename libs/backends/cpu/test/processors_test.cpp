#include "processors.hpp"

#include <pthread.h>
#include <sched.h>

#include <span>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace dotcompute::cpu {

namespace {

cpu_set_t allowed() {
  cpu_set_t set;
  EXPECT_EQ(pthread_getaffinity_np(pthread_self(), sizeof set, &set), 0);
  return set;
}

TEST(Processors, AreThoseOfTheThread) {
  std::thread([] {
    const cpu_set_t set = allowed();
    const std::vector<unsigned> all = usable_processors();
    EXPECT_EQ(all.size(), static_cast<std::size_t>(CPU_COUNT(&set)));
    const unsigned last = all.back();
    ASSERT_TRUE(bind_to(std::span(&last, 1)));
    EXPECT_EQ(usable_processors(), std::vector{last});
    EXPECT_EQ(this_processor(), static_cast<int>(last));
  }).join();
}

TEST(Processors, ThatAreNotThereLeaveAThreadWhereItIs) {
  std::thread([] {
    const std::vector<unsigned> before = usable_processors();
    constexpr unsigned absent = 5000;
    EXPECT_FALSE(bind_to(std::span(&absent, 1)));
    EXPECT_EQ(usable_processors(), before);
  }).join();
}

TEST(Processors, AThreadThatLeavesOneMayStillRunOnAll) {
  std::thread([] {
    const cpu_set_t before = allowed();
    for (int k = 0; k < 100; ++k) leave_processor(this_processor());
    const cpu_set_t after = allowed();
    EXPECT_TRUE(CPU_EQUAL(&before, &after));
  }).join();
}

TEST(Processors, AThreadThatMayRunOnOneStaysThere) {
  std::thread([] {
    const int number = this_processor();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(number), &one);
    ASSERT_EQ(pthread_setaffinity_np(pthread_self(), sizeof one, &one), 0);
    leave_processor(number);
    EXPECT_EQ(this_processor(), number);
    const cpu_set_t after = allowed();
    EXPECT_TRUE(CPU_EQUAL(&one, &after));
  }).join();
}

TEST(Processors, AThreadThatLeavesRunsElsewhere) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "one processor";
  std::thread([] {
    // It may be moved back at any time: once is enough.
    for (int k = 0; k < 1000; ++k) {
      const int number = this_processor();
      leave_processor(number);
      if (this_processor() != number) return;
    }
    ADD_FAILURE() << "the thread stayed where it was";
  }).join();
}

}  // namespace

}  // namespace dotcompute::cpu
