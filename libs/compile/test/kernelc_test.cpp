// The client with the kernelc of this build.
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/kernel/registry.hpp>

#include "compile_fixture.hpp"

namespace dotcompute {
namespace {

using test::error_of;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* saxpy_text = R"(#include <dotcompute/kernel.hpp>
namespace demo {
DOTCOMPUTE_KERNEL void saxpy(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size()) y[i] = a * x[i] + y[i];
}
}
)";

class KernelcTest : public test::CompileTest {
 protected:
  LoadedKernels compile(const CompileRequest& request) { return compiler_.emplace(options()).compile(request); }
  CompilationError rejection(const std::string& text, const std::vector<std::string>& options = {}) {
    return error_of([&] { return compile({"bad.cpp", text, options}); });
  }
  static CompilerOptions options() { return {KERNELC, std::chrono::minutes(5)}; }
  void TearDown() override {
    compiler_.reset();
    CompileTest::TearDown();
  }

  std::optional<KernelCompiler> compiler_;
};

bool machine_has(std::uint32_t isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (isa == DOTCOMPUTE_ISA_X86_64_V2) return __builtin_cpu_supports("x86-64-v2") != 0;
  if (isa == DOTCOMPUTE_ISA_X86_64_V3) return __builtin_cpu_supports("x86-64-v3") != 0;
  if (isa == DOTCOMPUTE_ISA_X86_64_V4) return __builtin_cpu_supports("x86-64-v4") != 0;
  return false;
#else
  return isa == DOTCOMPUTE_ISA_AARCH64;
#endif
}

/// Every entry of the kernel that this machine can run.
std::vector<dotcompute_entry> entries_of(const KernelDefinition& kernel) {
  std::vector<dotcompute_entry> entries = {kernel.record().reference};
  for (const dotcompute_cpu_code& code : kernel.cpu_code()) {
    if (machine_has(code.isa)) entries.push_back(code.entry);
  }
  return entries;
}

/// Runs `void (float, std::span<const float>, std::span<float>)`.
void run_saxpy(const KernelDefinition& kernel, dotcompute_entry entry, float a, std::vector<float>& x,
               std::vector<float>& y) {
  std::vector<std::max_align_t> block(kernel.record().block_size / sizeof(std::max_align_t) + 1);
  auto* bytes = reinterpret_cast<std::byte*>(block.data());
  const auto parameters = kernel.parameters();
  *reinterpret_cast<float*>(bytes + parameters[0].offset) = a;
  *reinterpret_cast<dotcompute_span*>(bytes + parameters[1].offset) = {x.data(), x.size()};
  *reinterpret_cast<dotcompute_span*>(bytes + parameters[2].offset) = {y.data(), y.size()};
  const dotcompute_grid grid{{y.size(), 1, 1}};
  const dotcompute_box items{{0, 0, 0}, {y.size(), 1, 1}};
  entry(block.data(), &grid, &items);
}

TEST_F(KernelcTest, ATextBecomesAKernelThatRuns) {
  const LoadedKernels kernels = compile({"saxpy.cpp", saxpy_text, {}});
  const KernelDefinition kernel = KernelRegistry::instance().get("demo::saxpy");
  ASSERT_EQ(kernel.parameters().size(), 3u);
  EXPECT_EQ(kernel.source_file(), "saxpy.cpp");
  EXPECT_EQ(kernel.source_line(), 3u);
  EXPECT_EQ(kernel.dimensions(), 1);
  EXPECT_EQ(kernel.record().function, nullptr);
  ASSERT_GE(entries_of(kernel).size(), 2u) << "the reference and at least one instruction set";
  for (const dotcompute_entry entry : entries_of(kernel)) {
    std::vector<float> x(1000);
    std::vector<float> y(1000);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<float>(i);
      y[i] = 1;
    }
    run_saxpy(kernel, entry, 2, x, y);
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y[i], 2.0f * static_cast<float>(i) + 1.0f) << i;
  }
}

TEST_F(KernelcTest, TheMathematicsLibraryIsLinked) {
  const LoadedKernels kernels = compile({"gamma.cpp",
                                         R"(#include <dotcompute/kernel.hpp>
#include <cmath>
DOTCOMPUTE_KERNEL void gamma_of(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size()) y[i] = a + std::tgamma(x[i]);
}
)",
                                         {}});
  const KernelDefinition kernel = kernels.definitions().at(0);
  EXPECT_EQ(kernel.name(), "gamma_of");
  for (const dotcompute_entry entry : entries_of(kernel)) {
    std::vector<float> x = {5.0f};
    std::vector<float> y = {0.0f};
    run_saxpy(kernel, entry, 1, x, y);
    EXPECT_FLOAT_EQ(y[0], 25.0f);
  }
}

TEST_F(KernelcTest, FilesAndTheirHeadersAreFoundFromTheProgramsDirectory) {
  (void)write("include/factor.hpp", "#pragma once\nconstexpr float factor = FACTOR;\n");
  const std::string file = write("scale.cpp", R"(#include <dotcompute/kernel.hpp>
#include <factor.hpp>
DOTCOMPUTE_KERNEL void scale(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < y.size()) y[i] = a * factor * x[i];
}
)");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory());
  const LoadedKernels kernels = compile({"scale.cpp", std::nullopt, {"-Iinclude", "-DFACTOR=3.0f"}});
  std::filesystem::current_path(before);
  const KernelDefinition kernel = kernels.definitions().at(0);
  std::vector<float> x = {5.0f};
  std::vector<float> y = {0.0f};
  run_saxpy(kernel, kernel.record().reference, 2, x, y);
  EXPECT_EQ(y[0], 30.0f);
}

TEST_F(KernelcTest, OneProcessCompilesSeveralSources) {
  KernelCompiler& compiler = compiler_.emplace(options());
  const LoadedKernels first = compiler.compile({"saxpy.cpp", saxpy_text, {}});
  EXPECT_THAT(error_of([&] { return compiler.compile({"bad.cpp", "nonsense", {}}); }).what(),
              HasSubstr("does not compile"));
  const LoadedKernels second = compiler.compile({"saxpy.cpp", saxpy_text, {}});
  EXPECT_NE(&first.definitions().at(0).record(), &second.definitions().at(0).record());
  EXPECT_EQ(first.definitions()[0].content_hash(), second.definitions()[0].content_hash());
  EXPECT_TRUE(KernelRegistry::instance().find("demo::saxpy"));
}

TEST_F(KernelcTest, ASourceThatDoesNotCompileIsShown) {
  const CompilationError error = rejection("#include <dotcompute/kernel.hpp>\nint x = undeclared_name;\n");
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("'bad.cpp' does not compile: "), HasSubstr("undeclared_name"),
                                  HasSubstr("(bad.cpp:2:9)")));
  EXPECT_EQ(error.context().source, "bad.cpp:2:9");
  EXPECT_THAT(error.context().cause, AllOf(HasSubstr("bad.cpp:2:9: error: "), HasSubstr("^")));
}

TEST_F(KernelcTest, ASourceWithoutAKernelIsNamed) {
  EXPECT_THAT(rejection("void f() {}\n").what(),
              AllOf(HasSubstr("no kernel found in 'bad.cpp'"), HasSubstr("mark a function with DOTCOMPUTE_KERNEL")));
}

TEST_F(KernelcTest, AFileThatIsMissingIsNamed) {
  const std::string missing = (directory() / "none.cpp").string();
  EXPECT_THAT(error_of([&] { return compile({missing, std::nullopt, {}}); }).what(), HasSubstr(missing));
}

TEST_F(KernelcTest, AnOptionThatCannotBeFollowedIsNamed) {
  EXPECT_THAT(rejection(saxpy_text, {"-fno-such-option"}).what(), HasSubstr("-fno-such-option"));
  EXPECT_THAT(rejection(saxpy_text, {"--host=GNU-4.8.0"}).what(), HasSubstr("GNU-4.8.0"));
  EXPECT_THAT(rejection(saxpy_text, {"-std=c++17"}).what(), HasSubstr("-std=c++17"));
}

}  // namespace
}  // namespace dotcompute
