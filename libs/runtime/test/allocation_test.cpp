// Counts what the heap is asked for while warm launches run. A program of its own, for it replaces operator new.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

#include "runtime_fixture.hpp"

namespace {
std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1);
  void* const memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) std::abort();
  return memory;
}
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) { return counted(size, 16); }
[[gnu::noinline]] void* operator new[](std::size_t size) { return counted(size, 16); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) { return counted(size, std::size_t(alignment)); }
[[gnu::noinline]] void* operator new[](std::size_t size, std::align_val_t alignment) { return counted(size, std::size_t(alignment)); }
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size, 16); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return counted(size, std::size_t(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using dotcompute::arg;
using dotcompute::UnifiedBuffer;
using Allocation = dotcompute::test::RuntimeTest;

/// How often the heap is asked in 1000 calls, after some that warm up.
template <class Call>
std::uint64_t allocations_of(Call&& call) {
  for (int i = 0; i < 10; ++i) call();
  const std::uint64_t before = allocations.load();
  for (int i = 0; i < 1000; ++i) call();
  return allocations.load() - before;
}

TEST_F(Allocation, the_count_counts) {
  EXPECT_GE(allocations_of([] { std::vector<int> made(3); EXPECT_EQ(made.size(), 3u); }), 1000u);
}

TEST_F(Allocation, a_warm_launch_by_function_asks_the_heap_for_nothing) {
  std::vector<float> x(100, 1.0f), y(100);
  EXPECT_EQ(allocations_of([&] { runtime.run(demo::saxpy, 1.0f, x, y); }), 0u);
  EXPECT_EQ(allocations_of([&] { runtime.on("picky").in_groups_of(4).over(50).run(demo::saxpy, 1.0f, x, y); }), 0u);
  EXPECT_EQ(y[0], 2020.0f);
}

TEST_F(Allocation, a_warm_prepared_launch_asks_the_heap_for_nothing) {
  std::vector<float> x(100, 1.0f), y(100);
  const dotcompute::PreparedLaunch launch = runtime.prepare(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(allocations_of([&] { launch.run(); }), 0u);
  EXPECT_EQ(allocations_of([&] { launch.execute().get(); }), 0u);
}

TEST_F(Allocation, a_warm_launch_by_name_asks_the_heap_for_nothing) {
  std::vector<float> x(100, 1.0f), y(100);
  EXPECT_EQ(allocations_of([&] { runtime.run("demo::saxpy", arg("a", 1.0f), arg("x", x), arg("y", y)); }), 0u);
}

TEST_F(Allocation, a_warm_asynchronous_launch_asks_the_heap_for_nothing) {
  std::vector<float> x(100, 1.0f), y(100);
  UnifiedBuffer<float> z(100);
  EXPECT_EQ(allocations_of([&] { runtime.execute(demo::saxpy, 1.0f, x, y).get(); }), 0u);
  EXPECT_EQ(allocations_of([&] {
              auto first = runtime.execute(demo::saxpy, 1.0f, x, y);
              auto second = runtime.execute(demo::saxpy, 1.0f, x, z);
              second.get();
              first.get();
            }),
            0u);
}

}  // namespace
