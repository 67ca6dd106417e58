// Kernels that arrive as C++ source: the whole way through kernelc, the loader and a launch.

#include <dotcompute/dotcompute.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using dotcompute::arg;
using dotcompute::CompilationError;
using dotcompute::KernelDefinition;
using dotcompute::KernelSource;
using dotcompute::Runtime;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

/// late::scale, which multiplies by `factor`.
KernelSource scale_by(const std::string& factor) {
  return {.name = "scale.cpp",
          .text = R"(#include <dotcompute/kernel.hpp>
namespace late {
DOTCOMPUTE_KERNEL void scale(std::span<const float> in, std::span<float> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < out.size()) out[i] = in[i] * )" +
                  factor + R"(;
}
}
)"};
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const dotcompute::ComputeError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Source, a_text_becomes_kernels_that_run_on_every_device) {
  Runtime runtime = Runtime::create();
  const std::vector<KernelDefinition> kernels = runtime.add_source(scale_by("2.5f"));
  ASSERT_EQ(kernels.size(), 1u);
  EXPECT_EQ(kernels[0].name(), "late::scale");
  EXPECT_EQ(kernels[0].parameters().size(), 2u);
  const std::vector<float> in{1, 2, 3};
  for (const char* device : {"cpu", "reference"}) {
    const auto scaled = runtime.on(device).run<std::vector<float>>("late::scale", arg("in", in));
    EXPECT_THAT(scaled.value, ElementsAre(2.5f, 5.0f, 7.5f));
    EXPECT_EQ(scaled.report.accelerator, device);
  }
}

enum class Mode : std::uint8_t { half, twice };

TEST(Source, enumerations_are_passed_by_value_and_in_spans) {
  Runtime runtime = Runtime::create();
  runtime.add_source({.name = "modes.cpp", .text = R"(#include <dotcompute/kernel.hpp>
enum class Mode : std::uint8_t { half, twice };
DOTCOMPUTE_KERNEL void apply(Mode usual, std::span<const Mode> modes, std::span<float> values) {
  const std::size_t i = dotcompute::global_id();
  if (i >= values.size()) return;
  values[i] *= (i < modes.size() ? modes[i] : usual) == Mode::twice ? 2.0f : 0.5f;
}
)"});
  const std::vector<Mode> modes{Mode::half, Mode::twice};
  for (const char* device : {"cpu", "reference"}) {
    std::vector<float> values{8, 8, 8};
    runtime.on(device).run("apply", arg("usual", Mode::twice), arg("modes", modes), arg("values", values));
    EXPECT_THAT(values, ElementsAre(4.0f, 16.0f, 16.0f));
  }
}

TEST(Source, options_reach_the_compiler) {
  Runtime runtime = Runtime::create();
  KernelSource source = scale_by("FACTOR");
  source.options = {"-DFACTOR=3.0f"};
  runtime.add_source(source);
  std::vector<float> values(1000, 2.0f);
  runtime.run("late::scale", arg("in", values), arg("out", values));
  EXPECT_THAT(values, Each(6.0f));
}

TEST(Source, a_file_becomes_kernels) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "dotcompute_source_test_scale.cpp";
  std::ofstream(file) << scale_by("4.0f").text;
  Runtime runtime = Runtime::create();
  EXPECT_EQ(runtime.add_file(file.string()).size(), 1u);
  std::filesystem::remove(file);
  const std::vector<float> in{1};
  EXPECT_THAT(runtime.run<std::vector<float>>("late::scale", arg("in", in)).value, ElementsAre(4.0f));
}

TEST(Source, a_source_of_the_same_name_replaces_the_earlier_one) {
  Runtime runtime = Runtime::create();
  const std::vector<KernelDefinition> first = runtime.add_source(scale_by("2.0f"));
  std::vector<float> values{1};
  const dotcompute::PreparedLaunch launch = runtime.prepare("late::scale", arg("in", values), arg("out", values));
  launch.run();
  runtime.add_source(scale_by("5.0f"));
  launch.run();
  runtime.run("late::scale", arg("in", values), arg("out", values));
  EXPECT_THAT(values, ElementsAre(50.0f));
  EXPECT_EQ(first[0].name(), "late::scale");
}

TEST(Source, a_rejected_source_says_where_and_leaves_the_earlier_one) {
  Runtime runtime = Runtime::create();
  runtime.add_source(scale_by("2.0f"));
  try {
    runtime.add_source(scale_by("2.0f +"));
    FAIL() << "the source is no C++";
  } catch (const CompilationError& error) {
    EXPECT_THAT(error.what(), HasSubstr("scale.cpp"));
    EXPECT_THAT(error.context().cause, AllOf(HasSubstr("scale.cpp:5:"), HasSubstr("error:"), HasSubstr("^")));
  }
  std::vector<float> values{1};
  runtime.run("late::scale", arg("in", values), arg("out", values));
  EXPECT_THAT(values, ElementsAre(2.0f));
}

TEST(Source, a_file_that_is_missing_is_named) {
  Runtime runtime = Runtime::create();
  EXPECT_THAT(message_of([&] { runtime.add_file("no_such_kernels.cpp"); }), HasSubstr("no_such_kernels.cpp"));
}

TEST(Source, a_compiler_that_is_missing_is_named) {
  Runtime runtime = Runtime::create({.kernelc_path = "/no/such/kernelc"});
  EXPECT_THAT(message_of([&] { runtime.add_source(scale_by("1.0f")); }), HasSubstr("/no/such/kernelc"));
}

TEST(Source, kernels_go_with_their_runtime) {
  const Runtime other = Runtime::create();
  std::vector<float> values{1};
  {
    Runtime runtime = Runtime::create();
    runtime.add_source(scale_by("2.0f"));
    other.run("late::scale", arg("in", values), arg("out", values));
  }
  EXPECT_THAT(values, ElementsAre(2.0f));
  EXPECT_THAT(message_of([&] { other.run("late::scale", arg("in", values), arg("out", values)); }),
              HasSubstr("late::scale"));
}

TEST(Source, a_runtime_waits_for_launches_of_kernels_that_it_unloads) {
  dotcompute::UnifiedBuffer<float> values(std::vector<float>(2'000'000, 1.0f));
  {
    Runtime runtime = Runtime::create();
    runtime.add_source(scale_by("3.0f"));
    auto task = runtime.execute("late::scale", arg("in", values), arg("out", values));
    runtime.add_source(scale_by("4.0f"));
    task.get();
  }
  EXPECT_THAT(values.span(), Each(3.0f));
}

}  // namespace
