// What launches of checked kernels say of each kind of fault, and that no fault touches what is not the item's.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "faulty_kernels.hpp"
#include "fixture.hpp"

namespace {

using namespace checked;
using dotcompute::Launcher;
using faulty::Pair;
using testing::Each;
using testing::ElementsAre;
using testing::StartsWith;

TEST_F(Checked, an_assertion) {
  std::vector<std::int32_t> in(100, 1), out(100);
  in[37] = -4;
  expect("assertion", "the assertion 'x[i] > 0' does not hold", "assert(x[i] > 0)", "(37, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::assertion, in, out); });
  in[37] = 4;
  for (const Device& device : devices().all) device.on.run(faulty::assertion, in, out);
  EXPECT_EQ(out, in);
}

TEST_F(Checked, an_element_that_is_read) {
  std::vector<float> y(10);
  expect("read", "index 12 is outside 'x', which has 10 elements", "y[i] = x[i == bad", "(4, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::read, x, y, 4); });
  for (const Device& device : devices().all) device.on.run(faulty::read, x, y, 10);
  EXPECT_THAT(y, Each(2.5f));
  std::vector<float> nothing;
  expect("back", "index -1 is outside 'x', which has 0 elements", "x.back()", "(0, 0, 0)",
         [&](const Launcher& on) { on.over(1).run(faulty::back, nothing, y); });
}

TEST_F(Checked, an_element_that_is_written_and_no_other_is_touched) {
  for (const Device& device : devices().all) {
    std::vector<float> y(12, 0);
    const std::span<float> inner(y.data() + 1, 10);
    EXPECT_EQ(fault_of([&] { device.on.run(faulty::write, inner, 3); }),
              "kernel faulty::write: index -1 is outside 'y', which has 10 elements (" + place_of("i - bad - 1") +
                  "), in work-item (3, 0, 0)")
        << device.id;
    EXPECT_THAT(y, ElementsAre(0, 2, 2, 2, 0, 2, 2, 2, 2, 2, 2, 0)) << device.id;
  }
}

TEST_F(Checked, an_element_that_is_updated) {
  for (const Device& device : devices().all) {
    std::vector<std::int32_t> y(4, 0);
    EXPECT_THAT(fault_of([&] { device.on.run(faulty::update, y, 5, 1); }),
                StartsWith("kernel faulty::update: index 4 is outside 'y', which has 4 elements"));
    EXPECT_THAT(y, ElementsAre(6, 1, 6, 6)) << device.id;
  }
}

TEST_F(Checked, a_part_of_a_span) {
  std::vector<float> y(3);
  expect("part", "4 elements from index 8 on are outside 'x', which has 10 elements", "x.subspan", "(0, 0, 0)",
         [&](const Launcher& on) { on.over(1).run(faulty::part, x, y, 8, 4); });
  expect("part", "1 element from index 11 on are outside 'x', which has 10 elements", "x.subspan", "(0, 0, 0)",
         [&](const Launcher& on) { on.over(1).run(faulty::part, x, y, 11, 1); });
  for (const Device& device : devices().all) device.on.over(3).run(faulty::part, x, y, 8, 2);
  EXPECT_THAT(y, Each(2.0f));
}

TEST_F(Checked, arrays) {
  std::vector<std::int32_t> y(1);
  expect("local_array", "index 4 is outside 'table', which has 4 elements", "table[index] = 7", "(0, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::local_array, y, 4); });
  expect("standard_array", "index -1 is outside 'table', which has 3 elements", "table[static_cast", "(0, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::standard_array, y, -1); });
  std::vector<Pair> pairs(2);
  expect("member_array", "index 3 is outside 'y[...].parts', which has 3 elements", "y[at].parts", "(0, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::member_array, pairs, 1, 3); });
  expect("member_array", "index 2 is outside 'y', which has 2 elements", "y[at].parts", "(0, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::member_array, pairs, 2, 1); });
  std::vector<std::uint32_t> in(64, 3), counts(8);
  in[50] = 9;
  expect("shared", "index 9 is outside 'bins', which has 8 elements", "atomic_add(bins", "(50, 0, 0)",
         [&](const Launcher& on) { on.over(64).in_groups_of(32).run(faulty::shared, in, counts); });
}

TEST_F(Checked, references) {
  for (const Device& device : devices().all) {
    const auto run = [&](auto kernel, auto& y) { return fault_of([&] { device.on.run(kernel, y, 2); }); };
    const std::string what = ": index 6 is outside 'y', which has 4 elements (";
    std::vector<float> y(4, 1);
    EXPECT_EQ(run(faulty::reference_argument, y),
              "kernel faulty::reference_argument" + what + place_of("add_one(y[i") + "), in work-item (2, 0, 0)");
    EXPECT_THAT(y, ElementsAre(2, 2, 1, 2)) << device.id;
    std::vector<Pair> pairs(4, Pair{1, {1, 1, 1}});
    EXPECT_EQ(run(faulty::reference_variable, pairs),
              "kernel faulty::reference_variable" + what + place_of("Pair& pair") + "), in work-item (2, 0, 0)");
    EXPECT_EQ(pairs[1].first, 3.0f);
    EXPECT_EQ(pairs[1].parts[1], 5);
    EXPECT_EQ(pairs[2].first, 1.0f);
    EXPECT_EQ(run(faulty::reference_result, y),
              "kernel faulty::reference_result" + what + place_of("return y[i]; }") + "), in work-item (2, 0, 0)");
    EXPECT_THAT(y, ElementsAre(8, 8, 1, 8)) << device.id;
  }
}

TEST_F(Checked, parameters_with_an_alignment) {
  faulty::Wide wide{};
  for (int i = 0; i < 16; ++i) wide.values[i] = static_cast<float>(i);
  std::vector<float> y(17, -1);
  expect("aligned", "index 16 is outside 'by.values', which has 16 elements", "by.values[i]", "(16, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::aligned, wide, y); });
  for (const Device& device : devices().all) {
    device.on.over(16).run(faulty::aligned, wide, y);
    EXPECT_THAT(std::vector<float>(y.begin(), y.end() - 1),
                ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
        << device.id;
  }
}

TEST_F(Checked, references_and_pointers_that_are_kept) {
  for (const Device& device : devices().all) {
    std::vector<float> y(4, 1);
    EXPECT_EQ(fault_of([&] { device.on.run(faulty::captured_reference, y, 1); }),
              message("captured_reference", "index 1099511627777 is outside 'y', which has 4 elements",
                      "float& element = y", "(1, 0, 0)"))
        << device.id;
    EXPECT_THAT(y, ElementsAre(6, 1, 6, 6)) << device.id;
    y.assign(4, 1);
    EXPECT_EQ(fault_of([&] { device.on.over(2).run(faulty::swapped_pointers, y, 0); }),
              message("swapped_pointers", "index 1099511627776 is outside 'y', which has 4 elements", "float* to = &y",
                      "(0, 0, 0)"))
        << device.id;
    EXPECT_EQ(y[1], 1) << device.id;
    EXPECT_EQ(y[2], 5) << device.id;
    EXPECT_EQ(y[3], 1) << device.id;
  }
}

TEST_F(Checked, lambdas) {
  std::vector<float> y(4);
  expect("lambda", "index 5 is outside the span, which has 4 elements", "return y[i + offset]", "(1, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::lambda, y, 1); });
}

TEST_F(Checked, arithmetic_without_a_result) {
  std::vector<std::uint32_t> u(1, 5);
  expect("shift", "the shift count 32 is not between 0 and 31", "<< count", "(0, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::shift, u, 32); });
  expect("shift", "the shift count -1 is not between 0 and 31", "<< count", "(0, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::shift, u, -1); });
  std::vector<std::int32_t> y(1, 7);
  expect("divide", "the quotient of 7 by 0 is undefined", "y[i] / by", "(0, 0, 0)", [&](const Launcher& on) {
    y[0] = 7;
    on.run(faulty::divide, y, 0);
  });
  expect("divide", "the quotient of -2147483648 by -1 is beyond what the type can hold", "y[i] / by", "(0, 0, 0)",
         [&](const Launcher& on) {
           y[0] = std::numeric_limits<std::int32_t>::min();
           on.run(faulty::divide, y, -1);
         });
  expect("divide_update", "the quotient of 5 by 0 is undefined", "y[i] /= by", "(0, 0, 0)", [&](const Launcher& on) {
    u[0] = 5;
    on.run(faulty::divide_update, u, 0u);
  });
  std::vector<std::int64_t> wide(1);
  expect("remainder", "the remainder of -9 by 0 is undefined", "y[i] %= by", "(0, 0, 0)", [&](const Launcher& on) {
    wide[0] = -9;
    on.run(faulty::remainder, wide, 0);
  });
}

TEST_F(Checked, conversions) {
  std::vector<std::int32_t> y(3);
  expect("convert", "2147483648 is beyond what std::int32_t can hold", "static_cast<std::int32_t>(x[i])", "(1, 0, 0)",
         [&](const Launcher& on) { on.run(faulty::convert, std::vector<float>{1, 2147483648.0f, 2}, y); });
  expect("convert", "nan is beyond what std::int32_t can hold", "static_cast<std::int32_t>(x[i])", "(2, 0, 0)",
         [&](const Launcher& on) {
           on.run(faulty::convert, std::vector<float>{1, -2147483648.0f, std::numeric_limits<float>::quiet_NaN()}, y);
         });
  std::vector<std::uint8_t> bytes(1);
  expect("convert_narrow", "300 is beyond what std::uint8_t can hold", "static_cast<std::uint8_t>", "(0, 0, 0)",
         [&](const Launcher& on) {
           bytes[0] = 3;
           on.run(faulty::convert_narrow, bytes, 100.0f);
         });
}

TEST_F(Checked, items_of_planes_and_faults_in_conditions) {
  std::vector<float> y(19, 0);
  expect("plane", "index 19 is outside 'y', which has 19 elements", "y[i] = 1;", "(4, 3, 0)",
         [&](const Launcher& on) { on.over({5, 4}).run(faulty::plane, y, 5u); });
  EXPECT_THAT(y, Each(1.0f));
  expect("view", "index 19 is outside the span, which has 19 elements", "plane(global_id<1>()", "(4, 3, 0)",
         [&](const Launcher& on) { on.over({5, 4}).run(faulty::view, y, 5u); });
  EXPECT_THAT(y, Each(4.0f));
  std::vector<std::uint32_t> next = {1, 2, 3, 9}, steps(1);
  expect("in_condition", "index 9 is outside 'next', which has 4 elements", "next[at] != at", "(0, 0, 0)",
         [&](const Launcher& on) { on.over(1).run(faulty::in_condition, next, steps); });
}

}  // namespace
