// Clang reads the OpenCL C of every kernel. What it says of the Metal is tests/msl_on_host's to see, which runs it.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel_texts.hpp"

namespace gpu_sources {

namespace {

/// A file that is removed with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    std::string pattern = (std::filesystem::temp_directory_path() / "dotcompute-text-XXXXXX").string();
    const int file = mkstemp(pattern.data());
    if (file < 0) throw std::runtime_error("cannot make " + pattern);
    close(file);
    path_ = pattern;
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// What Clang says about a text: empty if it has nothing against it.
std::string read_by_clang(std::string_view text, const std::string& options) {
  const TemporaryFile file(text);
  const std::string command =
      std::string(CLANG) + " -fsyntax-only -Wall -Werror " + options + " " + file.path() + " 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> process(popen(command.c_str(), "r"), pclose);
  if (process == nullptr) return "cannot run " + command;
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), process.get())) {
    output.append(buffer.data(), count);
  }
  return output;
}

const std::string opencl_options =
    "-x cl -cl-std=CL1.2 -target spir64-unknown-unknown -Xclang -fdeclare-opencl-builtins "
    "-Xclang -finclude-default-header -Wno-unused-function";

const char* const narrow = " -DDOTCOMPUTE_NARROW=1";
const char* const wide = " -DDOTCOMPUTE_NARROW=0";

class ClangReads : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string(CLANG).empty()) GTEST_SKIP() << "there was no clang++ 19 when this test was configured";
  }
};

/// What is wrong with the function that the record names; empty if it is in the text.
std::string missing_entry(const KernelText& kernel) {
  const std::string head = "void " + std::string(kernel.entry) + "(";
  return kernel.text.find(head) == std::string_view::npos ? "the text has no '" + head + "'\n" : "";
}

TEST_P(ClangReads, TheOpenClOfEveryKernel) {
  const std::vector<KernelText> all = texts(DOTCOMPUTE_LANGUAGE_OPENCL_C);
  EXPECT_GT(all.size(), 300u);
  EXPECT_EQ(for_each_text(all,
                          [](const KernelText& kernel) {
                            const std::string said =
                                read_by_clang(kernel.text, opencl_options + GetParam()) + missing_entry(kernel);
                            return said.empty() ? "" : said + "\n" + std::string(kernel.text);
                          }),
            "");
}

INSTANTIATE_TEST_SUITE_P(Indices, ClangReads, testing::Values(narrow, wide),
                         [](const auto& info) { return info.index == 0 ? "Narrow" : "Wide"; });

TEST(OpenClOptions, SeeWhatOpenClWouldRefuse) {
  if (std::string(CLANG).empty()) GTEST_SKIP() << "there was no clang++ 19 when this test was configured";
  EXPECT_EQ(read_by_clang("__kernel void k(__global float* x, ulong n) { if (get_global_id(0) < n) x[0] = fmax(x[1], "
                          "0.0f); }",
                          opencl_options),
            "");
  EXPECT_THAT(read_by_clang("void f(float* x); void g(__global float* x) { f(x); }", opencl_options),
              testing::HasSubstr("address space"));
  EXPECT_NE(read_by_clang("void f(__global float* x) { __constant float* y = x; }", opencl_options), "");
  EXPECT_NE(read_by_clang("float f(float x) { return no_such_function(x); }", opencl_options), "");
}

}  // namespace

}  // namespace gpu_sources
