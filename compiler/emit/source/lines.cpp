#include "emit/source/lines.hpp"

#include <algorithm>

namespace kernelc::source {

namespace {

std::string quoted(const std::string& file) {
  std::string result = "\"";
  for (const char c : file) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result + "\"";
}

}  // namespace

std::string render(const std::vector<Line>& lines, const std::string& file) {
  std::string text;
  std::uint32_t implied = 0;
  bool is_named = false;
  for (const Line& line : lines) {
    if (line.source != 0 && line.source != implied) {
      text += "#line " + std::to_string(line.source) + (is_named ? "" : " " + quoted(file)) + "\n";
      implied = line.source;
      is_named = true;
    }
    text += std::string(static_cast<std::size_t>(line.depth) * 2, ' ') + line.code + "\n";
    implied += 1 + static_cast<std::uint32_t>(std::count(line.code.begin(), line.code.end(), '\n'));
  }
  return text;
}

}  // namespace kernelc::source
