#include "value.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "expect_error.hpp"

namespace dotcompute::tool {
namespace {

template <class T>
T parsed(std::string_view text) {
  const ScalarBytes bytes = parse_scalar(text, scalar_type_of<T>());
  T value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

TEST(ParseHalf, RoundsToTheNearest) {
  const auto bits = [](std::string_view text) {
    std::uint16_t value = 0;
    std::memcpy(&value, parse_half(text).data(), sizeof value);
    return value;
  };
  EXPECT_EQ(bits("1.5"), 0x3e00);
  EXPECT_EQ(bits("-65520"), 0xfc00);
  EXPECT_EQ(bits("6e-8"), 0x0001);
  expect_invalid("is not a number", [] { static_cast<void>(parse_half("two")); });
}

TEST(ParseScalar, TakesEveryTypeToItsLimits) {
  EXPECT_TRUE(parsed<bool>("true"));
  EXPECT_FALSE(parsed<bool>("false"));
  EXPECT_EQ(parsed<std::int8_t>("-128"), -128);
  EXPECT_EQ(parsed<std::int8_t>("+127"), 127);
  EXPECT_EQ(parsed<std::uint8_t>("0xff"), 255);
  EXPECT_EQ(parsed<std::int16_t>("-0x8000"), -32768);
  EXPECT_EQ(parsed<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(parsed<std::int32_t>("-2147483648"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(parsed<std::uint32_t>("4294967295"), 4294967295U);
  EXPECT_EQ(parsed<std::int64_t>("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parsed<std::uint64_t>("0XFFFFFFFFFFFFFFFF"), ~std::uint64_t{0});
  EXPECT_EQ(parsed<std::uint64_t>("-0"), 0U);
  EXPECT_EQ(parsed<float>("2.5"), 2.5F);
  EXPECT_EQ(parsed<float>("-1e-3"), -1e-3F);
  EXPECT_EQ(parsed<float>("3"), 3.0F);
  EXPECT_EQ(parsed<double>("0x1.8p1"), 3.0);
  EXPECT_EQ(parsed<double>("-inf"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(parsed<float>("nan")));
  EXPECT_TRUE(std::signbit(parsed<float>("-0.0")));
  EXPECT_EQ(parsed<double>("4.9e-324"), std::numeric_limits<double>::denorm_min());
}

TEST(ParseScalar, SaysWhatIsWrong) {
  expect_invalid("'1' is not a bool; write true or false", [] { parsed<bool>("1"); });
  expect_invalid("'128' is out of range for int8: -128 to 127", [] { parsed<std::int8_t>("128"); });
  expect_invalid("'-1' is out of range for uint8: 0 to 255", [] { parsed<std::uint8_t>("-1"); });
  expect_invalid("'99999999999999999999' is out of range for uint64",
                 [] { parsed<std::uint64_t>("99999999999999999999"); });
  expect_invalid("'-9223372036854775809' is out of range for int64",
                 [] { parsed<std::int64_t>("-9223372036854775809"); });
  for (const char* text : {"", "1.0", "1 ", " 1", "0x", "--1", "+-1", "1u", "abc"}) {
    expect_invalid("is not an integer (int32)", [&] { parsed<std::int32_t>(text); });
  }
  expect_invalid("'1e39' is out of range for float32", [] { parsed<float>("1e39"); });
  for (const char* text : {"", "1.0f", "1,5", "--1", "1e", "0x"}) {
    expect_invalid("is not a number (float32); write it like 2.5, 1e-3, inf or nan", [&] { parsed<float>(text); });
  }
}

TEST(ParseShape, TakesSizesAndAType) {
  EXPECT_EQ(parse_shape("1024x768:float32").sizes, (std::vector<std::uint64_t>{1024, 768}));
  EXPECT_EQ(parse_shape("1024x768:float32").type, "float32");
  EXPECT_EQ(parse_shape("0").sizes, (std::vector<std::uint64_t>{0}));
  EXPECT_EQ(parse_shape("2x3x4x5").sizes.size(), 4U);
  EXPECT_EQ(parse_shape("7:physics::Particle").type, "physics::Particle");
  for (const char* text : {"", "x", "3x", "x3", "3X4", "-1", "3x4 ", "99999999999999999999"}) {
    expect_invalid("is not a size; write it like 1024, 640x480 or 64x64x64", [&] { (void)parse_shape(text); });
  }
  expect_invalid("has no type after ':'", [] { (void)parse_shape("3:"); });
}

TEST(ParseExtent, TakesUpToThreeDimensions) {
  EXPECT_EQ(parse_extent("5"), Extent(5));
  EXPECT_EQ(parse_extent("5x6"), Extent(5, 6));
  EXPECT_EQ(parse_extent("0x6x7"), Extent(0, 6, 7));
  EXPECT_EQ(describe_extent({5, 1, 2}), "5x1x2");
  EXPECT_EQ(describe_extent({5, 2}), "5x2");
  EXPECT_EQ(describe_extent({5}), "5");
  expect_invalid("more than three dimensions", [] { (void)parse_extent("1x1x1x1"); });
  expect_invalid("more than 2^64 work-items", [] { (void)parse_extent("4294967296x4294967296"); });
}

TEST(SplitNamed, NeedsANameAndAText) {
  EXPECT_EQ(split_named("--arg", "a=b=c").name, "a");
  EXPECT_EQ(split_named("--arg", "a=b=c").text, "b=c");
  for (const char* text : {"a", "=b", "a=", ""}) {
    expect_error(ExitStatus::usage, "write it like --arg NAME=...", [&] { (void)split_named("--arg", text); });
  }
}

TEST(SplitSource, FindsTheKernelAfterTheExtension) {
  const auto split = [](std::string_view text) {
    const SourceAndKernel parts = split_source(text);
    return parts.file + "|" + parts.kernel;
  };
  EXPECT_EQ(split("a.cpp"), "a.cpp|");
  EXPECT_EQ(split("a.cpp:f"), "a.cpp|f");
  EXPECT_EQ(split("a.cpp:sorting::merge<double, true>"), "a.cpp|sorting::merge<double, true>");
  EXPECT_EQ(split("/x:y.z/a.b.cpp:n::f"), "/x:y.z/a.b.cpp|n::f");
  EXPECT_EQ(split("../a.cpp:n::f"), "../a.cpp|n::f");
  EXPECT_EQ(split("kernels:f"), "kernels|f");
}

}  // namespace
}  // namespace dotcompute::tool
