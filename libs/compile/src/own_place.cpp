#include "own_place.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <initializer_list>
#include <system_error>

namespace dotcompute {

namespace {

namespace fs = std::filesystem;

/// An object in the library, whose address tells where that was loaded from.
constexpr char marker = 0;

fs::path program_file() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored);
}

fs::path library_file() {
  Dl_info info{};
  if (::dladdr(&marker, &info) == 0 || info.dli_fname == nullptr) return {};
  // Of the program itself the dynamic linker knows only how it was called, which may be relative to another directory.
  std::error_code error;
  fs::path path = fs::canonical(info.dli_fname, error);
  return error ? fs::path() : path;
}

}  // namespace

std::vector<fs::path> own_directories() {
  std::vector<fs::path> directories;
  for (const fs::path& file : {library_file(), program_file()}) {
    if (file.empty()) continue;
    fs::path directory = file.parent_path();
    if (std::find(directories.begin(), directories.end(), directory) == directories.end()) {
      directories.push_back(std::move(directory));
    }
  }
  return directories;
}

std::string kernel_include_directory() {
  std::vector<fs::path> candidates;
  for (const fs::path& directory : own_directories()) {
    candidates.push_back(directory / "../include");
    candidates.push_back(directory / "../../include");
  }
  candidates.emplace_back(DOTCOMPUTE_KERNEL_INCLUDE_DIR);
  for (const fs::path& candidate : candidates) {
    std::error_code ignored;
    if (fs::exists(candidate / "dotcompute/kernel.hpp", ignored)) return candidate.lexically_normal().string();
  }
  return {};
}

std::string host_compiler() { return DOTCOMPUTE_HOST_COMPILER; }

std::string host_gcc_install_directory() {
  std::error_code ignored;
  return fs::is_directory(DOTCOMPUTE_HOST_GCC_INSTALL_DIR, ignored) ? DOTCOMPUTE_HOST_GCC_INSTALL_DIR : "";
}

std::string library_version() { return DOTCOMPUTE_VERSION; }

}  // namespace dotcompute
