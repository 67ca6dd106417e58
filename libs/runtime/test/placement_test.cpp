// Launches that name no device: which one they run on, why, and when devices are looked for.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "device_fixture.hpp"

namespace {

using dotcompute::arg;
using dotcompute::DeviceSpeed;
using dotcompute::Discovery;
using dotcompute::LaunchReport;
using dotcompute::RuntimeParts;
using dotcompute::SelectionReason;
using dotcompute::UnifiedBuffer;
using dotcompute::test::parts_with_devices;
using dotcompute::test::TestDeviceOptions;
using dotcompute::test::TestDeviceState;
using testing::Each;
using testing::HasSubstr;

constexpr DeviceSpeed fast{
    .operations_per_ns = 10'000, .memory_bytes_per_ns = 1000, .transfer_bytes_per_ns = 10, .launch_ns = 10'000};

class Placement : public testing::Test {
 protected:
  void make(Discovery discovery, const TestDeviceOptions& device = {.speed = fast}) {
    RuntimeParts parts = parts_with_devices(state, {device});
    parts.discovery = discovery;
    core = std::make_unique<dotcompute::detail::RuntimeCore>(std::move(parts));
  }
  [[nodiscard]] dotcompute::Launcher runtime() const { return dotcompute::Launcher(*core); }

  dotcompute::test::Registration demo{dotcompute::test::demo_unit()};
  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  std::unique_ptr<dotcompute::detail::RuntimeCore> core;
};

TEST_F(Placement, little_work_runs_on_the_cpu_and_work_on_resident_data_where_the_data_is) {
  make(Discovery::eager);
  std::vector<float> x(16, 1.0f), y(16);
  const LaunchReport little = runtime().run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(little.accelerator, "cpu");
  EXPECT_EQ(little.reason, SelectionReason::estimated_fastest);
  EXPECT_THAT(to_string(little), HasSubstr("on cpu (estimated to be the fastest)"));
  UnifiedBuffer<float> a(std::vector<float>(500'000, 1.0f)), b(500'000);
  runtime().on("test:0").run(demo::saxpy, 1.0f, a, b);
  const LaunchReport resident = runtime().run(demo::saxpy, 1.0f, a, b);
  EXPECT_EQ(resident.accelerator, "test:0");
  EXPECT_EQ(resident.reason, SelectionReason::estimated_fastest);
  EXPECT_EQ(resident.bytes_to_device + resident.bytes_to_host, 0u);
  EXPECT_EQ(runtime().execute(demo::saxpy, 1.0f, a, b).get().accelerator, "test:0");
  EXPECT_EQ(runtime().run("demo::saxpy", arg("a", 1.0f), arg("x", a), arg("y", b)).accelerator, "test:0");
  EXPECT_THAT(b.span(), Each(4.0f));
}

TEST_F(Placement, a_prepared_launch_is_placed_each_time) {
  make(Discovery::eager);
  UnifiedBuffer<float> a(std::vector<float>(2'200, 1.0f)), b(2'200);
  const auto launch = runtime().prepare(demo::saxpy, 1.0f, a, b);
  EXPECT_EQ(launch.run().accelerator, "cpu");
  runtime().on("test:0").run(demo::saxpy, 1.0f, a, b);
  EXPECT_EQ(launch.run().accelerator, "test:0");
  EXPECT_EQ(launch.execute().get().accelerator, "test:0");
  static_cast<void>(b.mutable_span());
  static_cast<void>(a.mutable_span());
  EXPECT_EQ(launch.run().accelerator, "cpu");
  EXPECT_THAT(b.span(), Each(5.0f));
}

TEST_F(Placement, what_is_asked_for_is_not_replaced) {
  make(Discovery::eager);
  UnifiedBuffer<float> a(500'000), b(500'000);
  runtime().on("test:0").run(demo::saxpy, 1.0f, a, b);
  EXPECT_EQ(runtime().on("cpu").run(demo::saxpy, 1.0f, a, b).accelerator, "cpu");
}

TEST_F(Placement, a_device_that_refuses_the_kernel_is_no_candidate) {
  make(Discovery::eager);
  std::vector<float> out(1'000'000);
  const LaunchReport report = runtime().run(demo::refused, out);
  EXPECT_EQ(report.accelerator, "cpu");
  EXPECT_EQ(report.reason, SelectionReason::only_candidate);
  EXPECT_THAT(to_string(report), HasSubstr("(the only device that takes it)"));
}

TEST_F(Placement, a_device_on_the_hosts_cores_is_not_chosen) {
  make(Discovery::eager, {.speed = fast, .runs_on_host_cores = true});
  std::vector<float> x(1'000'000), y(1'000'000);
  EXPECT_EQ(runtime().run(demo::saxpy, 1.0f, x, y).reason, SelectionReason::cpu_by_default);
}

TEST_F(Placement, a_faster_device_that_cannot_build_the_kernel_is_named_in_the_reason) {
  make(Discovery::eager, {.driver = "a driver that builds nothing", .speed = {.operations_per_ns = 1e9}});
  state->rejects_builds = true;
  std::vector<float> x(1000, 1.0f), y(1000);
  for (int i = 0; i < 2; ++i) {
    const LaunchReport report = runtime().run(demo::saxpy, 1.0f, x, y);
    EXPECT_EQ(report.accelerator, "cpu");
    EXPECT_EQ(report.reason, SelectionReason::faster_one_failed);
    EXPECT_THAT(to_string(report), HasSubstr("(the device estimated to be faster could not build it)"));
  }
  EXPECT_THAT(y, Each(2.0f));
}

TEST_F(Placement, short_programs_never_look_for_devices) {
  make(Discovery::automatic);
  std::vector<float> x(1000), y(1000);
  for (int i = 0; i < 1000; ++i) runtime().run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(core->devices().size(), 2u);
  EXPECT_TRUE(core->may_look_for_more());
}

TEST_F(Placement, long_work_looks_for_devices_and_then_uses_them) {
  make(Discovery::automatic);
  // 5 operations each at one for a nanosecond: 5 ms of the test device's time for each launch.
  UnifiedBuffer<float> x(1'000'000), y(1'000'000);
  int launches = 0;
  while (core->may_look_for_more() && launches < 100) {
    EXPECT_EQ(runtime().run(demo::saxpy, 1.0f, x, y).reason, SelectionReason::cpu_by_default);
    ++launches;
  }
  EXPECT_EQ(launches, 4);
  EXPECT_EQ(core->devices().size(), 3u);
  EXPECT_EQ(runtime().run(demo::saxpy, 1.0f, x, y).accelerator, "test:0");
}

TEST_F(Placement, devices_that_are_named_only_are_never_looked_for) {
  make(Discovery::named_only);
  UnifiedBuffer<float> x(1'000'000), y(1'000'000);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(runtime().run(demo::saxpy, 1.0f, x, y).accelerator, "cpu");
  EXPECT_EQ(core->devices().size(), 2u);
  EXPECT_EQ(runtime().on("test:0").run(demo::saxpy, 1.0f, x, y).accelerator, "test:0");
  EXPECT_EQ(runtime().run(demo::saxpy, 1.0f, x, y).accelerator, "test:0");
}

TEST_F(Placement, prepared_launches_learn_of_devices_that_were_found_later) {
  make(Discovery::named_only);
  UnifiedBuffer<float> x(1'000'000), y(1'000'000);
  const auto launch = runtime().prepare(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(launch.run().accelerator, "cpu");
  core->find_all_devices();
  EXPECT_EQ(launch.run().accelerator, "test:0");
}

TEST_F(Placement, a_default_device_is_used_whatever_the_work) {
  RuntimeParts parts = parts_with_devices(state, {TestDeviceOptions{}});
  parts.default_accelerator = "test:0";
  core = std::make_unique<dotcompute::detail::RuntimeCore>(std::move(parts));
  std::vector<float> x(4), y(4);
  const LaunchReport report = runtime().run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(report.accelerator, "test:0");
  EXPECT_EQ(report.reason, SelectionReason::runtime_default);
}

TEST_F(Placement, a_way_that_is_slower_than_a_device_says_counts_once_it_is_measured) {
  state->memory_bytes = 16 << 20;
  state->transfer_ns_per_kib = 50'000;
  // What no device reaches; its word is taken until somebody measures.
  make(Discovery::eager,
       {.speed = {.operations_per_ns = 1e6, .memory_bytes_per_ns = 1e6, .transfer_bytes_per_ns = 1e6, .launch_ns = 0}});
  std::vector<float> x(20'000, 1.0f), y(20'000);
  EXPECT_EQ(runtime().run(demo::saxpy, 1.0f, x, y).accelerator, "test:0");
  const double up = core->bandwidth("cpu", "test:0");
  EXPECT_GT(up, 0);
  EXPECT_LE(up, 1024 / 50e-6) << "in bytes per second";
  EXPECT_EQ(core->bandwidth("cpu", "test:0"), up);
  EXPECT_EQ(runtime().run(demo::saxpy, 1.0f, x, y).accelerator, "cpu");
  EXPECT_THAT(y, Each(2.0f));
}

}  // namespace
