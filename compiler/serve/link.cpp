#include "serve/link.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include <lld/Common/Driver.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>

LLD_HAS_DRIVER(elf)

namespace kernelc {

namespace {

namespace fs = std::filesystem;

/// A directory for the linker's files, which goes with everything in it.
class LinkDirectory {
 public:
  LinkDirectory() {
    llvm::SmallString<128> path;
    if (!llvm::sys::fs::createUniqueDirectory("kernelc", path)) path_ = path.c_str();
  }
  LinkDirectory(const LinkDirectory&) = delete;
  LinkDirectory& operator=(const LinkDirectory&) = delete;
  ~LinkDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  [[nodiscard]] bool exists() const noexcept { return !path_.empty(); }
  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

bool write_file(const std::string& path, std::span<const char> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return !file.fail();
}

std::vector<char> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Where the dynamic linker of this machine finds its libraries: Debian's directory for the architecture first.
constexpr auto library_directories =
    std::to_array<std::string_view>({KERNELC_LIBRARY_DIR, "/lib64", "/usr/lib64", "/lib", "/usr/lib"});

/// The dynamic linker, which defines what thread-local variables need.
#if defined(__x86_64__)
constexpr std::string_view dynamic_linker = "ld-linux-x86-64.so.2";
#elif defined(__aarch64__)
constexpr std::string_view dynamic_linker = "ld-linux-aarch64.so.1";
#else
#error "name this architecture's dynamic linker"
#endif

/// The C library's mathematics first; then SLEEF's, which strict arithmetic calls, and glibc's for vectors, which fast
/// arithmetic calls.
constexpr auto needed_libraries = std::to_array<std::string_view>({
    "libm.so.6",
    "libsleef.so.3",
#if defined(__x86_64__)
    "libmvec.so.1",
#endif
    "libc.so.6",
    dynamic_linker,
});

/// The path of a system library, or empty.
std::string system_library(std::string_view name) {
  for (const std::string_view directory : library_directories) {
    const fs::path path = fs::path(directory) / name;
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) return path.string();
  }
  return {};
}

std::string missing_library(std::string_view name) {
  std::string message = "the system has no " + std::string(name) + ": looked in";
  for (const std::string_view directory : library_directories) message.append(" ").append(directory);
  return message;
}

bool run_linker(const std::vector<std::string>& arguments, std::string& error) {
  std::vector<const char*> pointers;
  std::transform(arguments.begin(), arguments.end(), std::back_inserter(pointers),
                 [](const std::string& argument) { return argument.c_str(); });
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  const lld::Result result = lld::lldMain(pointers, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0 && result.canRunAgain) return true;
  error = printed.empty() ? "the linker failed without a word" : std::move(printed);
  return false;
}

}  // namespace

std::vector<char> link_shared(std::span<const char> object, std::string& error) {
  std::vector<std::string> libraries;
  for (const std::string_view name : needed_libraries) {
    libraries.push_back(system_library(name));
    if (libraries.back().empty()) {
      error = missing_library(name);
      return {};
    }
  }
  const LinkDirectory directory;
  if (!directory.exists()) {
    error = "no temporary directory can be made; set TMPDIR to one that can be written";
    return {};
  }
  const std::string input = directory.file("unit.o");
  const std::string exports = directory.file("exports");
  const std::string output = directory.file("unit.so");
  constexpr std::string_view export_list = "{ global: dotcompute_unit; local: *; };\n";
  if (!write_file(input, object) || !write_file(exports, export_list)) {
    error = "the temporary file '" + input + "' cannot be written";
    return {};
  }
  // One thread: a unit is small, and kernelc is called by builds that use every processor already. Without mapped
  // output a full disk is an error rather than a SIGBUS.
  std::vector<std::string> arguments = {"ld.lld",
                                        "-shared",
                                        "-znow",
                                        "-zrelro",
                                        "-znoexecstack",
                                        "-zdefs",
                                        "--build-id=none",
                                        "--hash-style=gnu",
                                        "--strip-all",
                                        "--threads=1",
                                        "--no-mmap-output-file",
                                        "--color-diagnostics=never",
                                        "--no-undefined-version",
                                        "--version-script=" + exports,
                                        "-o",
                                        output,
                                        input,
                                        "--no-as-needed",
                                        libraries[0],
                                        "--as-needed"};
  arguments.insert(arguments.end(), libraries.begin() + 1, libraries.end());
  if (!run_linker(arguments, error)) return {};
  std::vector<char> bytes = read_file(output);
  if (bytes.empty()) error = "the linker's output '" + output + "' cannot be read";
  return bytes;
}

}  // namespace kernelc
