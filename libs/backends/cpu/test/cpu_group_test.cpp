#include <dotcompute/cpu/cpu_accelerator.hpp>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>

#include "counted_heap.hpp"
#include "kernel_fixture.hpp"

namespace {

using dotcompute::LaunchOutcome;
using dotcompute::test::KernelFixture;
using dotcompute::test::VisitLaunch;

/// Visits the items of whole groups that lie in the visits' own grid of 100 x 7 x 3, and writes all of its memory.
void visit_groups(const void* arguments, const dotcompute_grid* grid, const dotcompute_box* items) {
  const auto& all = *reinterpret_cast<const dotcompute_group_grid*>(grid);
  const auto& visits = *static_cast<const dotcompute::test::Visits*>(arguments);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(all.memory) % 64, 0u);
  EXPECT_EQ(all.fibers, nullptr);
  const std::uint64_t count = all.group[0] * all.group[1] * all.group[2];
  for (int d = 0; d < 3; ++d) {
    EXPECT_EQ(items->begin[d] % all.group[d], 0u);
    EXPECT_EQ(items->end[d] % all.group[d], 0u);
    EXPECT_LE(items->end[d], grid->size[d]);
  }
  std::memset(all.memory, 1, 64 + 8 * ((count + 63) / 64 * 64));
  for (std::uint64_t z = items->begin[2]; z < items->end[2] && z < 3; ++z) {
    for (std::uint64_t y = items->begin[1]; y < items->end[1] && y < 7; ++y) {
      for (std::uint64_t x = items->begin[0]; x < items->end[0] && x < 100; ++x) {
        ++visits.data[x + 100 * (y + 7 * z)];
      }
    }
  }
}

class CpuGroups : public testing::TestWithParam<dotcompute::CpuOptions> {
 protected:
  CpuGroups() : fixture_(&visit_groups, 200) {
    fixture_.record.group_features = DOTCOMPUTE_GROUP_IDS;
    fixture_.record.shared_bytes = 64;
    fixture_.record.item_bytes = 8;
  }
  std::unique_ptr<dotcompute::HostKernel> load() { return cpu_->load(fixture_.definition()); }

  KernelFixture fixture_;
  std::unique_ptr<dotcompute::HostAccelerator> cpu_ = dotcompute::make_cpu_accelerator(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Threads, CpuGroups, testing::ValuesIn(dotcompute::test::teams({3})));

TEST_P(CpuGroups, RunsEveryItemOfWholeGroupsOnce) {
  const auto kernel = load();
  for (const dotcompute_grid group : {dotcompute_grid{{0, 0, 0}}, dotcompute_grid{{1, 1, 1}},
                                      dotcompute_grid{{7, 3, 2}}, dotcompute_grid{{128, 8, 1}}}) {
    for (const bool may_stop : {false, true}) {
      VisitLaunch launch(dotcompute_grid{{100, 7, 3}});
      launch.description.group = group;
      std::stop_source stop;
      if (may_stop) launch.description.stop = stop.get_token();
      EXPECT_EQ(kernel->run(launch.description), LaunchOutcome::completed);
      EXPECT_EQ(launch.wrong(1), 0u) << group.size[0] << " " << may_stop;
    }
  }
}

/// So few threads that all of them have their memory after some launches.
class CpuGroupsOfThree : public CpuGroups {};
INSTANTIATE_TEST_SUITE_P(Threads, CpuGroupsOfThree, testing::Values(dotcompute::CpuOptions{.threads = 3}));

TEST_P(CpuGroupsOfThree, AWarmLaunchAllocatesNothing) {
  const auto kernel = load();
  VisitLaunch launch(dotcompute_grid{{100, 7, 3}});
  for (int i = 0; i < 3; ++i) static_cast<void>(kernel->run(launch.description));
  const auto before = dotcompute::test::allocations.load();
  static_cast<void>(kernel->run(launch.description));
  EXPECT_EQ(dotcompute::test::allocations.load(), before);
}

TEST_P(CpuGroups, SaysHowMuchMemoryAGroupNeedsWhereThereIsNone) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizers end the program where an allocation fails";
#endif
  fixture_.record.item_bytes = std::uint64_t{1} << 50;
  VisitLaunch launch(dotcompute_grid{{100, 7, 3}});
  launch.description.group = {{64, 1, 1}};
  const auto kernel = load();
  try {
    static_cast<void>(kernel->run(launch.description));
    FAIL() << "nobody has so much memory";
  } catch (const dotcompute::OutOfMemoryError& error) {
    EXPECT_STREQ(error.what(),
                 "a group needs 72057594037928000 bytes for its shared arrays and for what its items keep across "
                 "barriers, and a thread cannot have them; ask for smaller groups, or make the arrays smaller");
  }
}

TEST_P(CpuGroups, RefusesGroupsThatItCannotHave) {
  const auto message = [&](const dotcompute_grid& group) {
    VisitLaunch launch(dotcompute_grid{{100, 7, 3}});
    launch.description.group = group;
    try {
      static_cast<void>(load()->run(launch.description));
    } catch (const dotcompute::ExecutionError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message({{64, 32, 1}}),
            "kernel test::visit cannot be launched in groups of 64x32: a group has at most 1024 work-items; give a "
            "smaller size");
  fixture_.record.fixed_group[0] = 16, fixture_.record.fixed_group[1] = 4, fixture_.record.fixed_group[2] = 1;
  EXPECT_EQ(message({{16, 4, 1}}), "");
  EXPECT_EQ(message({{4, 16, 1}}),
            "kernel test::visit has groups of 16x4 (DOTCOMPUTE_GROUP) and cannot be launched in groups of 4x16; leave "
            "in_groups_of out");
}

}  // namespace
