#include <dotcompute/memory/host_resource.hpp>

#include <unistd.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory_resource>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/memory/memory_pool.hpp>
#include <dotcompute/memory/pool_resource.hpp>

#include "counting_source.hpp"

namespace {

using dotcompute::HostResource;
using dotcompute::MemoryPool;
using dotcompute::PoolResource;
using dotcompute::test::CountingSource;
using testing::Each;

constexpr std::size_t mib = std::size_t{1} << 20;

std::span<std::byte> bytes(void* memory, std::size_t size) { return {static_cast<std::byte*>(memory), size}; }

bool is_aligned(const void* memory, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(memory) % alignment == 0;
}

TEST(HostResource, is_aligned_and_large_blocks_to_huge_pages) {
  HostResource& host = HostResource::instance();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, 2 * mib - 1, 2 * mib, 5 * mib + 1}) {
    void* const memory = host.allocate(size, 8);
    EXPECT_TRUE(is_aligned(memory, size < 2 * mib ? 64 : 2 * mib));
    std::ranges::fill(bytes(memory, size), std::byte{1});
    host.deallocate(memory, size, 8);
    for (const std::size_t alignment : {std::size_t{4096}, 4 * mib}) {
      void* const aligned = host.allocate(size, alignment);
      EXPECT_TRUE(is_aligned(aligned, alignment));
      host.deallocate(aligned, size, alignment);
    }
  }
  EXPECT_TRUE(host.is_equal(host));
}

TEST(HostResource, a_large_block_is_used_again_and_zeros_are_zeros) {
  HostResource& host = HostResource::instance();
  const auto before = host.pool().statistics();
  for (int i = 0; i < 3; ++i) {
    void* const memory = host.allocate_zeros(8 * mib);
    EXPECT_THAT(bytes(memory, 8 * mib).first(100), Each(std::byte{0}));
    EXPECT_TRUE(std::ranges::all_of(bytes(memory, 8 * mib), [](std::byte byte) { return byte == std::byte{0}; }));
    std::ranges::fill(bytes(memory, 8 * mib), std::byte{1});
    host.deallocate(memory, 8 * mib, HostResource::alignment_bytes);
  }
  const auto after = host.pool().statistics();
  EXPECT_LE(after.misses - before.misses, 1u);
  EXPECT_EQ(after.live_bytes, before.live_bytes);
  host.pool().trim();
  EXPECT_EQ(host.pool().statistics().cached_bytes, 0u);
  void* const small = host.allocate_zeros(1000);
  EXPECT_THAT(bytes(small, 1000), Each(std::byte{0}));
  host.deallocate(small, 1000, HostResource::alignment_bytes);
}

TEST(HostResource, what_no_system_has_is_refused) {
  HostResource& host = HostResource::instance();
  EXPECT_THROW(static_cast<void>(host.allocate_zeros(std::size_t{1} << 62)), std::bad_alloc);
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
  EXPECT_THROW(static_cast<void>(host.allocate(std::size_t{1} << 46, 64)), std::bad_alloc);
#endif
}

TEST(HostResource, serves_standard_containers) {
  std::pmr::vector<double> values(1'000'000, 2.0, &HostResource::instance());
  values.push_back(3.0);
  EXPECT_EQ(values.front() + values.back(), 5.0);
}

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
TEST(HostResource, a_child_gives_back_what_it_inherited_and_has_a_pool_of_its_own) {
  HostResource& host = HostResource::instance();
  void* const memory = host.allocate(4 * mib, 64);
  bytes(memory, 1)[0] = std::byte{5};
  MemoryPool* const parents = &host.pool();
  const pid_t child = ::fork();
  if (child == 0) {
    bool is_right = &host.pool() != parents && bytes(memory, 1)[0] == std::byte{5};
    host.deallocate(memory, 4 * mib, 64);
    void* const own = host.allocate_zeros(4 * mib);
    is_right &= bytes(own, 1)[0] == std::byte{0} && host.pool().statistics().live_blocks == 1;
    host.deallocate(own, 4 * mib, 64);
    std::_Exit(is_right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(bytes(memory, 1)[0], std::byte{5});
  host.deallocate(memory, 4 * mib, 64);
}
#endif

TEST(PoolResource, gives_a_pools_memory) {
  CountingSource source(true);
  std::vector<std::string> faults;
  MemoryPool pool(source, {.cap_bytes = mib, .checks = true, .on_fault = [&](const std::string& fault) {
                             faults.push_back(fault);
                           }});
  PoolResource resource(pool);
  for (const std::size_t alignment : {std::size_t{1}, std::size_t{64}, std::size_t{4096}}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
      void* const memory = resource.allocate(size, alignment);
      EXPECT_TRUE(is_aligned(memory, std::max(alignment, std::size_t{64})));
      std::ranges::fill(bytes(memory, size), std::byte{1});
      EXPECT_EQ(pool.statistics().live_blocks, 1u);
      resource.deallocate(memory, size, alignment);
    }
  }
  EXPECT_GT(pool.statistics().hits, 0u);
  EXPECT_EQ(pool.statistics().live_blocks, 0u);
  EXPECT_THROW(static_cast<void>(resource.allocate(2 * mib, 64)), std::bad_alloc);
  // The compiler warns of a size that it can see to be too large.
  volatile std::size_t everything = ~std::size_t{0};
  EXPECT_THROW(static_cast<void>(resource.allocate(everything, 64)), std::bad_alloc);
  EXPECT_THAT(faults, testing::IsEmpty());
  std::pmr::vector<int> values(100, 7, &resource);
  EXPECT_EQ(values.back(), 7);
}

}  // namespace
