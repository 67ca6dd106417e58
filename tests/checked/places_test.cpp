// Faults in all places of a kernel where something is evaluated, and none where nothing is.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "faulty_kernels.hpp"
#include "fixture.hpp"

namespace {

using namespace checked;
using dotcompute::Launcher;
using faulty::Box;
using testing::Each;
using testing::ElementsAre;

constexpr std::uint64_t nowhere = std::numeric_limits<std::uint64_t>::max();

TEST_F(Checked, helpers) {
  std::vector<float> y(10);
  expect("in_helper", "index 11 is outside 'x', which has 10 elements", "return 2 * x[i]", "(7, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::in_helper, x, y, 7); });
  EXPECT_THAT(y, ElementsAre(3, 3, 3, 3, 3, 3, 3, 0, 3, 3));
}

TEST_F(Checked, lambdas_that_helpers_call) {
  std::vector<std::int32_t> in(3, 12), y(3);
  expect("in_lambda_of_helper", "the quotient of 12 by 0 is undefined", "x[i] / (by + k)", "(0, 0, 0)",
         [&](const Launcher& on) { on.over(1).run(faulty::in_lambda_of_helper, in, y, -1); });
  for (const Device& device : devices().all) {
    device.on.run(faulty::in_lambda_of_helper, in, y, 2);
    EXPECT_THAT(y, Each(10)) << device.id;
  }
}

TEST_F(Checked, before_between_and_after_barriers) {
  std::vector<std::int32_t> in(96), y(96);
  std::iota(in.begin(), in.end(), 0);
  const auto run = [&](const Launcher& on, std::uint64_t before, std::uint64_t between, std::uint64_t after) {
    y.assign(96, -5);
    on.run(faulty::around_barriers, in, y, before, between, after);
  };
  const auto expect_all_but = [&](std::size_t item, std::int32_t content, const std::string& device) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      EXPECT_EQ(y[i], i == item ? content : static_cast<std::int32_t>(i) + 1) << i << " on " << device;
    }
  };
  for (const Device& device : devices().all) {
    EXPECT_EQ(fault_of([&] { run(device.on, 40, nowhere, nowhere); }),
              message("around_barriers", "index 40 is outside 'tile', which has 32 elements", "tile[i == before",
                      "(40, 0, 0)"))
        << device.id;
    expect_all_but(40, 1, device.id);
    EXPECT_EQ(fault_of([&] { run(device.on, nowhere, 63, nowhere); }),
              message("around_barriers", "index 100 is outside 'tile', which has 32 elements", "tile[i == between",
                      "(63, 0, 0)"))
        << device.id;
    expect_all_but(32, 1, device.id);
    EXPECT_EQ(
        fault_of([&] { run(device.on, nowhere, nowhere, 95); }),
        message("around_barriers", "index 191 is outside 'y', which has 96 elements", "y[i == after", "(95, 0, 0)"))
        << device.id;
    expect_all_but(95, -5, device.id);
    EXPECT_EQ(fault_of([&] { run(device.on, nowhere, nowhere, nowhere); }), "no fault") << device.id;
    expect_all_but(nowhere, 0, device.id);
  }
}

TEST_F(Checked, conditions_that_a_group_takes_as_one) {
  std::vector<std::int32_t> in = {1, 3, 2}, y(96);
  for (const Device& device : devices().all) {
    device.on.over(96).run(faulty::in_uniform_condition, in, y, 2);
    EXPECT_THAT(y, Each(4)) << device.id;
    // No turn is taken where the number of turns is not there.
    const std::string told = fault_of([&] { device.on.over(96).run(faulty::in_uniform_condition, in, y, 3); });
    EXPECT_THAT(told, testing::StartsWith("kernel faulty::in_uniform_condition: index 3 is outside 'x', which has 3 "
                                          "elements (" +
                                          place_of("return x[i]; }") + "), in work-item ("))
        << device.id;
    EXPECT_THAT(y, Each(1)) << device.id;
    // The third group is behind the end.
    in.pop_back();
    y.assign(96, 0);
    const std::string third = fault_of([&] { device.on.over(96).run(faulty::in_uniform_condition, in, y, 1); });
    EXPECT_THAT(third, testing::HasSubstr("index 2 is outside 'x', which has 2 elements")) << device.id;
    EXPECT_EQ(std::count(y.begin(), y.end(), 8), 64) << device.id;
    EXPECT_EQ(std::count(y.begin() + 64, y.end(), 1), 32) << device.id;
    in = {1, 3, 2};
  }
}

TEST_F(Checked, operands_that_are_not_evaluated) {
  std::vector<std::int32_t> in(10, 6), y(10);
  for (const Device& device : devices().all) {
    EXPECT_EQ(fault_of([&] { device.on.run(faulty::guarded, in, y, 4); }), "no fault") << device.id;
    EXPECT_THAT(y, ElementsAre(16, 16, 16, 16, 16, 16, 9, 9, 9, 9)) << device.id;
    EXPECT_EQ(fault_of([&] { device.on.run(faulty::guarded, in, y, 0); }), "no fault") << device.id;
    EXPECT_THAT(y, Each(16)) << device.id;
  }
  in[9] = 4;
  expect("guarded_too_late", "index 10 is outside 'x', which has 10 elements", "y[i] = x[at] > 0 && at", "(9, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::guarded_too_late, in, y, 1); });
}

TEST_F(Checked, arms_of_choices) {
  std::vector<std::int32_t> in = {1, 2, 9, 3}, y(4);
  expect("in_chosen_arm", "the shift count 40 is not between 0 and 31", "x[i] >> shift", "(2, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::in_chosen_arm, in, y, 40); });
  for (const Device& device : devices().all) {
    device.on.run(faulty::in_chosen_arm, in, y, 3);
    EXPECT_THAT(y, ElementsAre(1, 2, 1, 3)) << device.id;
  }
  in[2] = 4;
  for (const Device& device : devices().all) {
    EXPECT_EQ(fault_of([&] { device.on.run(faulty::in_chosen_arm, in, y, -1); }), "no fault") << device.id;
  }
}

TEST_F(Checked, switches) {
  std::vector<std::int32_t> in = {3, 1, 2, 0, -2}, y(5);
  expect("in_switch", "index -2 is outside 'x', which has 5 elements", "switch (x[", "(4, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::in_switch, in, y); });
  in = {2, 3, 2};
  y.assign(3, 0);
  expect("in_switch", "index 3 is outside 'x', which has 3 elements", "switch (x[", "(1, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::in_switch, in, y); });
  in = {2, 1, 0};
  expect("in_switch", "the remainder of 10 by 0 is undefined", "10 % x[i]", "(2, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::in_switch, in, y); });
}

TEST_F(Checked, standard_arrays_in_structs) {
  for (const Device& device : devices().all) {
    std::vector<Box> y(2, Box{{1, 2, 3}, 4});
    EXPECT_EQ(fault_of([&] { device.on.run(faulty::boxed_array, y, 1, 3); }),
              message("boxed_array", "index 3 is outside 'box.parts', which has 3 elements", "box.parts[", "(0, 0, 0)"))
        << device.id;
    EXPECT_THAT(y[0].parts, ElementsAre(1, 2, 3)) << device.id;
    EXPECT_EQ(y[1].last, 4) << device.id;
    EXPECT_EQ(fault_of([&] { device.on.run(faulty::boxed_array, y, 2, 0); }),
              message("boxed_array", "index 2 is outside 'y', which has 2 elements", "Box box = y[at]", "(0, 0, 0)"))
        << device.id;
    device.on.run(faulty::boxed_array, y, 0, 2);
    EXPECT_THAT(y[0].parts, ElementsAre(1, 2, 112)) << device.id;
  }
}

TEST_F(Checked, volumes) {
  for (const Device& device : devices().all) {
    std::vector<float> y(23, 1);
    EXPECT_EQ(
        fault_of([&] { device.on.over({4, 3, 2}).run(faulty::volume, y, 3u, 4u); }),
        message("volume", "index 23 is outside the span, which has 23 elements", "all(global_id<2>()", "(3, 2, 1)"))
        << device.id;
    EXPECT_THAT(y, Each(5)) << device.id;
  }
}

TEST_F(Checked, atomic_operations) {
  for (const Device& device : devices().all) {
    std::vector<std::uint32_t> in = {0, 1, 7, 0}, counts(2, 0), before(4, 9);
    EXPECT_EQ(fault_of([&] { device.on.run(faulty::count, in, counts, before); }),
              message("count", "index 7 is outside 'counts', which has 2 elements", "atomic_add(counts", "(2, 0, 0)"))
        << device.id;
    EXPECT_THAT(counts, ElementsAre(6, 3)) << device.id;
    EXPECT_EQ(before[0] + before[3], 5u) << device.id;
    EXPECT_EQ(before[1], 1u) << device.id;
    EXPECT_EQ(before[2], 1u) << device.id;
  }
}

}  // namespace
