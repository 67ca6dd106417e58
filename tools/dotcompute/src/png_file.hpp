#pragma once

/// .png files as arrays, through libpng.

#include "array.hpp"
#include "file.hpp"

namespace dotcompute::tool {

/// Whether the file begins as a .png file does.
[[nodiscard]] bool is_png(const InputFile& file);

/// Reads the picture as uint8 (uint16 for 16 bits per sample) of shape (height, width, channels): 1 channel for grey, 2
/// for grey and alpha, 3 for RGB, 4 for RGB and alpha. Palettes and 1, 2 and 4 bits per sample are expanded. No colour
/// management is applied. Throws ToolError (input) for a damaged or truncated file.
[[nodiscard]] Array read_png(const InputFile& file);

/// Why the array cannot be written as a .png, in a sentence with the fix; empty if it can: uint8 or uint16 of shape (h,
/// w) or (h, w, 1 to 4).
[[nodiscard]] std::optional<std::string> png_refusal(const ElementType& type, const std::vector<std::uint64_t>& shape);

/// Writes an array for which `png_refusal` is empty.
void write_png(OutputFile& file, const Array& array);

}  // namespace dotcompute::tool
