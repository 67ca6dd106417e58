#pragma once

/// Where kernelc is.

#include <filesystem>
#include <string>
#include <vector>

namespace dotcompute {

/// The path of an executable kernelc: `chosen` if it is not empty; else what DOTCOMPUTE_KERNELC names; else the one
/// that lies with this library or this program, which are in `own_directories`; else the one in PATH. What was chosen
/// or named is never replaced by another one. Throws CompilationError that lists every place if there is none.
[[nodiscard]] std::string find_kernelc(const std::string& chosen,
                                       const std::vector<std::filesystem::path>& own_directories);

}  // namespace dotcompute
