#include "driver/compile.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kernelc {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The code for x86-64-v3 of a kernel with this body, over `x`, `y` and `n`: its vectors have 8 floats.
std::string code(const std::string& body, const std::string& signature = "") {
  CompileOptions options;
  options.file = "lanes.cpp";
  options.text =
      "#include <dotcompute/kernel.hpp>\n#include <cmath>\nusing namespace dotcompute;\n"
      "DOTCOMPUTE_KERNEL void k(std::span<const float> x, std::span<float> y, std::size_t n" +
      signature + ") {\n  const std::size_t i = global_id();\n" + body + "\n}\n";
  options.emit = Emit::cpu;
  options.host_options = {"-std=c++20", KERNEL_INCLUDES};
  const CompileResult result = compile(options);
  EXPECT_TRUE(result.ok) << result.diagnostics;
  const std::string text(result.output.begin(), result.output.end());
  const auto begin = text.find("define void @dotcompute_cpu_3_0");
  const auto end = text.find("\n}\n", begin);
  return begin == std::string::npos ? "" : text.substr(begin, end - begin);
}

TEST(Lanes, ALoopOfUnequalLengthRunsUntilNoLaneIsLeft) {
  const std::string text = code(R"(
    float v = x[i];
    int rounds = 0;
    for (; rounds < 100; ++rounds) {
      if (v > 4.0f) break;
      v = v * v + 0.25f;
    }
    y[i] = static_cast<float>(rounds);)");
  EXPECT_THAT(text, HasSubstr("fcmp ogt <8 x float>"));
  EXPECT_THAT(text, HasSubstr("phi <8 x i1>"));
  // The count is the same for all lanes that are still there.
  EXPECT_THAT(text, Not(HasSubstr("add <8 x i32>")));
  EXPECT_THAT(text, HasSubstr("store <8 x float>"));
}

TEST(Lanes, ALoopOfOneLengthKeepsItsBranchAndNeedsNoMask) {
  const std::string text = code(R"(
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += x[k] * x[k * n + i];
    y[i] = sum;)");
  EXPECT_THAT(text, HasSubstr("fmul <8 x float>"));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("masked")), Not(HasSubstr("<8 x i1>"))));
}

TEST(Lanes, WhatOnlySomeLanesReachIsMasked) {
  const std::string text = code(R"(
    for (std::size_t k = 0; k < n; ++k) {
      if (x[i] > static_cast<float>(k)) y[k * n + i] += x[k * n + i];
    })");
  EXPECT_THAT(text, HasSubstr("@llvm.masked.load.v8f32"));
  EXPECT_THAT(text, HasSubstr("@llvm.masked.store.v8f32"));
}

TEST(Lanes, PlacesWithoutPatternAreGathered) {
  const std::string text = code(R"(
    std::size_t place = i;
    for (std::size_t k = 0; k < n; ++k) place = static_cast<std::size_t>(x[place]);
    y[i] = static_cast<float>(place);)");
  EXPECT_THAT(text, HasSubstr("@llvm.masked.gather.v8f32"));
}

TEST(Lanes, FunctionsWithoutAVectorAreCalledForEachLane) {
  const std::string text = code(R"(
    float sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += std::sin(x[k * n + i]) + std::sqrt(x[i]);
    y[i] = sum;)");
  EXPECT_THAT(text, HasSubstr("@llvm.sqrt.v8f32"));
  EXPECT_THAT(text, HasSubstr("float @sinf(float"));
}

// Rows of an item's own are one vector for LLVM and a gather for lanes.
TEST(Lanes, ElementsOfOneItemInARowAreLeftToTheLoop) {
  EXPECT_THAT(code("for (std::size_t k = 0; k < n; ++k) y[i * n + k] = x[i * n + k] * 2;"),
              Not(HasSubstr("masked.scatter")));
}

TEST(Lanes, AtomicOperationsAreLeftAlone) {
  const std::string text =
      code("for (std::size_t k = 0; k < n; ++k) atomic_add(u[i % n], 1u);", ", std::span<unsigned> u");
  EXPECT_THAT(text, AllOf(HasSubstr("atomicrmw add ptr"), Not(HasSubstr("<8 x i32>"))));
}

}  // namespace

}  // namespace kernelc
