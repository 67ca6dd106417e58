#pragma once

/// A library of the vendor's, found at run time in one of several places.

#include <span>
#include <string>
#include <vector>

namespace dotcompute::cuda {

/// Stays open until the process ends: neither the driver nor NVRTC can be closed while threads of theirs run.
class SharedLibrary {
 public:
  /// The first of the paths that opens. Where none does, `failures()` has the system's reason for each.
  explicit SharedLibrary(std::span<const std::string> paths);

  [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// "libcuda.so.1: cannot open shared object file", separated by "; ".
  [[nodiscard]] const std::string& failures() const noexcept { return failures_; }

  /// Null if the library has no such symbol.
  [[nodiscard]] void* symbol(const char* name) const noexcept;

 private:
  void* handle_ = nullptr;
  std::string path_;
  std::string failures_;
};

/// What the environment variable names, alone; else `paths`; else, if there are none, `usual`.
[[nodiscard]] std::vector<std::string> places_to_try(const char* variable, std::span<const std::string> paths,
                                                     std::vector<std::string> usual);

}  // namespace dotcompute::cuda
