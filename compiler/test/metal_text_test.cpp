// What Metal alone asks of a kernel's text.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "driver/compile.hpp"

namespace kernelc {

namespace {

using testing::HasSubstr;
using testing::Not;

/// The Metal of a file with one kernel besides these declarations; the diagnostics if there is none.
std::string metal(const std::string& text) {
  CompileOptions options;
  options.file = "kernel.cpp";
  options.text = "#include <cmath>\n#include <limits>\n#include <dotcompute/kernel.hpp>\n" + text;
  options.emit = Emit::msl;
  options.host_options = {"-std=c++20", KERNEL_INCLUDES};
  const CompileResult result = compile(options);
  return result.ok ? std::string(result.output.begin(), result.output.end()) : result.diagnostics;
}

/// A kernel with `spans` spans, which are two arguments each.
std::string wide_kernel(int spans) {
  std::string parameters;
  for (int i = 0; i < spans; ++i) parameters += "std::span<float> x" + std::to_string(i) + ", ";
  return metal("DOTCOMPUTE_KERNEL void wide(" + parameters + "float a) { x0[dotcompute::global_id()] = a; }\n");
}

TEST(MetalText, TakesAsManyArgumentsAsMetalBinds) {
  const std::string most = wide_kernel(14);  // 28, the value, the grid's size and the first index
  EXPECT_THAT(most, HasSubstr("[[buffer(30)]]"));
  EXPECT_THAT(most, Not(HasSubstr("[[buffer(31)]]")));
  EXPECT_THAT(wide_kernel(15),
              HasSubstr("wide cannot be written in Metal: it has 33 arguments on Metal, which takes 31 (a span is two, "
                        "each dimension of the grid is two): put values into a struct (line "));
}

TEST(MetalText, TablesHoldInfinitiesThatMetalFolds) {
  const std::string text = metal(
      "constexpr float table[4] = {1, std::numeric_limits<float>::infinity(),\n"
      "  -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()};\n"
      "DOTCOMPUTE_KERNEL void k(std::span<float> x) { x[dotcompute::global_id()] = table[x.size() % 4]; }\n");
  EXPECT_THAT(text, HasSubstr("{1.0f, INFINITY, -INFINITY, NAN}"));
}

TEST(MetalText, SecondResultsGoWhereTheKernelWantsThem) {
  const std::string text = metal(
      "DOTCOMPUTE_KERNEL void k(std::span<float> x, std::span<int> e) {\n"
      "  const std::size_t i = dotcompute::global_id();\n  float whole;\n"
      "  x[i] = std::modf(x[i], &whole) + std::frexp(whole, &e[i]);\n}\n");
  EXPECT_THAT(text, HasSubstr("(float x, device int* second)"));
  EXPECT_THAT(text, HasSubstr("(float x, thread float* second)"));
}

}  // namespace

}  // namespace kernelc
