// Launches on whatever devices with memory of their own the machine has.

#include <dotcompute/dotcompute.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "random_uses.hpp"
#include "test_kernels.hpp"

namespace {

using dotcompute::AcceleratorStatus;
using dotcompute::BufferState;
using dotcompute::LaunchReport;
using dotcompute::Runtime;
using dotcompute::UnifiedBuffer;
using dotcompute::test::RandomUses;
using dotcompute::test::seed_of_this_run;
using testing::Each;

class Devices : public testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    for (const AcceleratorStatus& status : runtime.accelerators()) {
      if (!status.available) {
        why += status.info.id + ": " + status.reason + "; ";
      } else if (status.info.backend != "cpu" && status.info.backend != "reference") {
        ids.push_back(status.info.id);
      }
    }
    if (ids.empty()) GTEST_SKIP() << "no device with memory of its own: " << why;
  }

  Runtime runtime = Runtime::create();
  std::vector<std::string> ids;
};

TEST_F(Devices, compute_what_the_cpu_computes_and_copy_what_they_must) {
  for (const std::string& id : ids) {
    SCOPED_TRACE(id);
    std::vector<float> x(10'000, 1.5f), y(10'000, 1.0f);
    const LaunchReport copied = runtime.on(id).run(demo::saxpy, 2.0f, x, y);
    EXPECT_THAT(y, Each(4.0f));
    EXPECT_EQ(copied.accelerator, id);
    EXPECT_EQ(copied.bytes_to_device, 80'000u);
    EXPECT_EQ(copied.bytes_to_host, 40'000u);
    UnifiedBuffer<float> a(x), b(10'000);
    EXPECT_EQ(runtime.on(id).run(demo::saxpy, 2.0f, a, b).bytes_to_device, 80'000u);
    const LaunchReport resident = runtime.on(id).execute(demo::saxpy, 2.0f, a, b).get();
    EXPECT_EQ(resident.bytes_to_device + resident.bytes_to_host, 0u);
    EXPECT_EQ(b.state(), BufferState::device_dirty);
    EXPECT_THAT(b.span(), Each(6.0f));
  }
}

TEST_F(Devices, agree_with_plain_vectors) {
  ids.push_back("cpu");
  const std::uint64_t seed = seed_of_this_run();
  for (std::uint64_t round = 0; round < 4; ++round) {
    SCOPED_TRACE(testing::Message() << "seed " << seed + round << ", to be set as DOTCOMPUTE_TEST_SEED");
    RandomUses uses(runtime, ids, seed + round);
    for (int i = 0; i < 100; ++i) {
      ASSERT_NO_FATAL_FAILURE(uses.step()) << "at step " << i;
    }
    ASSERT_NO_FATAL_FAILURE(uses.check_all());
  }
}

TEST_F(Devices, serve_several_threads) {
  ids.push_back("cpu");
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE(testing::Message() << "seed " << seed << ", to be set as DOTCOMPUTE_TEST_SEED");
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([this, seed, t] {
      RandomUses uses(runtime, ids, seed + 100 * t);
      for (int i = 0; i < 50 && !HasFatalFailure(); ++i) uses.step();
      uses.check_all();
    });
  }
}

TEST_F(Devices, buffers_outlive_the_runtime) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  {
    const Runtime own = Runtime::create();
    own.on(ids.front()).execute(demo::saxpy, 3.0f, x, y).detach();
  }
  EXPECT_EQ(y.state(), BufferState::host_only);
  EXPECT_THAT(y.span(), Each(3.0f));
}

TEST_F(Devices, pass_on_what_is_large_whether_they_are_peers_or_not) {
  const std::vector<float> zeros(2'500'000);  // 10 MB, which is several pieces on the way over the host
  UnifiedBuffer<float> x(std::vector<float>(zeros.size(), 1.0f)), y(zeros);
  for (int round = 0; round < 2; ++round) {
    for (const std::string& id : ids) runtime.on(id).execute(demo::saxpy, 1.0f, x, y).detach();
  }
  EXPECT_THAT(y.span(), Each(2.0f * static_cast<float>(ids.size())));
}

TEST_F(Devices, tell_how_fast_data_goes_between_them) {
  ids.push_back("cpu");
  for (const std::string& from : ids) {
    for (const std::string& to : ids) {
      const double bytes_per_second = runtime.bandwidth(from, to);
      EXPECT_GT(bytes_per_second, 1e6) << from << " to " << to;
      EXPECT_EQ(runtime.bandwidth(from, to), bytes_per_second) << "measured once";
      EXPECT_EQ(std::isinf(bytes_per_second), from == "cpu" && to == "cpu");
    }
  }
  EXPECT_THROW(static_cast<void>(runtime.bandwidth("cpu", "nowhere")), dotcompute::DeviceNotAvailableError);
}

TEST_F(Devices, are_not_chosen_where_they_share_the_cpus_cores) {
  for (const std::string& id : ids) {
    if (!runtime.accelerator(id).info().runs_on_host_cores) GTEST_SKIP() << id << " has cores of its own";
  }
  std::vector<float> x(3'000'000, 1.0f), y(3'000'000);
  const LaunchReport report = runtime.run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(report.accelerator, "cpu");
  EXPECT_EQ(report.reason, dotcompute::SelectionReason::cpu_by_default);
}

TEST_F(Devices, with_a_cap_take_buffers_in_turns_and_refuse_what_never_fits) {
  constexpr std::uint64_t cap = 1'000'000;
  const Runtime capped = Runtime::create({.memory = {{.cap_bytes = cap, .checks = dotcompute::MemoryChecks::on}}});
  for (const std::string& id : ids) {
    SCOPED_TRACE(id);
    const dotcompute::AcceleratorMemory memory = capped.memory(id);
    std::vector<UnifiedBuffer<float>> x, y;
    for (int i = 0; i < 8; ++i) {
      x.emplace_back(std::vector<float>(50'000, static_cast<float>(i)));
      y.emplace_back(50'000);
    }
    for (int round = 0; round < 3; ++round) {
      for (std::size_t i = 0; i < x.size(); ++i) capped.on(id).run(demo::saxpy, 1.0f, x[i], y[i]);
    }
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_THAT(y[i].span(), Each(3.0f * static_cast<float>(i)));
    EXPECT_GT(memory.statistics().spills, 0u);
    EXPECT_LE(memory.statistics().peak_bytes, cap);
    const UnifiedBuffer<float> large(150'000);
    UnifiedBuffer<float> sum(150'000);
    EXPECT_THROW(capped.on(id).run(demo::saxpy, 1.0f, large, sum), dotcompute::OutOfMemoryError);
    x.clear();
    y.clear();
    memory.trim();
    EXPECT_EQ(memory.statistics().held_bytes, 0u);
  }
}

TEST_F(Devices, allocate_nothing_in_a_warm_loop) {
  for (const std::string& id : ids) {
    SCOPED_TRACE(id);
    UnifiedBuffer<float> x(std::vector<float>(1000, 1.0f)), y(1000);
    runtime.on(id).run(demo::saxpy, 1.0f, x, y);
    const std::uint64_t allocations = runtime.memory(id).statistics().source_allocations;
    for (int i = 1; i < 1000; ++i) {
      const LaunchReport report = runtime.on(id).run(demo::saxpy, 1.0f, x, y);
      ASSERT_EQ(report.bytes_to_device + report.bytes_to_host, 0u);
    }
    EXPECT_EQ(runtime.memory(id).statistics().source_allocations, allocations);
    EXPECT_THAT(y.span(), Each(1000.0f));
  }
}

}  // namespace
