// Every way of launching a checked kernel tells of its fault, once, and unchecked kernels beside it know nothing of it.

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/dotcompute.hpp>

#include "faulty_kernels.hpp"
#include "fixture.hpp"
#include "unchecked_kernels.hpp"

namespace {

using namespace checked;
using namespace dotcompute;
using testing::Each;
using testing::HasSubstr;

TEST_F(Checked, every_way_of_launching_tells) {
  std::vector<float> y(10);
  const std::string expected = "index 10 is outside 'x', which has 10 elements (" + place_of("x[i + 1]") + ")";
  for (const Device& device : devices().all) {
    const Launcher& on = device.on;
    EXPECT_THAT(fault_of([&] { on.run(faulty::several, x, y); }), HasSubstr(expected)) << device.id;
    EXPECT_THAT(fault_of([&] { on.timed().run(faulty::several, x, y); }), HasSubstr(expected)) << device.id;
    EXPECT_THAT(fault_of([&] { on.execute(faulty::several, x, y).get(); }), HasSubstr(expected)) << device.id;
    EXPECT_THAT(fault_of([&] { on.execute<std::vector<float>>("faulty::several", arg("x", x)).get(); }),
                HasSubstr(expected))
        << device.id;
    const auto prepared = on.prepare(faulty::several, x, y);
    for (int i = 0; i < 2; ++i) {
      EXPECT_THAT(fault_of([&] { prepared.run(); }), HasSubstr(expected)) << device.id;
    }
    LaunchSequence sequence;
    sequence.record(prepared);
    EXPECT_THAT(fault_of([&] { sequence.replay(); }), HasSubstr(expected)) << device.id;
    // A fault does not stay.
    EXPECT_EQ(fault_of([&] { on.over(9).run(faulty::several, x, y); }), "no fault") << device.id;
  }
}

TEST_F(Checked, buffers_lose_what_a_launch_with_a_fault_wrote) {
  for (const Device& device : devices().all) {
    UnifiedBuffer<float> in(x), out(10);
    EXPECT_THAT(fault_of([&] { device.on.run(faulty::several, in, out); }), HasSubstr("index 10"));
    EXPECT_NE(in.state(), BufferState::uninitialized) << device.id;
    EXPECT_EQ(out.state(), BufferState::uninitialized) << device.id;
    EXPECT_THAT(fault_of([&] { device.on.execute(faulty::several, in, out).get(); }), testing::Ne("no fault"));
  }
}

TEST_F(Checked, where_it_happened_is_told_apart) {
  std::vector<float> y(10);
  for (const Device& device : devices().all) {
    try {
      device.on.run(faulty::several, x, y);
      FAIL() << "no fault";
    } catch (const ExecutionError& error) {
      EXPECT_EQ(error.context().kernel, "faulty::several");
      EXPECT_EQ(error.context().device, device.id);
      EXPECT_THAT(error.context().source, HasSubstr(place_of("x[i + 1]") + ":10"));
      EXPECT_EQ(error.context().cause, "index 10 is outside 'x', which has 10 elements");
    }
  }
}

TEST_F(Checked, of_many_faults_one_is_told_and_its_numbers_belong_together) {
  std::vector<std::uint64_t> out(20000);
  const std::regex form(R"(index (\d+) is outside 'y', which has 20000 elements .*, in work-item \((\d+), 0, 0\))");
  for (const Device& device : devices().all) {
    for (int i = 0; i < 20; ++i) {
      std::ranges::fill(out, 7);
      const std::string message = fault_of([&] { device.on.run(faulty::everywhere, out); });
      std::smatch found;
      ASSERT_TRUE(std::regex_search(message, found, form)) << device.id << ": " << message;
      const std::uint64_t item = std::stoull(found[2]);
      EXPECT_LT(item, out.size()) << device.id;
      EXPECT_EQ(std::stoull(found[1]), 0x100000000 * item + out.size()) << device.id;
      EXPECT_THAT(out, Each(7u)) << device.id;
    }
  }
}

TEST_F(Checked, launches_of_no_items_meet_nothing) {
  std::vector<float> nothing;
  std::vector<std::uint64_t> none;
  for (const Device& device : devices().all) {
    const Launcher& on = device.on;
    EXPECT_EQ(fault_of([&] { on.run(faulty::everywhere, none); }), "no fault") << device.id;
    EXPECT_EQ(fault_of([&] { on.timed().run(faulty::everywhere, none); }), "no fault") << device.id;
    EXPECT_EQ(fault_of([&] { on.over(0).run(faulty::several, x, nothing); }), "no fault") << device.id;
    EXPECT_EQ(fault_of([&] { on.over(0).execute(faulty::several, x, nothing).get(); }), "no fault") << device.id;
    EXPECT_EQ(fault_of([&] { on.prepare(faulty::everywhere, none).run(); }), "no fault") << device.id;
  }
}

TEST_F(Checked, unchecked_kernels_of_the_same_program_say_nothing) {
  std::vector<std::int32_t> y(1000);
  std::iota(y.begin(), y.end(), 0);
  for (const Device& device : devices().all) {
    const Launcher& on = device.on;
    UnifiedBuffer<std::int32_t> kept(y);
    const LaunchReport report = on.run(unchecked::divide, y, 0);
    EXPECT_FALSE(report.checked) << device.id;
    EXPECT_THAT(fault_of([&] { on.run(faulty::divide, y, 0); }), HasSubstr("the quotient of ")) << device.id;
    // Both in flight at once, on buffers of their own.
    UnifiedBuffer<std::int32_t> other(y);
    auto faultless = on.execute(unchecked::divide, kept, 0);
    auto with_fault = on.execute(faulty::divide, other, 0);
    EXPECT_EQ(fault_of([&] { faultless.get(); }), "no fault") << device.id;
    EXPECT_THAT(fault_of([&] { with_fault.get(); }), HasSubstr("the quotient of ")) << device.id;
    EXPECT_EQ(kept.size(), y.size());
    EXPECT_EQ(other.state(), BufferState::uninitialized) << device.id;
    EXPECT_NE(kept.state(), BufferState::uninitialized) << device.id;
    const LaunchReport checked_report = on.run(faulty::divide, y, 3);
    EXPECT_TRUE(checked_report.checked) << device.id;
  }
}

TEST_F(Checked, launches_from_many_threads_tell_each_its_own_fault) {
  for (const Device& device : devices().all) {
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 4; ++t) {
      threads.emplace_back([&device, t] {
        std::vector<float> y(10);
        for (int i = 0; i < 20; ++i) {
          const std::string told = fault_of([&] { device.on.run(faulty::write, y, t); });
          EXPECT_THAT(told, HasSubstr("in work-item (" + std::to_string(t) + ", 0, 0)")) << device.id;
          EXPECT_EQ(fault_of([&] { device.on.run(faulty::write, y, 10); }), "no fault") << device.id;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

TEST_F(Checked, sources_given_at_run_time_too) {
  const std::string text = R"(#include <cassert>
#include <dotcompute/kernel.hpp>
DOTCOMPUTE_KERNEL void given(std::span<int> y, int limit) {
  const std::size_t i = dotcompute::global_id();
  assert(y[i] < limit);
}
)";
  Runtime runtime = Runtime::create();
  std::vector<int> y(3, 5);
  const auto launch = [&] { runtime.over(3).execute("given", arg("y", y), arg("limit", 5)).get(); };
  runtime.add_source({.name = "given.cpp", .text = text, .options = {"--checked"}});
  EXPECT_THAT(fault_of(launch), HasSubstr("the assertion 'y[i] < limit' does not hold (given.cpp:5)"));
  runtime.add_source({.name = "given.cpp", .text = text, .options = {}});
  EXPECT_EQ(fault_of(launch), "no fault");
}

}  // namespace
