#include "kernelc_search.hpp"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compile_fixture.hpp"
#include "own_place.hpp"

namespace dotcompute {
namespace {

using test::error_of;
using test::ScopedVariable;
using ::testing::HasSubstr;
using ::testing::Not;

class KernelcSearch : public test::CompileTest {
 protected:
  ScopedVariable no_choice_{"DOTCOMPUTE_KERNELC", ""};
};

TEST_F(KernelcSearch, WhatIsChosenIsTaken) {
  const std::string chosen = write("my-kernelc", "", true);
  const ScopedVariable other("DOTCOMPUTE_KERNELC", write("other", "", true));
  EXPECT_EQ(find_kernelc(chosen, {}), chosen);
}

TEST_F(KernelcSearch, TheVariableComesNext) {
  const std::string named = write("named", "", true);
  const ScopedVariable variable("DOTCOMPUTE_KERNELC", named);
  EXPECT_EQ(find_kernelc("", {}), named);
}

TEST_F(KernelcSearch, WhatIsChosenIsNeverReplaced) {
  const ScopedVariable variable("DOTCOMPUTE_KERNELC", (directory() / "gone").string());
  const CompilationError by_variable = error_of([] { return find_kernelc("", {}); });
  EXPECT_THAT(by_variable.what(), HasSubstr("gone', chosen by DOTCOMPUTE_KERNELC, does not exist; install DotCompute's "
                                            "kernelc, or name it in the environment variable DOTCOMPUTE_KERNELC"));
  EXPECT_EQ(by_variable.remedy(), Remedy::fix_input);
  const std::string no_program = write("notes", "text");
  EXPECT_THAT(error_of([&] { return find_kernelc(no_program, {}); }).what(),
              HasSubstr("notes', chosen by kernelc_path, is not executable"));
  EXPECT_THAT(error_of([&] { return find_kernelc(directory().string(), {}); }).what(), HasSubstr("is not a file"));
}

TEST_F(KernelcSearch, OneBesideTheProgramComesBeforePath) {
  (void)write("path/kernelc", "", true);
  const ScopedVariable path("PATH", (directory() / "path").string());
  const std::string beside = write("program/kernelc", "", true);
  EXPECT_EQ(find_kernelc("", {directory() / "program"}), beside);
}

TEST_F(KernelcSearch, OneInTheTreeOfTheLibraryIsFound) {
  const ScopedVariable path("PATH", "");
  const std::string installed = write("bin/kernelc", "", true);
  EXPECT_EQ(find_kernelc("", {directory() / "lib"}), installed);
  EXPECT_EQ(find_kernelc("", {directory() / "none", directory() / "lib" / "x86_64-linux-gnu"}), installed);
}

TEST_F(KernelcSearch, PathComesLast) {
  const std::string last = write("path/kernelc", "", true);
  const ScopedVariable path("PATH", "/nonexistent::" + (directory() / "path").string());
  EXPECT_EQ(find_kernelc("", {directory() / "program"}), last);
}

TEST_F(KernelcSearch, EveryPlaceIsNamedIfThereIsNone) {
  const std::string no_program = write("path/kernelc", "text");
  const ScopedVariable path("PATH", "/nonexistent/bin:" + (directory() / "path").string());
  const CompilationError error = error_of([&] { return find_kernelc("", {directory() / "tree" / "lib"}); });
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
  const std::string tree = (directory() / "tree").string();
  EXPECT_EQ(error.what(), "there is no kernel compiler, which a source that arrives at run time needs; looked for " +
                              tree + "/lib/kernelc (does not exist), " + tree + "/bin/kernelc (does not exist), " +
                              directory().string() +
                              "/bin/kernelc (does not exist), /nonexistent/bin/kernelc (does not " + "exist), " +
                              no_program + " (is not executable); install DotCompute's kernelc, or name it " +
                              "in the environment variable DOTCOMPUTE_KERNELC");
}

TEST(OwnPlace, TellsWhatTheLibraryWasBuiltWith) {
  EXPECT_TRUE(std::filesystem::exists(kernel_include_directory() + "/dotcompute/kernel.hpp"));
  EXPECT_THAT(host_compiler(), ::testing::MatchesRegex("(GNU|Clang)-[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_TRUE(std::filesystem::exists(host_gcc_install_directory() + "/crtbegin.o")) << host_gcc_install_directory();
  EXPECT_THAT(library_version(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace dotcompute
