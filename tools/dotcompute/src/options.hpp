#pragma once

/// What the command line asked for, as text that is not yet interpreted against a kernel.

#include <optional>
#include <string>
#include <vector>

#include <dotcompute/base/extent.hpp>

#include "compare.hpp"
#include "value.hpp"

namespace dotcompute::tool {

/// A source and how to compile it.
struct SourceOptions {
  std::string file;
  std::string kernel;                        ///< Empty for the only one of the file.
  std::vector<std::string> compile_options;  ///< -DX=1, -Idir ...
  std::string kernelc;                       ///< The compiler's path; empty to let the library find it.
};

/// `dotcompute run`.
struct RunOptions {
  SourceOptions source;
  std::vector<NamedText> arguments;
  std::vector<NamedText> outputs;
  std::vector<NamedText> shapes;
  std::optional<Extent> over;
  std::optional<Extent> group;
  std::string on = "auto";
  bool check = false;
  bool time = false;
  Tolerance tolerance;
};

/// What holds for every command.
struct CommonOptions {
  bool json = false;
  bool progress = false;
};

}  // namespace dotcompute::tool
