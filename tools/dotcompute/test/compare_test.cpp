#include "compare.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "expect_error.hpp"
#include "table.hpp"

namespace dotcompute::tool {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr std::uint64_t incomparable = std::numeric_limits<std::uint64_t>::max();

template <class T>
Comparison compared(const std::vector<T>& reference, const std::vector<T>& result, const std::string& rule = "exact") {
  return compare(scalar_element(scalar_type_of<T>()), reinterpret_cast<const std::byte*>(reference.data()),
                 reinterpret_cast<const std::byte*>(result.data()), reference.size(), parse_tolerance(rule));
}

TEST(UlpDistance, CountsSteps) {
  EXPECT_EQ(ulp_distance(1.0F, 1.0F), 0U);
  EXPECT_EQ(ulp_distance(1.0F, std::nextafter(1.0F, 2.0F)), 1U);
  EXPECT_EQ(ulp_distance(std::nextafter(1.0F, 0.0F), std::nextafter(1.0F, 2.0F)), 2U);
  EXPECT_EQ(ulp_distance(0.0F, -0.0F), 0U);
  const float tiny = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(ulp_distance(-tiny, tiny), 2U);
  EXPECT_EQ(ulp_distance(std::numeric_limits<float>::max(), infinity), 1U);
  EXPECT_EQ(ulp_distance(-infinity, infinity), 2U * 0x7f800000U);
  EXPECT_EQ(ulp_distance(nan, -nan), 0U);
  EXPECT_EQ(ulp_distance(nan, 1.0F), incomparable);
  EXPECT_EQ(ulp_distance(-1.0, std::nextafter(-1.0, -2.0)), 1U);
  EXPECT_EQ(ulp_distance(-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()),
            2U * 0x7ff0000000000000U);
}

TEST(UlpDistance, IsSymmetricAndAdds) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 10000; ++round) {
    const float a = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isfinite(a)) continue;
    float b = a;
    const auto steps = random() % 20;
    for (unsigned i = 0; i < steps; ++i) b = std::nextafter(b, infinity);
    // nextafter takes -0 and +0 for one place, as the distance does.
    EXPECT_EQ(ulp_distance(a, b), std::isinf(b) ? ulp_distance(b, a) : steps) << a;
    EXPECT_EQ(ulp_distance(a, b), ulp_distance(b, a));
  }
}

TEST(Compare, HalvesAreNumbers) {
  const auto bits = [](const std::vector<std::uint16_t>& reference, const std::vector<std::uint16_t>& result,
                       const std::string& rule) {
    return compare(half_element(), reinterpret_cast<const std::byte*>(reference.data()),
                   reinterpret_cast<const std::byte*>(result.data()), reference.size(), parse_tolerance(rule));
  };
  const Comparison found = bits({0x3c00, 0x7e00, 0x0001}, {0x3c02, 0xfe01, 0x8001}, "ulp=2");
  EXPECT_TRUE(found.agrees());
  EXPECT_EQ(found.unequal, 2U) << "a NaN is like any other";
  EXPECT_EQ(found.largest_ulps, 2U);
  EXPECT_TRUE(found.has_floats);
  const Comparison exact = bits({0x3c00}, {0x3c01}, "exact");
  EXPECT_FALSE(exact.agrees());
  EXPECT_EQ(exact.first_reference, "1");
}

TEST(Compare, ExactMeansBitForBitButForNaN) {
  const float other_nan = std::bit_cast<float>(0xffc12345U);
  EXPECT_TRUE(compared<float>({1, nan, infinity, -0.0F}, {1, other_nan, infinity, -0.0F}).agrees());
  const Comparison zero = compared<float>({1, 0.0F}, {1, -0.0F});
  EXPECT_EQ(zero.different, 1U);
  EXPECT_EQ(zero.largest(), "0 (sign of zero)");
  EXPECT_EQ(zero.first_element, 1U);
  const Comparison number = compared<float>({nan}, {1});
  EXPECT_EQ(number.different, 1U);
  EXPECT_EQ(number.largest(), "NaN against a number");
  EXPECT_EQ(compared<float>({}, {}).largest(), "0");
  EXPECT_TRUE(compared<float>({1}, {1}).has_floats);
  EXPECT_FALSE(compared<std::int32_t>({1}, {1}).has_floats);
}

TEST(Compare, NamesTheFirstAndTheLargest) {
  std::vector<double> reference(10000, 1.0);
  std::vector<double> result = reference;
  result[9000] = 3;
  result[5000] = 1.5;
  const Comparison found = compared(reference, result);
  EXPECT_EQ(found.different, 2U);
  EXPECT_EQ(found.first_element, 5000U);
  EXPECT_EQ(found.first_reference, "1");
  EXPECT_EQ(found.first_result, "1.5");
  EXPECT_EQ(found.largest_absolute, 2.0);
}

TEST(Compare, IntegersOfEveryWidth) {
  EXPECT_EQ(compared<std::int8_t>({-128}, {127}).largest_absolute, 255.0);
  EXPECT_EQ(
      compared<std::int64_t>({std::numeric_limits<std::int64_t>::min()}, {std::numeric_limits<std::int64_t>::max()})
          .largest_absolute,
      std::pow(2.0, 64));
  EXPECT_EQ(compared<std::uint16_t>({3}, {5}).largest(), "2");
  EXPECT_FALSE(compared<std::uint32_t>({3}, {4}, "ulp=9").agrees());
  EXPECT_TRUE(compared<std::uint32_t>({3}, {4}, "abs=1").agrees());
}

TEST(Compare, AnyLimitIsEnough) {
  EXPECT_TRUE(compared<float>({100}, {101}, "rel=0.01").agrees());
  EXPECT_FALSE(compared<float>({100}, {101.1F}, "rel=0.01").agrees());
  EXPECT_TRUE(compared<float>({0}, {1e-7F}, "abs=1e-6,rel=0.01").agrees());
  EXPECT_TRUE(compared<float>({1}, {std::nextafter(1.0F, 2.0F)}, "ulp=1").agrees());
  EXPECT_FALSE(compared<float>({1}, {std::nextafter(1.0F, 2.0F)}, "ulp=0").agrees());
  EXPECT_TRUE(compared<float>({0.0F}, {-0.0F}, "ulp=0").agrees());
  EXPECT_FALSE(compared<float>({infinity}, {1}, "rel=1").agrees());
  EXPECT_FALSE(compared<float>({nan}, {1}, "abs=1e30,rel=1,ulp=1000000").agrees());
}

TEST(Compare, StructsByFieldAndNotByPadding) {
  ElementType type;
  type.kind = ElementType::Kind::structure;
  type.size_bytes = 12;
  type.fields.push_back({"flag", 0, scalar_element(ScalarType::uint8)});
  type.fields.push_back({"p", 4, array_element(scalar_element(ScalarType::float32), 2)});
  std::vector<std::byte> reference(24);
  std::vector<std::byte> result(24);
  result[1] = std::byte{9};
  EXPECT_TRUE(compare(type, reference.data(), result.data(), 2, {}).agrees());
  result[23] = std::byte{0x40};
  const Comparison found = compare(type, reference.data(), result.data(), 2, {});
  EXPECT_EQ(found.different, 1U);
  EXPECT_EQ(found.first_element, 1U);
  EXPECT_EQ(found.first_field, "p[1]");
  EXPECT_EQ(found.first_result, "2");
}

TEST(Tolerance, IsParsedAndPrinted) {
  EXPECT_EQ(parse_tolerance("exact").rule(), "exact");
  EXPECT_EQ(parse_tolerance("abs=1e-6,rel=0.5,ulp=4").rule(), "<= 1e-06 absolute or <= 0.5 relative or <= 4 ULP");
  for (const char* text : {"", "4", "ulps=4", "abs=1,", "abs"}) {
    expect_invalid(
        text == std::string("abs") ? "is not a limit for abs" : "is no limit; write it like abs=1e-6,rel=1e-5,ulp=4",
        [&] { (void)parse_tolerance(text); });
  }
  expect_invalid("'-1' is not a limit for rel", [] { (void)parse_tolerance("rel=-1"); });
  expect_invalid("'nan' is not a limit for abs", [] { (void)parse_tolerance("abs=nan"); });
  expect_invalid("'1.5' is not a limit for ulp; write an integer", [] { (void)parse_tolerance("ulp=1.5"); });
}

TEST(Table, AlignsCharactersAndLeavesNoTrailingSpaces) {
  Table table({"device", "time", "verdict"});
  table.add({"cpu", "1 \xc2\xb5s", "equal"});
  table.add({"reference", "12 s"});
  EXPECT_EQ(table.text(),
            "device     time  verdict\n"
            "cpu        1 \xc2\xb5s  equal\n"
            "reference  12 s\n");
}

TEST(Table, TimesHaveAUnit) {
  EXPECT_EQ(describe_seconds(3.5e-7), "350 ns");
  EXPECT_EQ(describe_seconds(1.25e-5), "12.5 us");
  EXPECT_EQ(describe_seconds(0.0032), "3.2 ms");
  EXPECT_EQ(describe_seconds(1.84), "1.84 s");
}

}  // namespace
}  // namespace dotcompute::tool
