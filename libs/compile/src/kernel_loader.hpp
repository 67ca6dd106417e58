#pragma once

/// Loading what kernelc made at run time.

#include <span>
#include <string_view>

#include <dotcompute/compile/loaded_kernels.hpp>

#include "private_directory.hpp"

namespace dotcompute {

/// Puts shared objects into files of its own directory and loads them. Thread-safe.
class KernelLoader {
 public:
  /// Loads a shared object that exports `dotcompute_unit` and registers its kernels. `source` names it in errors. The
  /// same bytes may be loaded any number of times. Throws CompilationError.
  [[nodiscard]] LoadedKernels load(std::span<const char> shared_object, std::string_view source) const;

  [[nodiscard]] const PrivateDirectory& directory() const noexcept { return directory_; }

 private:
  PrivateDirectory directory_;
};

}  // namespace dotcompute
