// What --checked does to the model and what assert means without it.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "driver/compile.hpp"

namespace kernelc {

namespace {

using testing::HasSubstr;
using testing::Not;

std::string made(const std::string& body, Emit emit, std::vector<std::string> options) {
  CompileOptions compilation;
  compilation.file = "f.cpp";
  compilation.text =
      "#undef NDEBUG\n#include <algorithm>\n#include <array>\n#include <cassert>\n#include <dotcompute/kernel.hpp>\n"
      "static int at(std::span<const int> x, int i) { return x[i]; }\n"
      "static const int& element(std::span<const int> x, int i) { return x[i]; }\n"
      "DOTCOMPUTE_KERNEL void f(std::span<const int> x, std::span<int> y, int n) {\n"
      "  const std::size_t i = dotcompute::global_id();\n" +
      body + "}\n";
  compilation.emit = emit;
  compilation.host_options = {"-std=c++20", KERNEL_INCLUDES};
  compilation.host_options.insert(compilation.host_options.end(), options.begin(), options.end());
  const CompileResult result = compile(compilation);
  EXPECT_TRUE(result.ok) << result.diagnostics;
  return {result.output.begin(), result.output.end()};
}

std::string unchecked(const std::string& body) { return made(body, Emit::opencl, {}); }
std::string checked(const std::string& body) { return made(body, Emit::opencl, {"--checked"}); }

TEST(CheckedKernels, AssertionsMeanNothingElsewhere) {
  EXPECT_EQ(unchecked("  assert(x[i] > 0);\n  y[i] = n;\n"), unchecked("  \n  y[i] = n;\n"));
  EXPECT_THAT(checked("  assert(n > 0);\n"), HasSubstr("report_fault"));
  EXPECT_EQ(checked("  assert(n > 0);\n"), made("  assert(n > 0);\n", Emit::opencl, {"--checked", "-DNDEBUG"}));
}

TEST(CheckedKernels, WhatCannotGoWrongIsNotLookedAt) {
  for (const char* body : {"  int a[4] = {1, 2, 3, 4};\n  n += a[3];\n", "  n = n << 31;\n", "  n = n / 3 % 7;\n",
                           "  n = std::max(n, 2);\n", "  float g = float(n);\n", "  n += 2147483647;\n"}) {
    EXPECT_THAT(checked(body), Not(HasSubstr("report_fault"))) << body;
  }
  for (const char* body : {"  int a[4] = {1, 2, 3, 4};\n  n += a[n];\n", "  n = n << 32;\n", "  n = n / -1;\n",
                           "  n = n / n;\n", "  n = int(float(n));\n", "  n = x[i];\n", "  y.first(i);\n"}) {
    EXPECT_THAT(checked(body), HasSubstr("report_fault")) << body;
  }
}

TEST(CheckedKernels, AreOtherKernels) {
  const auto hash = [](const std::vector<std::string>& options) {
    const std::string json = made("  y[i] = x[i];\n", Emit::model, options);
    const std::size_t at = json.find("\"content_hash\"");
    EXPECT_NE(at, std::string::npos);
    return json.substr(at, 90);
  };
  EXPECT_NE(hash({}), hash({"--checked"}));
  EXPECT_EQ(hash({"--checked"}), hash({"--checked"}));
}

// With checks a condition is uniform where it is without them.
TEST(CheckedKernels, UniformControlFlowStaysUniform) {
  std::string body = "  const auto read = [&](int k) { return x[k]; };\n";
  for (const char* condition :
       {"x[0] > 3", "x[0] > 3 && x[1] / x[2] > x[3] << n", "at(x, 1) > 2", "element(x, n) > 2",
        "read(n) > int(float(n) * 2)", "std::array<int, 3>{1, 2, 3}[n] > 1", "(n > 3 ? x[0] : x[1]) > 2"}) {
    body += "  if (" + std::string(condition) + ") dotcompute::barrier();\n";
  }
  body += "  for (int k = 0; k < at(x, n); ++k) dotcompute::barrier();\n";
  EXPECT_THAT(unchecked(body), HasSubstr("barrier"));
  EXPECT_THAT(checked(body), HasSubstr("barrier"));
}

TEST(CheckedKernels, AWordInTheObjectTellsWhere) {
  const std::string object = made("  y[i] = x[i];\n", Emit::shared, {"--checked"});
  EXPECT_THAT(object, HasSubstr("'x'"));
  EXPECT_THAT(object, HasSubstr("'y'"));
}

}  // namespace

}  // namespace kernelc
