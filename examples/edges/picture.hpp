#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Pictures in memory and in PNG files.

/// Row by row, channels interleaved: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
struct Picture {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t channels = 0;
  std::vector<std::uint8_t> pixels;
};

/// Throws std::runtime_error with the file's name and what is wrong with it.
Picture read_png(const std::string& path);
void write_png(const std::string& path, const Picture& picture);
