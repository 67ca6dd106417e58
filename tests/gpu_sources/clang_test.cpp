// Clang reads the OpenCL C and the Metal of every kernel. It knows OpenCL C itself; Metal it reads as C++ for OpenCL
// over the header beside this file, in which a pointer to one address space does not convert to a pointer to another.

#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
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
// Attributes and pragmas of Metal's own are not known here, and what is constant is const in any case.
const std::string metal_options =
    "-x cl -cl-std=CLC++2021 -target spir64-unknown-unknown -cl-no-stdinc -nostdinc -I " METAL_HEADERS
    " -Wno-unknown-attributes -Wno-unknown-pragmas -Wno-duplicate-decl-specifier -Wno-unused-function";

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

/// Metal wants an address space for every pointer and reference; Clang takes one without for a pointer to any. In a
/// declaration the star or ampersand follows its type at once: `device float* thread* x`.
std::string pointer_without_space(const std::string& text) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = text.find_first_of("*&", 1); at != std::string::npos; at = text.find_first_of("*&", at + 1)) {
    const bool follows_type = is_word(text[at - 1]) || (text[at] == '*' && text[at - 1] == '*');
    if (!follows_type || at + 1 == text.size() ||
        std::string_view(" >),&*").find(text[at + 1]) == std::string_view::npos) {
      continue;
    }
    const std::size_t begin = text.find_last_of("*&,(;{}<\n", at - 1) + 1;
    const std::string words = " " + text.substr(begin, at - begin) + " ";
    const bool is_qualified = words.find(" device ") != std::string::npos ||
                              words.find(" thread ") != std::string::npos ||
                              words.find(" threadgroup ") != std::string::npos ||
                              words.find(" constant ") != std::string::npos;
    if (!is_qualified) return "a pointer to no address space: " + words + text[at];
  }
  return "";
}

/// Whether Clang is wrong about this: it does not let a variable and a value of one type meet in `c ? variable :
/// value`.
bool is_limitation(const std::string& line) {
  constexpr std::string_view head = "error: incompatible operand types ('";
  constexpr std::string_view middle = "' and '";
  constexpr std::string_view space = "__private ";
  const std::size_t begin = line.find(head);
  if (begin == std::string::npos) return false;
  std::string_view types = std::string_view(line).substr(begin + head.size());
  types = types.substr(0, types.find("')"));
  const std::size_t end = types.find(middle);
  if (end == std::string_view::npos) return false;
  const auto without_space = [&](std::string_view type) {
    return type.starts_with(space) ? type.substr(space.size()) : type;
  };
  return without_space(types.substr(0, end)) == without_space(types.substr(end + middle.size()));
}

std::string without_limitations(const std::string& said) {
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("error: ") != std::string::npos && !is_limitation(line)) return said;
  }
  return "";
}

/// The text with the arrays of a group as static variables: Clang takes no others that lie in a space.
std::string with_static_arrays(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(' ');
    const bool is_array = begin != std::string::npos && line.compare(begin, 12, "threadgroup ") == 0 &&
                          line.find('*') == std::string::npos;  // which a pointer has
    result += (is_array ? "static " : "") + line + "\n";
  }
  return result;
}

TEST_P(ClangReads, TheMetalOfEveryKernel) {
  const std::vector<KernelText> all = texts(DOTCOMPUTE_LANGUAGE_MSL);
  EXPECT_GT(all.size(), 200u);
  EXPECT_EQ(for_each_text(all,
                          [](const KernelText& kernel) {
                            const std::string text(kernel.text);
                            std::string said =
                                without_limitations(read_by_clang(with_static_arrays(text), metal_options + GetParam()));
                            said += missing_entry(kernel) + pointer_without_space(text);
                            if (text.find("long long") != std::string::npos) said += "Metal has no long long\n";
                            return said.empty() ? "" : said + "\n" + text;
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

TEST(MetalHeader, KnowsWhatClangIsWrongAbout) {
  EXPECT_TRUE(is_limitation("k:1:2: error: incompatible operand types ('__private S' and 'S')"));
  EXPECT_FALSE(is_limitation("k:1:2: error: incompatible operand types ('__private S' and 'T')"));
  EXPECT_FALSE(is_limitation("k:1:2: error: no matching function for call to 'f'"));
  EXPECT_EQ(without_limitations("k:1: error: x\n"), "k:1: error: x\n");
}

TEST(MetalHeader, SeesWhatMetalWouldRefuse) {
  if (std::string(CLANG).empty()) GTEST_SKIP() << "there was no clang++ 19 when this test was configured";
  const auto refusal = [](const std::string& body) {
    return read_by_clang("#include <metal_stdlib>\nusing namespace metal;\n" + body, metal_options);
  };
  EXPECT_EQ(refusal("kernel void k(device float* x [[buffer(0)]], constant uint& n [[buffer(1)]],\n"
                    "  uint3 at [[thread_position_in_grid]]) { if (at.x < n) x[at.x] = fmax(x[at.x], 0.0f); }"),
            "");
  EXPECT_THAT(refusal("void f(thread float* x); void g(device float* x) { f(x); }"),
              testing::HasSubstr("address space"));
  EXPECT_THAT(refusal("constant float t[2] = {1, 2}; void f(thread const float* x); void g() { f(t); }"),
              testing::HasSubstr("no matching function"));
  EXPECT_THAT(refusal("void g(device float* x) { thread float* y = x; *y = 1; }"),
              testing::HasSubstr("cannot initialize"));
  EXPECT_EQ(refusal(with_static_arrays("kernel void k(device float* x [[buffer(0)]]) {\n  threadgroup float y;\n"
                                       "  y = x[0];\n  threadgroup_barrier(mem_flags::mem_device | "
                                       "mem_flags::mem_threadgroup);\n  x[1] = y;\n}\n")),
            "");
  EXPECT_THAT(refusal("void f(thread float* x); void g(threadgroup float* x) { f(x); }"),
              testing::HasSubstr("address space"));
  EXPECT_NE(refusal("double f(float x) { return x; }"), "");
  EXPECT_NE(refusal("float f(int x, int y) { return fmax(x, y); }"), "");
  EXPECT_NE(refusal("float f(float x) { return erf(x); }"), "");
  EXPECT_NE(pointer_without_space("void f(const float* x);"), "");
  EXPECT_NE(pointer_without_space("void f(device float** x);"), "");
  EXPECT_EQ(pointer_without_space("void f(device float* thread* x, thread const S& s);"), "");
}

}  // namespace

}  // namespace gpu_sources
