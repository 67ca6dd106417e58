#include "bind.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "expect_error.hpp"
#include "npy_file.hpp"
#include "png_file.hpp"
#include "sample_kernel.hpp"
#include "scratch_directory.hpp"

namespace dotcompute::tool {
namespace {

using Shape = std::vector<std::uint64_t>;

class Bind : public testing::Test {
 protected:
  /// A file of zeros; returns its path.
  std::string npy(const std::string& name, ScalarType type, const Shape& shape) const {
    return save(name, type, shape, write_npy);
  }
  std::string png(const std::string& name, const Shape& shape) const {
    return save(name, ScalarType::uint8, shape, write_png);
  }

  BoundLaunch bound(const std::vector<dotcompute_parameter>& parameters, std::uint32_t dimensions = 1) const {
    return bind(record_of("demo::kernel", dimensions, parameters), options);
  }

  ScratchDirectory scratch;
  RunOptions options;

 private:
  template <class Write>
  std::string save(const std::string& name, ScalarType type, const Shape& shape, Write write) const {
    Array array;
    array.type = scalar_element(type);
    array.shape = shape;
    array.bytes = Bytes(array.count() * array.type.size_bytes, "a test");
    OutputFile file(scratch.path(name));
    write(file, array);
    file.commit();
    return scratch.path(name);
  }
};

TEST_F(Bind, TheLongestArrayIsTheGrid) {
  options.arguments = {{"x", npy("x.npy", ScalarType::float32, {5})}, {"y", npy("y.npy", ScalarType::float32, {2, 4})}};
  options.outputs = {{"z", scratch.path("z.npy")}};
  const BoundLaunch launch = bound({read_span("x"), written_span("y"), written_span("z")});
  EXPECT_EQ(launch.grid, Extent(8));
  EXPECT_EQ(launch.parameters[2].array.shape, Shape{8});
  EXPECT_EQ(launch.parameters[1].array.shape, (Shape{2, 4}));
}

TEST_F(Bind, OverWins) {
  options.arguments = {{"x", npy("x.npy", ScalarType::float32, {5})}};
  options.outputs = {{"z", scratch.path("z.npy")}};
  options.over = Extent(3, 2);
  EXPECT_EQ(bound({read_span("x"), written_span("z")}).parameters[1].array.shape, (Shape{2, 3}));
}

TEST_F(Bind, AShapeCountsForTheGrid) {
  options.outputs = {{"z", scratch.path("z.npy")}};
  options.shapes = {{"z", "4x3x2:float32"}};
  const BoundLaunch launch = bound({written_span("z")}, 3);
  EXPECT_EQ(launch.grid, Extent(4, 3, 2));
  EXPECT_EQ(launch.parameters[0].array.shape, (Shape{2, 3, 4}));
}

TEST_F(Bind, AShapeWithoutAnOutputIsScratchMemory) {
  options.shapes = {{"z", "7"}};
  EXPECT_EQ(bound({written_span("z")}).parameters[0].array.count(), 7U);
}

TEST_F(Bind, APictureIsWidthByHeightWhateverItsChannels) {
  options.arguments = {{"in", png("in.png", {3, 5, 3})}};
  options.outputs = {{"out", scratch.path("out.png")}};
  const std::vector<dotcompute_parameter> parameters = {read_span("in", byte_type), written_span("out", byte_type)};
  EXPECT_EQ(bound(parameters, 2).grid, Extent(5, 3));
  EXPECT_EQ(bound(parameters, 2).parameters[1].array.shape, (Shape{3, 5}));
  options.shapes = {{"out", "2x4x3"}};
  EXPECT_EQ(bound(parameters, 2).parameters[1].array.shape, (Shape{4, 2, 3}));
}

TEST_F(Bind, AnEmptyArrayIsAnEmptyGrid) {
  options.arguments = {{"x", npy("x.npy", ScalarType::float32, {0})}};
  EXPECT_EQ(bound({read_span("x")}).grid, Extent(0));
}

TEST_F(Bind, ValuesAreTyped) {
  options.arguments = {
      {"a", "2.5"}, {"b", npy("b.npy", ScalarType::float32, {})}, {"x", npy("x.npy", ScalarType::float32, {1})}};
  const BoundLaunch launch = bound({value_parameter("a"), value_parameter("b"), read_span("x")});
  float a = 0;
  std::memcpy(&a, launch.parameters[0].array.bytes.data(), sizeof a);
  EXPECT_EQ(a, 2.5F);
  EXPECT_EQ(launch.parameters[1].array.shape, Shape{});
}

TEST_F(Bind, WritesNothingButTheOutput) {
  options.arguments = {{"x", npy("x.npy", ScalarType::float32, {2})}};
  options.outputs = {{"x", scratch.path("out.npy")}};
  write_output(bound({written_span("x")}).parameters[0].array, scratch.path("out.npy"));
  EXPECT_EQ(scratch.file_count(), 2U);
  EXPECT_EQ(read_npy(InputFile(scratch.path("out.npy"))).shape, Shape{2});
}

TEST_F(Bind, SaysWhatDoesNotFit) {
  const std::string x = npy("x.npy", ScalarType::float32, {4});
  const auto fails = [&](const std::vector<dotcompute_parameter>& parameters, ExitStatus status,
                         const std::string& message, std::uint32_t dimensions = 1) {
    expect_error(status, message, [&] { (void)bound(parameters, dimensions); });
  };
  options.arguments = {{"x", x}, {"q", "1"}};
  fails({read_span("x")}, ExitStatus::input, "kernel demo::kernel has no parameter 'q'; its parameters are: x");
  fails({}, ExitStatus::input, "its parameters are: none");
  options.arguments = {{"x", x}, {"x", x}};
  fails({read_span("x")}, ExitStatus::usage, "--arg x=... is given twice");
  options.arguments = {{"x", x}};
  fails({read_span("x"), value_parameter("a"), written_span("z")}, ExitStatus::input,
        "kernel demo::kernel is called without 'a' (float): --arg a=VALUE, 'z' (std::span<float>): --arg z=FILE or "
        "--out z=FILE");
  fails({read_span("x", byte_type)}, ExitStatus::input, "takes uint8 (std::span<const unsigned char>), but '");
  fails({read_span("x")}, ExitStatus::input,
        "works on a 2-D grid, but its longest array 'x' has 1 axis; add --over WxH", 2);
  options.outputs = {{"x", scratch.path("a.npy")}, {"y", scratch.path("a.npy")}};
  options.arguments = {{"x", x}, {"y", x}};
  fails({written_span("x"), written_span("y")}, ExitStatus::usage, "--out x=... and --out y=... both name '");
  options.outputs = {{"x", scratch.path("a.npy")}};
  fails({read_span("x"), written_span("y")}, ExitStatus::input,
        "only reads parameter 'x' (std::span<const float>), so it has no output");
  options.outputs = {};
  options.shapes = {{"x", "5"}};
  fails({read_span("x"), read_span("y")}, ExitStatus::input,
        "the sizes do not agree: the file given for 'x' has shape (4,)");
  options.shapes = {{"x", "4:int8"}};
  fails({read_span("x"), read_span("y")}, ExitStatus::input, "has elements of float32, not int8");
}

}  // namespace
}  // namespace dotcompute::tool
