#pragma once

/// A directory that only this user can enter.

#include <filesystem>

namespace dotcompute {

/// Made under TMPDIR (or /tmp); removed with everything in it. Throws CompilationError if it cannot be made.
class PrivateDirectory {
 public:
  PrivateDirectory();
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  ~PrivateDirectory();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  long owner_;  ///< The process that made it: a fork's copy of this object removes nothing.
};

}  // namespace dotcompute
