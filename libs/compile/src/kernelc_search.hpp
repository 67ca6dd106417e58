#pragma once

/// Where kernelc is.

#include <string>

namespace dotcompute {

/// The path of an executable kernelc: `chosen` if it is not empty; else what DOTCOMPUTE_KERNELC names; else the one that
/// lies with this library or this program, or in PATH. What was chosen or named is never replaced by another one. Throws
/// CompilationError that lists every place if there is none.
[[nodiscard]] std::string find_kernelc(const std::string& chosen);

}  // namespace dotcompute
