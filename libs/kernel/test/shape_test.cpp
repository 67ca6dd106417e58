#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include <dotcompute/kernel/shape.hpp>

namespace {

using dotcompute::parameter_shapes;
using dotcompute::ParameterShape;
using dotcompute::ScalarType;

struct Particle {
  double position[3];
  float mass;
};

TEST(ParameterShapes, DescribesScalars) {
  constexpr auto shapes = parameter_shapes<float, bool, long, const std::uint8_t>();
  EXPECT_EQ(shapes[0], (ParameterShape{false, false, false, ScalarType::float32, 4, 4}));
  EXPECT_EQ(shapes[1], (ParameterShape{false, false, false, ScalarType::boolean, 1, 1}));
  EXPECT_EQ(shapes[2], (ParameterShape{false, false, false, ScalarType::int64, 8, 8}));
  EXPECT_EQ(shapes[3], (ParameterShape{false, false, false, ScalarType::uint8, 1, 1}));
}

TEST(ParameterShapes, AnEnumerationIsItsUnderlyingType) {
  enum class Narrow : std::uint8_t { a };
  enum Plain : std::int16_t { b };
  EXPECT_EQ((parameter_shapes<Narrow, std::span<const Plain>>()),
            (parameter_shapes<std::uint8_t, std::span<const std::int16_t>>()));
}

TEST(ParameterShapes, TellsReadFromWrittenSpans) {
  constexpr auto shapes = parameter_shapes<std::span<const double>, std::span<double>, const std::span<double>>();
  EXPECT_EQ(shapes[0], (ParameterShape{true, false, false, ScalarType::float64, 8, 8}));
  EXPECT_EQ(shapes[1], (ParameterShape{true, true, false, ScalarType::float64, 8, 8}));
  EXPECT_EQ(shapes[2], shapes[1]);
}

TEST(ParameterShapes, DescribesStructsBySizeAndAlignment) {
  constexpr auto shapes = parameter_shapes<Particle, std::span<const Particle>, std::array<float, 3>>();
  EXPECT_EQ(shapes[0], (ParameterShape{false, false, true, ScalarType{}, 32, 8}));
  EXPECT_EQ(shapes[1], (ParameterShape{true, false, true, ScalarType{}, 32, 8}));
  EXPECT_EQ(shapes[2], (ParameterShape{false, false, true, ScalarType{}, 12, 4}));
}

TEST(ParameterShapes, IsEmptyForAKernelWithoutParameters) { EXPECT_TRUE(parameter_shapes<>().empty()); }

}  // namespace
