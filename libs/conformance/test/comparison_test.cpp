// What counts as equal.

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <dotcompute/conformance/exclusions.hpp>
#include <dotcompute/kernel/registry.hpp>

#include "accuracy.hpp"
#include "comparison.hpp"

namespace dotcompute::conformance {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(UlpBetween, CountsNumbersOfTheType) {
  EXPECT_EQ(ulp_between(1.0f, 1.0f), 0);
  EXPECT_EQ(ulp_between(1.0f, std::nextafter(1.0f, 2.0f)), 1);
  EXPECT_EQ(ulp_between(1.0, std::nextafter(1.0, 2.0)), 1);
  EXPECT_EQ(ulp_between(3.0f, std::nextafter(std::nextafter(3.0f, 2.0f), 2.0f)), 2);
  EXPECT_EQ(ulp_between(-5.0, -std::nextafter(5.0, 6.0)), 1);
}

TEST(UlpBetween, KnowsTheEndsOfTheNumbers) {
  const float tiny = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(ulp_between(0.0f, tiny), 1);
  EXPECT_EQ(ulp_between(-tiny, tiny), 2);
  EXPECT_EQ(ulp_between(0.0f, -0.0f), 0);
  const float largest = std::numeric_limits<float>::max();
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_EQ(ulp_between(largest, infinite), 1);
  EXPECT_EQ(ulp_between(infinite, infinite), 0);
  EXPECT_EQ(ulp_between(infinite, -infinite), infinity);
  EXPECT_GT(ulp_between(1.0f, infinite), 1e30);
  EXPECT_EQ(ulp_between(std::numeric_limits<double>::max(), infinity), 1);
}

TEST(UlpBetween, TreatsEveryNanAlike) {
  const double nan = std::nan("");
  EXPECT_EQ(ulp_between(nan, -std::nan("7")), 0);
  EXPECT_EQ(ulp_between(nan, 1.0), infinity);
  EXPECT_EQ(ulp_between(1.0, nan), infinity);
}

TEST(UlpBetween, MeasuresInUnitsOfTheScale) {
  EXPECT_NEAR(ulp_between(1e-7f, 2e-7f, 1.0), 1e-7 / 0x1p-23, 1e-3);
  EXPECT_EQ(ulp_between(8.0f, std::nextafter(8.0f, 9.0f), 1.0), 1);
}

/// Two launches of one kernel that differ in the last element of the span at `span` by the bits in `change`.
class Compared : public testing::Test {
 protected:
  static Comparison changed(std::string_view name, std::size_t span, std::uint64_t byte, const Tolerance& tolerance) {
    const KernelDefinition kernel = KernelRegistry::instance().get(name);
    const Arguments expected(kernel, 5, 1);
    Arguments actual = expected;
    Memory& memory = actual.spans()[span];
    memory[memory.size() / 5 * 4 + byte] ^= std::byte{1};
    return compare(actual, expected, tolerance);
  }
};

TEST_F(Compared, NamesTheFirstDifference) {
  const Comparison found = changed("suite::copy<int>", 1, 0, {});
  EXPECT_NE(found.first.find("out[4] is 0x"), std::string::npos) << found.first;
  EXPECT_NE(found.first.find(" instead of 0x"), std::string::npos) << found.first;
}

TEST_F(Compared, NamesTheFieldOfAStruct) {
  // Particle: x, y, speed[2], age.
  const Comparison found = changed("suite::particles", 0, 12, {});
  EXPECT_TRUE(found.first.starts_with("all[4].speed[1] is ")) << found.first;
}

TEST_F(Compared, DoesNotLookAtPadding) {
  // Mixed: a char, then padding up to the double at offset 8.
  EXPECT_EQ(changed("suite::objects::mixed_parameters", 0, 1, {}).first, "");
  EXPECT_NE(changed("suite::objects::mixed_parameters", 0, 0, {}).first, "");
}

TEST(Tolerances, DependOnTheDeviceAndTheKernel) {
  const auto kernel = [](std::string_view name) { return KernelRegistry::instance().get(name); };
  const auto rule = [&](const char* backend, std::string_view name) {
    AcceleratorInfo device;
    device.backend = backend;
    return describe(tolerance_of(device, kernel(name)), kernel(name));
  };
  EXPECT_EQ(rule("cpu", "suite::math::sin<float>"), "exact");
  EXPECT_EQ(rule("minimal", "suite::math::sin<float>"), "exact");
  EXPECT_EQ(rule("opencl", "suite::math::floor<float>"), "exact");
  EXPECT_EQ(rule("opencl", "suite::saxpy<float>"), "exact");
  EXPECT_EQ(rule("opencl", "suite::math::sin<float>"),
            "5.5 ulp: 4 by the OpenCL 1.2 specification, section 7.4, and 1.5 of the reference");
  EXPECT_EQ(rule("cuda", "suite::math::tgamma<double>"),
            "20.5 ulp: 10 by the CUDA C++ Programming Guide, mathematical functions, and 10.5 of the reference");
  EXPECT_EQ(rule("msl-on-host", "suite::math::tanh<float>"),
            "3.01 ulp: 2.5 by the C library's list of known errors and 0.51 of the reference");
  EXPECT_EQ(rule("msl-on-host", "suite::math::acosh<float>"), "exact");
  EXPECT_EQ(rule("opencl", "suite::black_scholes<double>"), "128 ulp: of 2048, the sum of the largest prices");
}

TEST(Exclusions, AreFoundByPattern) {
  const Exclusion list[] = {{"opencl", "*oclgrind 21.10*", "suite::math::lgamma<*>", "wrong", "seen", false}};
  AcceleratorInfo device;
  device.backend = "opencl";
  device.driver = "OpenCL 3.0 (oclgrind 21.10), x";
  EXPECT_EQ(find_exclusion(list, device, "suite::math::lgamma<float>"), &list[0]);
  EXPECT_EQ(find_exclusion(list, device, "suite::math::lgamma"), nullptr);
  EXPECT_EQ(find_exclusion(list, device, "suite::math::sin<float>"), nullptr);
  device.driver = "oclgrind 22.0";
  EXPECT_EQ(find_exclusion(list, device, "suite::math::lgamma<float>"), nullptr);
}

TEST(Exclusions, SayWhyAndHowThatIsKnown) {
  for (const Exclusion& each : exclusions()) {
    EXPECT_FALSE(each.driver.empty() || each.driver == "*") << each.kernel;
    EXPECT_GT(each.reason.size(), 20u) << each.kernel;
    EXPECT_GT(each.evidence.size(), 20u) << each.kernel;
  }
}

}  // namespace

}  // namespace dotcompute::conformance
