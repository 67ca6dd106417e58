#pragma once

/// Kernels that once failed, as files: a launch in the first lines, then the source.

#include <string>
#include <vector>

#include "tree.hpp"

namespace fuzz {

struct CorpusFile {
  std::string path;
  std::string text;
  Kernel launch;  ///< How the kernels of the text are launched; it has no tree.
};

/// The kernel as a file; `what` says why it is kept.
[[nodiscard]] std::string corpus_text(const Kernel& kernel, const std::string& what);

/// The files of a directory, by name. Throws std::runtime_error for one that does not begin with its launch.
[[nodiscard]] std::vector<CorpusFile> read_corpus(const std::string& directory);

}  // namespace fuzz
