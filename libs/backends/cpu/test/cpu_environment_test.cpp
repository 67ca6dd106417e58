// What a launch must leave alone: the heap, and the caller's floating-point environment.
#include <gtest/gtest.h>

#include <bit>
#include <cfenv>
#include <limits>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include <dotcompute/cpu/cpu_accelerator.hpp>

#include "counted_heap.hpp"
#include "kernel_fixture.hpp"

namespace {

using dotcompute::test::allocations;
using dotcompute::test::KernelFixture;
using dotcompute::test::Recorded;
using dotcompute::test::VisitLaunch;

TEST(CpuHeap, WarmLaunchesDoNotTouchIt) {
  const auto cpu = dotcompute::make_cpu_accelerator({.threads = 3});
  const KernelFixture fixture;
  const auto kernel = cpu->load(fixture.definition());
  const std::size_t before_anything = allocations;
  EXPECT_GT(before_anything, 0u);  // The counter counts.
  for (const std::uint64_t length : {1u, 1024u, 20'000u, 1'000'000u}) {
    VisitLaunch launch(dotcompute_grid{{length, 1, 1}});
    kernel->run(launch.description);
    const std::size_t before = allocations;
    for (int i = 0; i < 100; ++i) kernel->run(launch.description);
    EXPECT_EQ(allocations, before) << length;
    EXPECT_EQ(launch.wrong(101), 0u);
  }
}

TEST(CpuHeap, WarmStartedLaunchesDoNotTouchIt) {
  const auto cpu = dotcompute::make_cpu_accelerator({.threads = 2});
  const KernelFixture fixture;
  const auto kernel = cpu->load(fixture.definition());
  VisitLaunch launch(dotcompute_grid{{100'000, 1, 1}});
  const auto start_and_help = [&] {
    Recorded pending;
    pending.launch = launch.description;
    kernel->start(pending);
    kernel->help(pending, &Recorded::done);
  };
  start_and_help();
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) start_and_help();
  EXPECT_EQ(allocations, before);
}

/// The items of one launch halve a subnormal number and add in a way that shows how sums are rounded.
struct Arithmetic {
  float* halves;
  float* sums;
};
void compute(const void* arguments, const dotcompute_grid*, const dotcompute_box* items) {
  const auto& out = *static_cast<const Arithmetic*>(arguments);
  volatile float smallest_normal = std::numeric_limits<float>::min();
  volatile float tiny = std::numeric_limits<float>::epsilon() / 4;
  for (std::uint64_t i = items->begin[0]; i < items->end[0]; ++i) {
    out.halves[i] = smallest_normal / 2;
    out.sums[i] = 1.0f + tiny;
  }
}

void expect_default_environment(std::size_t count, const dotcompute::HostKernel& kernel) {
  std::vector<float> halves(count);
  std::vector<float> sums(count);
  const Arithmetic arithmetic{halves.data(), sums.data()};
  dotcompute::LaunchDescription launch;
  launch.arguments = reinterpret_cast<const std::byte*>(&arithmetic);
  launch.grid = {{count, 1, 1}};
  kernel.run(launch);
  // Compared as bits: the caller's own arithmetic runs in the caller's environment.
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(std::bit_cast<std::uint32_t>(halves[i]), 0x0040'0000u) << i;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(sums[i]), 0x3F80'0000u) << i;
  }
}

TEST(CpuFloatingPoint, DoesNotInheritTheCallersEnvironment) {
  const auto cpu = dotcompute::make_cpu_accelerator({.threads = 3});
  const KernelFixture fixture(&compute);
  const auto kernel = cpu->load(fixture.definition());
  // Set before the first launch, so that the workers are started in it too.
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
#if defined(__x86_64__)
  constexpr unsigned flush = 0x8040;
  _mm_setcsr(_mm_getcsr() | flush);
#endif
  for (const std::size_t count : {1u, 1000u, 200'000u}) {
    for (int i = 0; i < 10; ++i) expect_default_environment(count, *kernel);
  }
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  std::fesetround(FE_TONEAREST);
#if defined(__x86_64__)
  EXPECT_EQ(_mm_getcsr() & flush, flush);
  _mm_setcsr(_mm_getcsr() & ~flush);
#endif
}

}  // namespace
