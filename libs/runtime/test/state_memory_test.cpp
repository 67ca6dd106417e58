#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/runtime/launch_state.hpp>

namespace {

using dotcompute::detail::allocate_state;
using dotcompute::detail::free_state;

TEST(StateMemory, is_aligned_and_apart) {
  std::set<void*> states;
  for (const std::size_t size : {std::size_t{1}, std::size_t{600}, std::size_t{1024}, std::size_t{1025},
                                 std::size_t{4096}, std::size_t{4097}, std::size_t{100'000}}) {
    for (int i = 0; i < 20; ++i) {
      void* const state = allocate_state(size);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(state) % 64, 0u);
      std::memset(state, i, size);
      EXPECT_TRUE(states.insert(state).second);
    }
  }
  for (void* const state : states) free_state(state);
}

TEST(StateMemory, is_used_again_by_the_thread_that_freed_it) {
  std::thread([] {
    void* const first = allocate_state(500);
    free_state(first);
    EXPECT_EQ(allocate_state(700), first);
    free_state(first);
  }).join();
}

TEST(StateMemory, comes_back_from_another_thread) {
  std::thread([] {
    std::set<void*> first;
    for (int i = 0; i < 8; ++i) first.insert(allocate_state(100));
    std::thread([&] {
      for (void* const state : first) free_state(state);
    }).join();
    // The thread may have had free memory before; what came back is used before new memory is asked for.
    std::set<void*> second;
    const auto is_back = [&](void* state) { return second.contains(state); };
    while (second.size() < 10'000 && !std::all_of(first.begin(), first.end(), is_back))
      second.insert(allocate_state(100));
    EXPECT_TRUE(std::all_of(first.begin(), first.end(), is_back));
    for (void* const state : second) free_state(state);
  }).join();
}

TEST(StateMemory, outlives_the_thread_that_allocated_it) {
  void* state = nullptr;
  std::thread([&] { state = allocate_state(2000); }).join();
  std::memset(state, 1, 2000);
  free_state(state);
}

TEST(StateMemory, passes_between_many_threads) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::atomic<void*> mailbox[16] = {};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(seed + t);
      for (int i = 0; i < 5000; ++i) {
        const std::size_t size = 1 + random() % 5000;
        void* const mine = allocate_state(size);
        std::memset(mine, static_cast<int>(t), size);
        if (void* const other = mailbox[random() % 16].exchange(mine)) free_state(other);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (auto& slot : mailbox) {
    if (void* const state = slot.load()) free_state(state);
  }
}

}  // namespace
