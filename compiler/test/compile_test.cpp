#include "driver/compile.hpp"

#include <algorithm>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kernelc {

namespace {

using testing::AllOf;
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

TEST(Compile, AssemblyIsOfEachInstructionSet) {
  const CompileResult result = compile(options_for(saxpy, Emit::assembly));
  ASSERT_TRUE(result.ok) << result.diagnostics;
  for (const char* expected : {"dotcompute_cpu_2_0:", "dotcompute_cpu_3_0:", "dotcompute_cpu_4_0:", "%ymm", "%zmm"}) {
    EXPECT_THAT(text_of(result), HasSubstr(expected));
  }
}

CompileOptions for_arm(const std::string& text) {
  CompileOptions options = options_for(text, Emit::assembly);
  options.architecture = "aarch64";
  return options;
}

TEST(Compile, CodeForAArch64UsesNeon) {
  const CompileResult result = compile(for_arm(saxpy));
  ASSERT_TRUE(result.ok) << result.diagnostics;
  EXPECT_THAT(text_of(result), testing::ContainsRegex("fmul\tv[0-9]+\\.4s"));
  EXPECT_THAT(text_of(result), Not(HasSubstr("fmla")));  // never contracted here either
  const CompileResult lanes = compile(for_arm(R"(#include <dotcompute/kernel.hpp>
DOTCOMPUTE_KERNEL void k(std::span<const float> x, std::span<float> y, std::size_t n) {
  const std::size_t i = dotcompute::global_id();
  if (i >= y.size()) return;
  float sum = 0;
  for (std::size_t k = 0; k < n; ++k) sum = sum * x[k] + static_cast<float>(i);
  y[i] = sum;
})"));
  ASSERT_TRUE(lanes.ok) << lanes.diagnostics;
  EXPECT_THAT(text_of(lanes), testing::ContainsRegex("fmul\tv[0-9]+\\.4s"));
}

TEST(Compile, EveryKernelOfTheSuiteHasCodeForAArch64) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(KERNEL_SUITE)) {
    if (entry.path().extension() != ".cpp") continue;
    CompileOptions options = for_arm("");
    options.text.reset();
    options.file = entry.path();
    const CompileResult result = compile(options);
    EXPECT_TRUE(result.ok) << result.diagnostics;
    EXPECT_THAT(text_of(result), HasSubstr("dotcompute_cpu_")) << options.file;
    ++files;
  }
  EXPECT_GT(files, 20u);
}

TEST(Compile, AnotherArchitectureIsForTextsOnlyAndHasAKnownName) {
  CompileOptions options = for_arm(saxpy);
  EXPECT_EQ(wrong_architecture(options), "");
  options.emit = Emit::object;
  EXPECT_THAT(wrong_architecture(options), HasSubstr("--arch=aarch64 is for --emit=cpu and --emit=assembly"));
  options.emit = Emit::cpu;
  options.architecture = "riscv64";
  EXPECT_EQ(wrong_architecture(options), "--arch=riscv64 is none of x86_64, aarch64");
}

TEST(Compile, OneKernelOfSeveralIsCompiledAlone) {
  const std::string two = std::string(saxpy) + R"(
namespace other {
DOTCOMPUTE_KERNEL void clear(std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size()) y[i] = 0.0f;
}
}  // namespace other
)";
  CompileOptions options = options_for(two, Emit::model);
  EXPECT_THAT(text_of(compile(options)), AllOf(HasSubstr("\"demo::saxpy\""), HasSubstr("\"other::clear\"")));
  options.kernel = "other::clear";
  EXPECT_THAT(text_of(compile(options)), AllOf(Not(HasSubstr("\"demo::saxpy\"")), HasSubstr("\"other::clear\"")));
  options.emit = Emit::assembly;
  EXPECT_THAT(text_of(compile(options)), AllOf(HasSubstr("dotcompute_cpu_4_0"), Not(HasSubstr("dotcompute_cpu_4_1"))));
  options.emit = Emit::object;
  EXPECT_TRUE(compile(options).ok);
}

TEST(Compile, AKernelThatIsNotThereIsNamedWithThoseThatAre) {
  CompileOptions options = options_for(saxpy, Emit::model);
  options.kernel = "demo::saxby";
  const CompileResult result = compile(options);
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics, HasSubstr("no kernel 'demo::saxby' in 'saxpy.cpp': there are demo::saxpy"));
}

TEST(Compile, DependenciesHoldTheHeadersAndNothingOfOurOwnMaking) {
  const CompileResult result = compile(options_for(saxpy, Emit::model));
  const auto& files = result.dependencies;
  EXPECT_TRUE(
      std::any_of(files.begin(), files.end(), [](const auto& f) { return f.ends_with("dotcompute/kernel.hpp"); }));
  EXPECT_TRUE(std::none_of(files.begin(), files.end(),
                           [](const auto& f) { return f.find("kernelc-generated") != std::string::npos; }));
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

TEST(Compile, TheHashKnowsHowAStructLies) {
  const auto hash = [](const std::string& members) {
    const std::string text = "#include <dotcompute/kernel.hpp>\nstruct Inner { " + members +
                             " };\nstruct S { int x; Inner y; };\n"
                             "DOTCOMPUTE_KERNEL void k(std::span<S> s) { s[0].x = 1; }\n";
    const std::string model = text_of(compile(options_for(text, Emit::model)));
    const std::size_t at = model.find("content_hash");
    return at == std::string::npos ? std::string() : model.substr(at, 84);
  };
  EXPECT_EQ(hash("int a; int b;"), hash("int a; int b;"));
  EXPECT_NE(hash("int a; int b;"), hash("int a; int b; int c;"));
  EXPECT_NE(hash("int a; int b;"), hash("int a; float b;"));
}

// Every function calls the one before it twice: 2^40 calls if all were inlined, or counted one by one.
TEST(Compile, CallsThatDoubleAtEveryLevelAreCompiled) {
  std::string text = "#include <dotcompute/kernel.hpp>\nstatic float f0(float x) { return x * 1.5f; }\n";
  for (int i = 1; i <= 40; ++i) {
    const std::string before = "f" + std::to_string(i - 1);
    text += "static float f" + std::to_string(i) + "(float x) { return " + before + "(x) + " + before + "(x * 2); }\n";
  }
  text += "DOTCOMPUTE_KERNEL void k(std::span<float> x) { x[dotcompute::global_id()] = f40(x[0]); }\n";
  const CompileResult result = compile(options_for(text, Emit::object));
  EXPECT_TRUE(result.ok) << result.diagnostics;
}

TEST(Compile, ALongExpressionDoesNotExhaustTheStack) {
  std::string text = "#include <dotcompute/kernel.hpp>\nDOTCOMPUTE_KERNEL void k(std::span<unsigned> x) { x[0] = x[1]";
  for (int i = 0; i < 10'000; ++i) text += "+x[2]";
  const CompileResult result = compile(options_for(text + "; }\n", Emit::model));
  EXPECT_TRUE(result.ok) << result.diagnostics;
}

TEST(Compile, TheLibrarysOwnChecksDoNotRefuseAKernel) {
  const std::string text = R"(#include <algorithm>
#include <array>
#include <dotcompute/kernel.hpp>
DOTCOMPUTE_KERNEL void k(std::span<float> x) {
  std::array<float, 4> a{1, 2, 3, 4};
  const std::size_t i = dotcompute::global_id();
  x[i] = std::clamp(x.subspan(i).front(), a[i % 4], 9.0f);
}
)";
  for (const char* define : {"-D_GLIBCXX_ASSERTIONS", "-D_GLIBCXX_DEBUG"}) {
    CompileOptions options = options_for(text, Emit::object);
    options.host_options.push_back(define);
    const CompileResult result = compile(options);
    EXPECT_TRUE(result.ok) << result.diagnostics;
  }
}

TEST(Compile, MembersOfCpp23AreCalledWithWhatTheyTake) {
  CompileOptions options = options_for(R"(#include <dotcompute/kernel.hpp>
struct S {
  int x;
  int get(this const S& self, int k) { return self.x + k; }
  static int operator()(int a) { return a * 2; }
};
DOTCOMPUTE_KERNEL void k(std::span<int> o) {
  S s{o[0]};
  o[0] = s.get(3) + s(4);
}
)",
                                       Emit::object);
  options.host_options[0] = "-std=c++23";
  const CompileResult result = compile(options);
  EXPECT_TRUE(result.ok) << result.diagnostics;
}

TEST(Compile, AnySourceNameIsKept) {
  CompileOptions options = options_for(saxpy, Emit::object);
  options.file =
      "sp ace \"quoted\" back\\slash ?"
      "?/.cpp";
  const CompileResult result = compile(options);
  EXPECT_TRUE(result.ok) << result.diagnostics;
  EXPECT_THAT(text_of(result), HasSubstr(options.file));
}

TEST(Compile, ExplicitSpecialisationsAreKernelsEachOnce) {
  const CompileResult result = compile(options_for(R"(#include <dotcompute/kernel.hpp>
template <class T> void plain(std::span<T> x) { x[0] = 1; }
template <> DOTCOMPUTE_KERNEL void plain<int>(std::span<int> x) { x[0] = 2; }
template <class T> DOTCOMPUTE_KERNEL void marked(std::span<T> x) { x[0] = 3; }
template <> void marked<int>(std::span<int> x) { x[0] = 4; }
template void marked<float>(std::span<float>);
)",
                                                   Emit::model));
  ASSERT_TRUE(result.ok) << result.diagnostics;
  const std::string text = text_of(result);
  for (const std::string name : {"plain<int>", "marked<int>", "marked<float>"}) {
    const std::string entry = "\"name\": \"" + name + "\"";
    EXPECT_NE(text.find(entry), std::string::npos) << name;
    EXPECT_EQ(text.find(entry), text.rfind(entry)) << name;
  }
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
