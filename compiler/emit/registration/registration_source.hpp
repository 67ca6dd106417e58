#pragma once

/// The C that describes a file's kernels to the registry: the records of abi.h, and the code that registers them.

#include <string>

#include "model/model.hpp"

namespace kernelc::registration {

struct Options {
  std::string source_file;
  std::string anchor;      ///< A symbol for the program's own object to hold on to; empty for none.
  bool is_shared = false;  ///< Exports `dotcompute_unit` and registers nothing itself.
};

/// A whole C file; needs no include path.
[[nodiscard]] std::string registration_source(const model::Model& model, const Options& options);

}  // namespace kernelc::registration
