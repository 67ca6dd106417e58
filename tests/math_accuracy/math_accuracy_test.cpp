// The page's arguments, but fewer of them: no error is beyond what is stated, and what should be equal is.

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "table.hpp"

namespace accuracy {

namespace {

class MathAccuracy : public testing::TestWithParam<const char*> {};

TEST_P(MathAccuracy, IsAsStated) {
  const Devices devices;
  int rows = 0;
  for_each_row(devices, GetParam(), Density::test, [&](const Row& row) {
    ++rows;
    SCOPED_TRACE(row.function);
    EXPECT_TRUE(keeps(row.reference.largest_ulp, row.stated_reference))
        << row.reference.largest_ulp << " ulp at " << row.reference.at << ", and " << row.stated_reference
        << " is stated";
    EXPECT_EQ(row.reference.special, "");
    EXPECT_EQ(row.unequal, "");
    EXPECT_FALSE(row.equal.empty());
    if (!row.opencl || !row.opencl_excluded.empty()) return;
    EXPECT_TRUE(keeps(row.opencl->largest_ulp, row.stated_opencl))
        << "OpenCL: " << row.opencl->largest_ulp << " ulp at " << row.opencl->at << ", and " << row.stated_opencl
        << " is stated";
    EXPECT_EQ(row.opencl->special, "") << "OpenCL";
  });
  EXPECT_GT(rows, 50);
}

INSTANTIATE_TEST_SUITE_P(Types, MathAccuracy, testing::Values("float", "double"),
                         [](const auto& each) { return std::string(each.param); });

TEST(Measured, TellsAWrongResultFromARightOne) {
  const Columns<float> columns{{{{1.0f, 4.0f, 2.0f}}}, 0};
  for (const Function& function : functions()) {
    if (function.name != "sqrt") continue;
    const Case<float> of = make_case(function, columns);
    EXPECT_LE(measure(of, {1.0f, 2.0f, 1.41421354f}, 0).largest_ulp, 0.5);
    const Measured wrong = measure(of, {1.0f, 2.00000024f, 1.41421354f}, 0);
    EXPECT_DOUBLE_EQ(wrong.largest_ulp, 1);
    EXPECT_EQ(wrong.at, "4");
    EXPECT_NE(measure(of, {1.0f, std::nanf(""), 1.41421354f}, 0).special, "");
    EXPECT_NE(difference(of, {1.0f, 2.0f, 1.5f}, {1.0f, 2.0f, 1.25f}), "");
    return;
  }
  FAIL() << "there is no sqrt";
}

}  // namespace

}  // namespace accuracy
