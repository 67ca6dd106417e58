// What kernelc knows by name, what DOTCOMPUTE_KERNEL_FAST changes, and where a problem inside a library is placed.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "driver/compile.hpp"

namespace kernelc {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

CompileResult compiled(const std::string& text, Emit emit) {
  CompileOptions options;
  options.file = "kernel.cpp";
  options.text = "#include <dotcompute/kernel.hpp>\n" + text;
  options.emit = emit;
  options.host_options = {"-std=c++20", KERNEL_INCLUDES};
  return compile(options);
}

std::string emitted(const std::string& text, Emit emit) {
  const CompileResult result = compiled(text, emit);
  EXPECT_TRUE(result.ok) << result.diagnostics;
  return {result.output.begin(), result.output.end()};
}

std::string sum_of_products(const std::string& mark) {
  return mark + R"( void dot(std::span<const float> x, std::span<float> y) {
    const std::size_t i = dotcompute::global_id();
    if (i < y.size()) y[i] = x[i] * y[i] + 1.5f;
  })";
}

// Extensions that both compilers know and that ports bring along.
TEST(Extensions, CompoundLiteralsAndRangesOfLabels) {
  const std::string source = R"(
    struct Pair { float x, y; };
    float sum(Pair a, Pair b) { return a.x + b.y; }
    DOTCOMPUTE_KERNEL void f(std::span<float> x) {
      switch (static_cast<int>(x[0])) {
        case 'a' ... 'c': x[1] = sum((Pair){1, x[2]}, (Pair){3, 4}); break;
        default: x[1] = 0;
      }
    })";
  EXPECT_THAT(emitted(source, Emit::opencl),
              AllOf(HasSubstr("case 97:"), HasSubstr("case 98:"), HasSubstr("case 99:"), Not(HasSubstr("case 100:"))));
  EXPECT_THAT(emitted(source, Emit::object), Not(testing::IsEmpty()));
}

TEST(Refusals, OfATextNameTheFileOfAHeader) {
  const std::string source =
      "# 7 \"vectors.hpp\"\ninline const float& larger(const float& a, const float& b) {\n"
      "  const float& result = a < b ? b : a;\n  return result;\n}\n# 20 \"kernel.cpp\"\n"
      R"(
    DOTCOMPUTE_KERNEL void f(std::span<float> x) {
      float own = x[1];
      const float& kept = larger(own, x[0]);
      own += 1;
      x[2] = kept;
    }
    # 30 "numbers.hpp"
    inline float through_double(float a) { return static_cast<float>(static_cast<double>(a) / 3); }
    # 40 "kernel.cpp"
    DOTCOMPUTE_KERNEL void g(std::span<float> x) { x[0] = through_double(x[1]); })";
  EXPECT_THAT(compiled(source, Emit::msl).diagnostics,
              AllOf(HasSubstr("kernel.cpp:21: f cannot be written in Metal"),
                    HasSubstr("(line 23) may refer to a local variable and to the kernel's memory"),
                    HasSubstr("(numbers.hpp:30)")));
}

TEST(FastMath, IsAllowedWhereTheKernelAsksForIt) {
  const std::string strict = sum_of_products("DOTCOMPUTE_KERNEL");
  const std::string fast = sum_of_products("DOTCOMPUTE_KERNEL_FAST");
  EXPECT_THAT(emitted(strict, Emit::cpu), Not(HasSubstr(" contract ")));
  EXPECT_THAT(emitted(fast, Emit::cpu), HasSubstr("fmul reassoc nsz arcp contract afn"));
  EXPECT_THAT(emitted(fast, Emit::cpu), Not(HasSubstr("nnan"))) << "NaNs stay NaNs";
  EXPECT_THAT(emitted(strict, Emit::opencl), HasSubstr("FP_CONTRACT OFF"));
  EXPECT_THAT(emitted(fast, Emit::opencl), HasSubstr("FP_CONTRACT ON"));
  EXPECT_THAT(emitted(strict, Emit::cuda), HasSubstr("--fmad=false"));
  EXPECT_THAT(emitted(fast, Emit::cuda), Not(HasSubstr("--fmad=false")));
  EXPECT_THAT(emitted(fast, Emit::msl), HasSubstr("fp contract(fast)"));
}

TEST(FastMath, BelongsToTheKernelNotToWhatItCalls) {
  const std::string text = emitted(R"(
    float product(float a, float b) { return a * b + a; }
    DOTCOMPUTE_KERNEL void strict(std::span<float> x) { x[0] = product(x[1], x[2]); }
    DOTCOMPUTE_KERNEL_FAST void fast(std::span<float> x) { x[0] = product(x[1], x[2]); }
  )",
                                   Emit::cpu);
  EXPECT_THAT(text, HasSubstr(" = fmul float "));
  EXPECT_THAT(text, HasSubstr("fmul reassoc nsz arcp contract afn float"));
}

TEST(FastMath, IsPartOfTheKernelsHash) {
  const auto hash = [](const std::string& model) { return model.substr(model.find("hash"), 90); };
  EXPECT_NE(hash(emitted(sum_of_products("DOTCOMPUTE_KERNEL"), Emit::model)),
            hash(emitted(sum_of_products("DOTCOMPUTE_KERNEL_FAST"), Emit::model)));
}

constexpr const char* halve = R"(DOTCOMPUTE_KERNEL void halve(std::span<dotcompute::half> x) {
    const std::size_t i = dotcompute::global_id();
    if (i < x.size()) x[i] = dotcompute::half(x[i] / 2);
  })";

TEST(Half, IsConvertedByTheProcessorWhereThatGivesTheSameBits) {
  const std::string cpu = emitted(halve, Emit::cpu);
  const std::size_t second = cpu.find("source_filename", cpu.find("source_filename") + 1);  // of v3, after v2
  EXPECT_THAT(cpu.substr(0, second), Not(HasSubstr(" half ")));
  EXPECT_THAT(cpu.substr(second), HasSubstr("<16 x half>"));
  EXPECT_THAT(emitted(halve, Emit::cuda), AllOf(HasSubstr("cvt.rn.f16.f32"), HasSubstr("cvt.f32.f16")));
  EXPECT_THAT(emitted(halve, Emit::opencl), Not(HasSubstr("vload_half")));
}

TEST(Diagnostics, AProblemInsideALibraryNamesTheCallThatLedThere) {
  const CompileResult result = compiled(R"(#include <algorithm>
    DOTCOMPUTE_KERNEL void f(std::span<int> x) {
      int own[4] = {3, 1, x[0], 2};
      std::sort(own, own + 4);
      x[0] = own[0];
    })",
                                        Emit::model);
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics, HasSubstr("[recursion]"));
  EXPECT_THAT(result.diagnostics, HasSubstr("kernel.cpp:5:7: note: in 'std::sort<int *>', which is called here"));
}

TEST(Diagnostics, WhatALibraryThrowsIsNamed) {
  const CompileResult result = compiled(R"(#include <array>
    DOTCOMPUTE_KERNEL void f(std::span<int> x) {
      std::array<int, 3> a{1, 2, 3};
      x[0] = a.at(1);
    })",
                                        Emit::model);
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics, HasSubstr("'std::array<int, 3>::at' throws: devices cannot unwind [exception]"));
  EXPECT_THAT(result.diagnostics,
              HasSubstr("kernel.cpp:5:14: note: in 'std::array<int, 3>::at', which is called here"));
}

}  // namespace

}  // namespace kernelc
