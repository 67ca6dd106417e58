// The texts that kernelc writes for the compilers of devices.
//
// source_texts/NAME.cpp is compiled, and its text in each language compared with NAME.cl, NAME.cu and NAME.metal beside
// it. DOTCOMPUTE_UPDATE=1 in the environment writes these anew; read the difference before keeping it.

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "driver/compile.hpp"
#include "emit/source/effects.hpp"
#include "emit/source/lines.hpp"
#include "emit/source/literals.hpp"
#include "emit/source/names.hpp"

namespace kernelc {

namespace {

using testing::HasSubstr;
using testing::Not;

struct Kind {
  Emit emit;
  const char* extension;
};
constexpr Kind kinds[] = {{Emit::opencl, ".cl"}, {Emit::cuda, ".cu"}, {Emit::msl, ".metal"}};

CompileResult compiled(const std::string& text, Emit emit, const std::string& file = "kernel.cpp") {
  CompileOptions options;
  options.file = file;
  options.text = text;
  options.emit = emit;
  options.host_options = {"-std=c++20", KERNEL_INCLUDES};
  return compile(options);
}

std::string text_of(const CompileResult& result) { return {result.output.begin(), result.output.end()}; }

/// The text of a file that holds the kernel alone.
std::string emitted(const std::string& body, Emit emit, const std::string& before = "") {
  const CompileResult result = compiled("#include <dotcompute/kernel.hpp>\n" + before + "\n" + body, emit);
  EXPECT_TRUE(result.ok) << result.diagnostics;
  return text_of(result);
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The text without the place of this source tree, which #line names for functions of our headers.
std::string portable(std::string text) {
  const std::string directory = std::string(KERNEL_INCLUDES).substr(2) + "/";
  for (std::size_t at = 0; (at = text.find(directory, at)) != std::string::npos;) text.erase(at, directory.size());
  return text;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, TextIsAsItWasRead) {
  const std::filesystem::path source = std::filesystem::path(SOURCE_TEXTS) / GetParam();
  for (const Kind& kind : kinds) {
    const CompileResult result = compiled(contents(source), kind.emit, GetParam());
    ASSERT_TRUE(result.ok) << result.diagnostics;
    const std::string text = portable(text_of(result));
    std::filesystem::path expected = source;
    expected.replace_extension(kind.extension);
    if (std::getenv("DOTCOMPUTE_UPDATE") != nullptr) {
      std::ofstream(expected, std::ios::binary) << text;
    }
    EXPECT_EQ(text, contents(expected)) << expected;
  }
}

INSTANTIATE_TEST_SUITE_P(SourceTexts, Golden,
                         testing::Values("atomics.cpp", "saxpy.cpp", "particles.cpp", "control.cpp", "numbers.cpp",
                                         "groups.cpp", "objects.cpp"),
                         [](const auto& info) { return info.param.substr(0, info.param.find('.')); });

TEST(SourceText, IsTheSameForTheSameInput) {
  const std::string source = contents(std::filesystem::path(SOURCE_TEXTS) / "control.cpp");
  for (const Kind& kind : kinds) {
    EXPECT_EQ(compiled(source, kind.emit).output, compiled(source, kind.emit).output);
  }
}

TEST(SourceText, ReservedWordsAndRepeatedNamesGetSuffixes) {
  const std::string text = emitted(
      "DOTCOMPUTE_KERNEL void barrier(std::span<float> kernel, float x_size, std::span<float> x) {\n"
      "  float float4 = x_size, id_x = kernel[0];\n"
      "  for (int half = 0; half < 3; ++half) { float id_x = float4 + 1; kernel[dotcompute::global_id()] += id_x; }\n"
      "  x[0] = id_x;\n"
      "}\n",
      Emit::opencl);
  EXPECT_THAT(text, HasSubstr("__kernel void barrier_(__global float* kernel_, index_t kernel_size"));
  EXPECT_THAT(text, HasSubstr("float x_size,\n    __global float* x, index_t x_size_2"));
  EXPECT_THAT(text, HasSubstr("float4_"));
  EXPECT_THAT(text, HasSubstr("int half_ = 0"));
  EXPECT_THAT(text, HasSubstr("id_x_2"));
  EXPECT_THAT(text, HasSubstr("id_x_3"));
}

TEST(SourceText, MetalHasNoDouble) {
  const std::string kernel = "DOTCOMPUTE_KERNEL void k(std::span<float> x) {\n  x[0] = x[0] * 2.0;\n}\n";
  const CompileResult result = compiled("#include <dotcompute/kernel.hpp>\n" + kernel, Emit::msl);
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics,
              HasSubstr("kernel.cpp:2: k cannot be written in Metal: it computes with double, which Metal does not "
                        "have; use float there, or run it on another device (line 3)"));
  EXPECT_THAT(emitted(kernel, Emit::opencl), HasSubstr("cl_khr_fp64"));
}

TEST(SourceText, AKernelWithoutATextIsAComment) {
  const std::string both =
      "DOTCOMPUTE_KERNEL void narrow(std::span<float> x) { x[0] = 1; }\n"
      "DOTCOMPUTE_KERNEL void wide(std::span<double> x) { x[0] = 1; }\n";
  const std::string text = emitted(both, Emit::msl);
  EXPECT_THAT(text, HasSubstr("kernel void narrow("));
  EXPECT_THAT(text, HasSubstr("// wide cannot be written in Metal: it computes with double"));
}

TEST(SourceText, FunctionsThatMetalLacksAreNamed) {
  const CompileResult result = compiled(
      "#include <dotcompute/kernel.hpp>\nDOTCOMPUTE_KERNEL void k(std::span<float> x) { x[0] = __builtin_erff(x[1]); "
      "}\n",
      Emit::msl);
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics, HasSubstr("it calls std::erf, which Metal does not have"));
}

TEST(SourceText, PackedStructsAreRefused) {
  const CompileResult result = compiled(
      "#include <dotcompute/kernel.hpp>\nstruct [[gnu::packed]] S { char c[4]; int i; };\n"
      "DOTCOMPUTE_KERNEL void k(std::span<S> x) { x[0].i = 1; }\n",
      Emit::cuda);
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics, HasSubstr("'S' is packed"));
}

TEST(SourceText, ContractionIsOffInEachLanguage) {
  const std::string kernel = "DOTCOMPUTE_KERNEL void k(std::span<float> x) { x[0] = x[0] * x[1] + x[2]; }\n";
  EXPECT_THAT(emitted(kernel, Emit::opencl), HasSubstr("#pragma OPENCL FP_CONTRACT OFF"));
  EXPECT_THAT(emitted(kernel, Emit::cuda), HasSubstr("--fmad=false"));
  EXPECT_THAT(emitted(kernel, Emit::msl), HasSubstr("#pragma METAL fp contract(off)"));
}

TEST(SourceText, LinesPointAtTheUsersFiles) {
  const std::string text = emitted(
      "#line 70 \"other \\\"file\\\".hpp\"\nstatic float twice(float x) {\n"
      "\n  return x * 2;\n}\n#line 9 \"kernel.cpp\"\n"
      "DOTCOMPUTE_KERNEL void k(std::span<float> x) {\n\n\n  x[0] = twice(x[0]);\n}\n",
      Emit::cuda);
  EXPECT_THAT(text, HasSubstr("#line 70 \"other \\\"file\\\".hpp\"\nstatic __device__ float twice(float x) {\n"
                              "#line 72\n  return x * 2.0f;"));
  EXPECT_THAT(text, HasSubstr("#line 9 \"kernel.cpp\"\nextern \"C\" __global__ void k("));
  EXPECT_THAT(text, HasSubstr("#line 12\n  x[0] = twice(x[0]);"));
}

TEST(SourceText, DeepAndLongExpressionsAreCut) {
  std::string deep = "x[0]";
  for (int i = 0; i < 200; ++i) deep = "(1 - " + deep + " * x[" + std::to_string(i % 7) + "])";
  std::string wide = "x[0]";
  for (int i = 0; i < 10'000; ++i) wide += "+x[2]";
  for (const std::string& expression : {deep, wide}) {
    const std::string text =
        emitted("DOTCOMPUTE_KERNEL void k(std::span<unsigned> x) { x[0] = " + expression + "; }\n", Emit::opencl);
    int nesting = 0;
    int deepest = 0;
    for (const char c : text) {
      nesting += c == '(' ? 1 : c == ')' ? -1 : 0;
      deepest = std::max(deepest, nesting);
    }
    EXPECT_LT(deepest, 128);
    EXPECT_EQ(nesting, 0);
  }
}

TEST(SourceText, OnlyFunctionsThatAskForTheItemGetIt) {
  const std::string text = emitted(
      "static float plain(float x) { return x + 1; }\n"
      "static std::size_t inner() { return dotcompute::global_id<1>(); }\n"
      "static std::size_t outer() { return inner() + 1; }\n"
      "DOTCOMPUTE_KERNEL void k(std::span<float> x) { x[outer()] = plain(x[0]); }\n",
      Emit::opencl);
  EXPECT_THAT(text, HasSubstr("static float plain(float x)"));
  EXPECT_THAT(text, HasSubstr("static ulong inner(ulong id_y)"));
  EXPECT_THAT(text, HasSubstr("static ulong outer(ulong id_y)"));
  EXPECT_THAT(text, HasSubstr("x[outer(id_y)]"));
}

TEST(SourceText, SpansAreMadeOnlyWhereTheyAreUsedWhole) {
  const std::string text = emitted(
      "static float last(std::span<const float> v) { return v[v.size() - 1]; }\n"
      "DOTCOMPUTE_KERNEL void k(std::span<const float> x, std::span<float> y) { y[0] = last(x) + x[1]; }\n",
      Emit::opencl);
  EXPECT_THAT(text, HasSubstr("last((span_global_float){(__global float*)x, x_size})"));
  EXPECT_THAT(text, HasSubstr("+ x[1]"));
  EXPECT_THAT(text, HasSubstr("v.data[v.size - 1ul]"));
}

TEST(SourceText, NamesHoldNoPathsAndDoNotGrowWithoutBounds) {
  const std::string text = emitted(
      "constexpr struct { int n; } pair[2] = {{1}, {2}};\n"
      "template <class T> struct Wrapped { T first; T second; };\n"
      "using Deep = Wrapped<Wrapped<Wrapped<Wrapped<Wrapped<Wrapped<Wrapped<unsigned char>>>>>>>;\n"
      "DOTCOMPUTE_KERNEL void k(std::span<int> x, std::span<Deep> y) { x[0] = pair[x[1] & 1].n; y[0] = y[1]; }\n",
      Emit::opencl);
  EXPECT_THAT(text, Not(HasSubstr("kernel_cpp")));
  EXPECT_THAT(text, HasSubstr("} unnamed;"));
  std::string longest;
  std::string word;
  for (const char c : text) {
    word = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ? word + c : "";
    if (word.size() > longest.size()) longest = word;
  }
  EXPECT_LT(longest.size(), 100u) << longest;
}

TEST(SourceText, CountersThatCannotOverflowCountPlainly) {
  const std::string text = emitted(
      "DOTCOMPUTE_KERNEL void k(std::span<int> x, int n) {\n"
      "  for (int i = 0; i < n; ++i) x[0] += i;\n"
      "  for (int j = n; j > 0; --j) x[1] += j;\n"
      "  for (int m = 0; m <= n; ++m) x[2] += m;\n"
      "  for (int o = 0; o < n; ++o) { x[3] += o; o += 2; }\n"
      "}\n",
      Emit::opencl);
  EXPECT_THAT(text, HasSubstr("for (int i = 0; i < n; ++i)"));
  EXPECT_THAT(text, HasSubstr("for (int j = n; j > 0; --j)"));
  EXPECT_THAT(text, HasSubstr("m <= n; m = (int)((uint)m + 1u))"));
  EXPECT_THAT(text, HasSubstr("o < n; o = (int)((uint)o + 1u))"));
}

TEST(SourceText, ConstantsAreWrittenAsTheTypeTheyAreConvertedTo) {
  const std::string text = emitted(
      "DOTCOMPUTE_KERNEL void k(std::span<float> x, std::span<unsigned long> y) {\n"
      "  x[0] = 2;\n  x[1] = ~0ull;\n  x[2] = -3;\n  x[3] = 16777217;\n  y[0] = 7;\n  y[1] = -1;\n  y[2] = -(-5);\n"
      "  y[3] = -(-2147483647 - 1);\n}\n",
      Emit::opencl);
  for (const char* line : {"x[0] = 2.0f;", "x[1] = (float)~0ul;", "x[2] = -3.0f;", "x[3] = (float)16777217;",
                           "y[2] = 5ul;", "y[0] = 7ul;", "y[1] = 18446744073709551615ul;"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Identifier, KeepsWhatCAllows) {
  EXPECT_EQ(source::identifier("demo::add<float, 3>"), "demo_add_float_3");
  EXPECT_EQ(source::identifier("demo::Vec<unsigned char>::operator[]"), "demo_Vec_unsigned_char_operator_subscript");
  EXPECT_EQ(source::identifier("operator<<="), "operator_shift_left_assign");
  EXPECT_EQ(source::identifier("__begin1"), "begin1");
  EXPECT_EQ(source::identifier("_M_elems"), "elems");
  EXPECT_EQ(source::identifier(""), "unnamed");
  EXPECT_EQ(source::identifier("\xc3\xa9"), "unnamed");
  EXPECT_EQ(source::identifier("3d"), "n3d");
}

TEST(Literal, IsExactAndOfItsType) {
  using dotcompute::ScalarType;
  const auto in = [](std::uint64_t bits, ScalarType type) {
    return source::literal(bits, type, source::opencl_c()).code;
  };
  EXPECT_EQ(in(5, ScalarType::int32), "5");
  EXPECT_EQ(in(~std::uint64_t{0}, ScalarType::int32), "-1");
  EXPECT_EQ(in(0xffff'ffff'8000'0000, ScalarType::int32), "(-2147483647 - 1)");
  EXPECT_EQ(in(1, ScalarType::int8), "1");
  EXPECT_EQ(in(0xffff'ffff'ffff'ff80, ScalarType::int8), "-128");
  EXPECT_EQ(in(std::uint64_t{1} << 63, ScalarType::int64), "(-9223372036854775807l - 1)");
  EXPECT_EQ(in(~std::uint64_t{0}, ScalarType::uint64), "18446744073709551615ul");
  EXPECT_EQ(in(~std::uint64_t{0}, ScalarType::uint32), "4294967295u");
  EXPECT_EQ(in(0x3f80'0000, ScalarType::float32), "1.0f");
  EXPECT_EQ(in(0x8000'0000, ScalarType::float32), "-0.0f");
  EXPECT_EQ(in(0x0000'0001, ScalarType::float32), "1e-45f");
  EXPECT_EQ(in(0x7f80'0000, ScalarType::float32), "as_float(2139095040u)");
  EXPECT_EQ(in(0x3fb9'9999'9999'999a, ScalarType::float64), "0.1");
  EXPECT_EQ(in(0x400921fb54442d18, ScalarType::float64), "0x1.921fb54442d18p+1");
  EXPECT_EQ(source::literal(7, ScalarType::uint64, source::cuda_c()).code, "7ull");
}

TEST(Lines, SayWhereTheyComeFromOnlyWhereTheyMust) {
  EXPECT_EQ(
      source::render({{0, "a {", 5}, {1, "b;", 6}, {1, "c;", 6}, {1, "d;", 9}, {0, "}", 0}, {0, "e;", 11}}, "f.cpp"),
      "#line 5 \"f.cpp\"\na {\n  b; c;\n#line 9\n  d;\n}\ne;\n");
}

}  // namespace

}  // namespace kernelc
