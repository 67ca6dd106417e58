#include <dotcompute/dotcompute.hpp>

#include <cstdint>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_kernels.hpp"

namespace {

using dotcompute::AcceleratorStatus;
using dotcompute::arg;
using dotcompute::LaunchReport;
using dotcompute::Runtime;
using dotcompute::SelectionReason;
using dotcompute::Task;
using dotcompute::UnifiedBuffer;
using testing::Each;
using testing::HasSubstr;

class RuntimeFacade : public testing::Test {
 protected:
  dotcompute::test::Registration demo{dotcompute::test::demo_unit()};
};

TEST_F(RuntimeFacade, has_the_reference_and_the_cpu) {
  const Runtime runtime = Runtime::create({.opencl = {.enabled = false}, .cuda = {.enabled = false}});
  std::vector<std::string> ids;
  for (const AcceleratorStatus& status : runtime.accelerators()) {
    if (status.available) ids.push_back(status.info.id);
  }
  EXPECT_THAT(ids, testing::ElementsAre("cpu", "reference"));
  EXPECT_EQ(runtime.accelerator("reference").info().backend, "reference");
  EXPECT_EQ(runtime.default_accelerator(), nullptr);
}

TEST_F(RuntimeFacade, drivers_that_are_not_there_are_named_with_what_was_tried_and_nothing_else_suffers) {
  const Runtime runtime = Runtime::create(
      {.opencl = {.loader_paths = {"/nowhere/libOpenCL.so"}}, .cuda = {.driver_paths = {"/nowhere/libcuda.so"}}});
  int absent = 0;
  for (const AcceleratorStatus& status : runtime.accelerators()) {
    if (status.available) continue;
    ++absent;
    EXPECT_THAT(status.reason, HasSubstr("/nowhere/lib"));
  }
  EXPECT_EQ(absent, 2);
  for (const std::string id : {"opencl:0", "cuda:0"}) {
    try {
      static_cast<void>(runtime.on(id));
      ADD_FAILURE() << id << " was found";
    } catch (const dotcompute::DeviceNotAvailableError& error) {
      EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("there is no accelerator '" + id + "'"),
                                               HasSubstr("this machine has cpu, reference"), HasSubstr("/nowhere/")));
      EXPECT_THAT(error.context().cause, HasSubstr("/nowhere/lib"));
    }
  }
  std::vector<float> x(10, 1.0f), y(10);
  runtime.run(demo::saxpy, 1.0f, x, y);
  EXPECT_THAT(y, Each(1.0f));
}

TEST_F(RuntimeFacade, launches_on_the_reference_by_function_and_by_name) {
  const Runtime runtime = Runtime::create();
  std::vector<float> x(1000, 1.0f), y(1000);
  EXPECT_EQ(runtime.on("reference").run(demo::saxpy, 2.0f, x, y).accelerator, "reference");
  EXPECT_EQ(runtime.on(runtime.accelerator("reference")).execute(demo::saxpy, 2.0f, x, y).get().kernel, "demo::saxpy");
  EXPECT_THAT(y, Each(4.0f));
  const std::vector<float> sum =
      runtime.on("reference").run<std::vector<float>>("demo::vector_add", arg("a", x), arg("b", y));
  EXPECT_THAT(sum, Each(5.0f));
}

TEST_F(RuntimeFacade, launches_on_the_cpu_and_agrees_with_the_reference) {
  const Runtime runtime = Runtime::create({.cpu_threads = 2});
  for (const std::size_t size : {0u, 1u, 1000u, 100'000u, 1'000'003u}) {
    std::vector<float> x(size), on_cpu(size, 0.5f);
    for (std::size_t i = 0; i < size; ++i) x[i] = static_cast<float>(i % 1013) * 0.37f;
    std::vector<float> on_reference = on_cpu;
    const LaunchReport report = runtime.run(demo::saxpy, 1.1f, x, on_cpu);
    EXPECT_EQ(report.accelerator, "cpu");
    runtime.execute(demo::saxpy, 0.3f, x, on_cpu).get();
    runtime.on("reference").run(demo::saxpy, 1.1f, x, on_reference);
    runtime.on("reference").run(demo::saxpy, 0.3f, x, on_reference);
    EXPECT_EQ(on_cpu, on_reference);
  }
}

TEST_F(RuntimeFacade, a_stop_ends_a_long_launch_on_the_cpu) {
  const Runtime runtime = Runtime::create({.cpu_threads = 2});
  std::stop_source source;
  source.request_stop();
  std::vector<std::uint64_t> out(3'000'000, 1);
  EXPECT_EQ(runtime.stop_with(source.get_token()).run(demo::spin, out).outcome, dotcompute::LaunchOutcome::stopped);
  EXPECT_EQ(runtime.stop_with(source.get_token()).execute(demo::spin, out).get().outcome,
            dotcompute::LaunchOutcome::stopped);
}

TEST_F(RuntimeFacade, the_default_accelerator_is_an_option) {
  const Runtime runtime = Runtime::create({.default_accelerator = "reference"});
  std::vector<float> y(10, 1.0f);
  const LaunchReport report = runtime.run(demo::saxpy, 1.0f, y, y);
  EXPECT_EQ(report.accelerator, "reference");
  EXPECT_EQ(report.reason, SelectionReason::runtime_default);
  ASSERT_NE(runtime.default_accelerator(), nullptr);
  EXPECT_EQ(runtime.default_accelerator()->info().id, "reference");
}

TEST_F(RuntimeFacade, a_device_that_is_absent_lists_what_there_is) {
  const Runtime runtime = Runtime::create();
  try {
    static_cast<void>(runtime.on("cuda:0"));
    FAIL() << "there is no such device in this version";
  } catch (const dotcompute::DeviceNotAvailableError& error) {
    EXPECT_THAT(error.what(), HasSubstr("there is no accelerator 'cuda:0': this machine has cpu, reference"));
  }
  EXPECT_THROW(static_cast<void>(Runtime::create({.default_accelerator = "cuda:0"})),
               dotcompute::DeviceNotAvailableError);
}

TEST_F(RuntimeFacade, moves) {
  Runtime first = Runtime::create({.default_accelerator = "reference"});
  std::vector<float> y(10, 1.0f);
  first.run(demo::saxpy, 1.0f, y, y);
  Runtime second = std::move(first);
  second.run(demo::saxpy, 1.0f, y, y);
  first = std::move(second);
  first.run(demo::saxpy, 1.0f, y, y);
  EXPECT_THAT(y, Each(8.0f));
  first = Runtime::create({.default_accelerator = "reference"});
  first.run(demo::saxpy, 1.0f, y, y);
  EXPECT_THAT(y, Each(16.0f));
}

TEST_F(RuntimeFacade, waits_for_its_launches) {
  UnifiedBuffer<float> y(200'000);
  {
    const Runtime runtime = Runtime::create();
    for (int i = 0; i < 3; ++i) {
      runtime.on("reference")
          .execute(demo::saxpy, 1.0f, UnifiedBuffer<float>(std::vector<float>(200'000, 1.0f)), y)
          .detach();
    }
  }
  EXPECT_THAT(y.span(), Each(3.0f));
}

Task<int> owns_its_runtime(std::vector<float>& y, const char* device) {
  const Runtime runtime = Runtime::create({.cpu_threads = 2});
  co_await runtime.on(device).execute(demo::saxpy, 1.0f, y, y);
  co_return 7;
}

TEST_F(RuntimeFacade, may_be_destroyed_by_a_coroutine_that_its_launch_resumed) {
  std::vector<float> y(300'000, 1.0f);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(owns_its_runtime(y, "reference").get(), 7);
    EXPECT_EQ(owns_its_runtime(y, "cpu").get(), 7);
  }
  EXPECT_THAT(y, Each(64.0f));
}

Task<std::uint64_t> count_in_steps(dotcompute::Launcher runtime, std::uint32_t steps) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < steps; ++i) {
    auto counted =
        co_await runtime.over(10'000).execute<UnifiedBuffer<std::uint32_t>>("demo::count_up", arg("first", i));
    sum += counted.value.span()[9999];
  }
  co_return sum;
}

TEST_F(RuntimeFacade, coroutines_of_several_threads_share_a_runtime) {
  const Runtime runtime = Runtime::create({.cpu_threads = 3});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Task<std::uint64_t> first = count_in_steps(runtime, 20);
      Task<std::uint64_t> second = count_in_steps(runtime, 10);
      EXPECT_EQ(first.get(), 20u * 9999 + 190);
      EXPECT_EQ(second.get(), 10u * 9999 + 45);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(RuntimeFacade, two_live_at_once) {
  const Runtime first = Runtime::create({.default_accelerator = "reference"});
  std::vector<float> x(50, 1.0f), y(50);
  {
    const Runtime second = Runtime::create({.default_accelerator = "reference"});
    auto one = first.execute(demo::saxpy, 1.0f, x, y);
    one.get();
    second.run(demo::saxpy, 1.0f, x, y);
  }
  first.run(demo::saxpy, 1.0f, x, y);
  EXPECT_THAT(y, Each(3.0f));
}

}  // namespace
