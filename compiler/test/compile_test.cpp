#include "driver/compile.hpp"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kernelc {

namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* saxpy = R"(#include <dotcompute/kernel.hpp>
namespace demo {
DOTCOMPUTE_KERNEL void saxpy(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size()) y[i] = a * x[i] + y[i];
}
}
)";

CompileOptions options_for(const std::string& text, Emit emit) {
  CompileOptions options;
  options.file = "saxpy.cpp";
  options.text = text;
  options.emit = emit;
  options.unit = "dotcompute_unit_test";
  options.host_options = {"-std=c++20", KERNEL_INCLUDES};
  return options;
}

std::string text_of(const CompileResult& result) { return {result.output.begin(), result.output.end()}; }

TEST(Compile, GivesTheSameBytesForTheSameInput) {
  for (const Emit emit : {Emit::object, Emit::shared, Emit::cpu, Emit::model}) {
    const CompileResult first = compile(options_for(saxpy, emit));
    ASSERT_TRUE(first.ok) << first.diagnostics;
    EXPECT_EQ(first.output, compile(options_for(saxpy, emit)).output);
  }
}

TEST(Compile, ModelTellsParametersAndDimensions) {
  const CompileResult result = compile(options_for(saxpy, Emit::model));
  ASSERT_TRUE(result.ok) << result.diagnostics;
  EXPECT_THAT(text_of(result), HasSubstr(R"("name": "demo::saxpy")"));
  EXPECT_THAT(text_of(result), HasSubstr(R"("type": "std::span<const float>")"));
  EXPECT_THAT(text_of(result), HasSubstr(R"("dimensions": 1)"));
  EXPECT_THAT(text_of(result), HasSubstr("(global-id 0)"));
}

TEST(Compile, CpuCodeIsVectorAndNeverContracted) {
  const CompileResult result = compile(options_for(saxpy, Emit::cpu));
  ASSERT_TRUE(result.ok) << result.diagnostics;
  EXPECT_THAT(text_of(result), HasSubstr("x float>"));
  EXPECT_THAT(text_of(result), HasSubstr("x86-64-v4"));
  EXPECT_THAT(text_of(result), Not(HasSubstr("fmuladd")));
  EXPECT_THAT(text_of(result), Not(HasSubstr("fast")));
}

TEST(Compile, DependenciesHoldTheHeadersAndNothingOfOurOwnMaking) {
  const CompileResult result = compile(options_for(saxpy, Emit::model));
  const auto& files = result.dependencies;
  EXPECT_TRUE(std::any_of(files.begin(), files.end(), [](const auto& f) { return f.ends_with("dotcompute/kernel.hpp"); }));
  EXPECT_TRUE(std::none_of(files.begin(), files.end(), [](const auto& f) { return f.find("kernelc-generated") != std::string::npos; }));
}

TEST(Compile, EqualKernelsHaveEqualHashesWhateverTheirLine) {
  const auto hash = [](const std::string& text) {
    const std::string model = text_of(compile(options_for(text, Emit::model)));
    const std::size_t at = model.find("content_hash");
    return model.substr(at, 84);
  };
  std::string other = saxpy;
  other.replace(other.find("a * x[i]"), 8, "a + x[i]");
  EXPECT_EQ(hash(saxpy), hash(std::string("\n\n// a comment\n") + saxpy));
  EXPECT_NE(hash(saxpy), hash(other));
}

TEST(Compile, AFileThatIsNotThereIsAnError) {
  CompileOptions options = options_for(saxpy, Emit::model);
  options.text.reset();
  options.file = "nowhere.cpp";
  const CompileResult result = compile(options);
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics, HasSubstr("nowhere.cpp: error: cannot read the file"));
}

TEST(Compile, AnOptionThatCannotBeMatchedIsRefusedByName) {
  CompileOptions options = options_for(saxpy, Emit::model);
  options.host_options.push_back("-fpack-struct=2");
  const CompileResult result = compile(options);
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics, HasSubstr("'-fpack-struct=2' is not one that kernelc can match"));
}

TEST(Compile, DefinesAndStandardOfTheHostAreFollowed) {
  const std::string text = std::string(saxpy) + "#ifndef WANTED\n#error not defined\n#endif\n";
  EXPECT_FALSE(compile(options_for(text, Emit::model)).ok);
  CompileOptions options = options_for(text, Emit::model);
  options.host_options.push_back("-DWANTED=1");
  EXPECT_TRUE(compile(options).ok);
}

TEST(Compile, AllKernelsOfAFileAreReportedAtOnce) {
  const std::string text = R"(#include <dotcompute/kernel.hpp>
DOTCOMPUTE_KERNEL int first(std::span<int> x) { return x[0]; }
DOTCOMPUTE_KERNEL void second(std::span<int> x) { throw 1; }
)";
  const CompileResult result = compile(options_for(text, Emit::object));
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics, HasSubstr("saxpy.cpp:2:23: error: kernel 'first' returns 'int'"));
  EXPECT_THAT(result.diagnostics, HasSubstr("saxpy.cpp:3:51: error: 'throw'"));
}

}  // namespace

}  // namespace kernelc
