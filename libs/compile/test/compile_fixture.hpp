#pragma once

/// What the tests of this room share.

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <sys/wait.h>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/compile/kernel_compiler.hpp>

namespace dotcompute::test {

/// Sets an environment variable while it lives.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

/// A directory of the test's own, which is also its TMPDIR. Whatever is in it at the end but the test's own files is a
/// failure.
class CompileTest : public ::testing::Test {
 protected:
  CompileTest() {
    std::string path = (std::filesystem::temp_directory_path() / "compile-test-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    directory_ = path;
    temporary_ = directory_ / "tmp";
    std::filesystem::create_directory(temporary_);
    variable_.emplace("TMPDIR", temporary_.string());
    open_descriptors_ = descriptor_count();
  }
  ~CompileTest() override { std::filesystem::remove_all(directory_); }

  void TearDown() override {
    EXPECT_TRUE(std::filesystem::is_empty(temporary_)) << "files stay behind";
    EXPECT_EQ(descriptor_count(), open_descriptors_) << "descriptors stay open";
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child stays";
    EXPECT_EQ(errno, ECHILD);
  }

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] const std::filesystem::path& temporary() const noexcept { return temporary_; }

  /// The test server under the name that tells it how to behave.
  [[nodiscard]] std::string server(const std::string& behaviour) const {
    const std::filesystem::path path = directory_ / behaviour;
    if (!std::filesystem::is_symlink(path)) std::filesystem::create_symlink(TEST_SERVER, path);
    return path.string();
  }

  [[nodiscard]] std::string write(const std::string& name, const std::string& text, bool is_program = false) const {
    const std::filesystem::path path = directory_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    if (is_program) std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  }

  static std::size_t descriptor_count() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
  }

 private:
  std::filesystem::path directory_;
  std::filesystem::path temporary_;
  std::optional<ScopedVariable> variable_;
  std::size_t open_descriptors_ = 0;
};

/// The error that a call throws.
template <class Call>
CompilationError error_of(Call&& call) {
  try {
    (void)call();
  } catch (const CompilationError& error) {
    return error;
  }
  ADD_FAILURE() << "no CompilationError";
  return {Remedy::report_bug, ""};
}

inline std::vector<char> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace dotcompute::test
