#pragma once

/// The C that describes a file's kernels to the registry: the records of abi.h, and the code that registers them.

#include <string>
#include <vector>

#include "checked/check.hpp"
#include "model/model.hpp"

namespace kernelc::registration {

struct Options {
  std::string source_file;
  std::string anchor;                        ///< A symbol for the program's own object to hold on to; empty for none.
  bool is_shared = false;                    ///< Exports `dotcompute_unit` and registers nothing itself.
  std::vector<checked::Checks> checks = {};  ///< Of each kernel of a checked unit; else empty.
};

/// A whole C file; needs no include path.
[[nodiscard]] std::string registration_source(const model::Model& model, const Options& options);

}  // namespace kernelc::registration
