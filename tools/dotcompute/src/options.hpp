#pragma once

/// What the command line asked for, as text that is not yet interpreted against a kernel.

#include <cstdint>
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

/// `dotcompute conformance`.
struct ConformanceOptions {
  std::string device;  ///< Empty for all there are.
  std::vector<std::uint64_t> sizes{0, 1, 2, 15, 16, 17, 255, 256, 257, 65'537};
  std::string filter = "*";
  std::uint64_t seed = 1;
};

/// What holds for every command.
struct CommonOptions {
  bool json = false;
  bool progress = false;
};

}  // namespace dotcompute::tool
