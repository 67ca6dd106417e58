#pragma once

/// A library of the vendor's, found at run time in one of several places.

#include <span>
#include <string>
#include <vector>

#include "attempts.hpp"

namespace dotcompute::cuda {

/// Stays open until the process ends: neither the driver nor NVRTC can be closed while threads of theirs run.
class SharedLibrary {
 public:
  /// The first of the paths that opens. The system's reasons for those that do not are added to the attempts.
  SharedLibrary(std::span<const std::string> paths, Attempts& attempts);

  [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Null if the library has no such symbol.
  [[nodiscard]] void* symbol(const char* name) const noexcept;

 private:
  void* handle_ = nullptr;
  std::string path_;
};

/// `paths`; if there are none, what the environment variable names, alone; else `usual`.
[[nodiscard]] std::vector<std::string> places_to_try(const char* variable, std::span<const std::string> paths,
                                                     std::vector<std::string> usual);

}  // namespace dotcompute::cuda
