#pragma once

/// .npy files as arrays.

#include "array.hpp"
#include "file.hpp"

namespace dotcompute::tool {

/// Whether the file begins as a .npy file does.
[[nodiscard]] bool is_npy(const InputFile& file);

/// Reads the array: native byte order, C order (an array in Fortran order is transposed). Throws ToolError (input) for
/// a file that is damaged, truncated or of a type that kernels do not take; allocates no more than the file's own size
/// justifies.
[[nodiscard]] Array read_npy(const InputFile& file);

/// Writes the array in format 1.0 where its header fits; see `format_npy_header`.
void write_npy(OutputFile& file, const Array& array);

}  // namespace dotcompute::tool
