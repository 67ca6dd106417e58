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

/// A statement without a body on further lines.
bool is_simple(const Line& line) { return line.code.ends_with(';') && !line.code.starts_with('}'); }

}  // namespace

std::string spoken_place(const std::string& file, std::uint32_t line, const std::string& home) {
  return (file == home ? "line " : file + ":") + std::to_string(line);
}

std::string render(const std::vector<Line>& lines, const std::string& file) {
  std::string text;
  std::uint32_t implied = 0;
  bool is_named = false;
  const Line* before = nullptr;
  std::size_t width = 0;  // of the line that `before` ends
  for (const Line& line : lines) {
    // What became several statements stays on one line, as it was.
    const bool is_same = before != nullptr && line.source != 0 && line.source == before->source &&
                         line.depth == before->depth && is_simple(*before) && is_simple(line);
    if (is_same && width + 1 + line.code.size() <= widest) {
      text.back() = ' ';
      text += line.code + "\n";
      width += 1 + line.code.size();
      before = &line;
      continue;
    }
    if (line.source != 0 && line.source != implied) {
      text += "#line " + std::to_string(line.source) + (is_named ? "" : " " + quoted(file)) + "\n";
      implied = line.source;
      is_named = true;
    }
    const std::size_t indent = static_cast<std::size_t>(line.depth) * 2;
    text += std::string(indent, ' ') + line.code + "\n";
    implied += 1 + static_cast<std::uint32_t>(std::count(line.code.begin(), line.code.end(), '\n'));
    before = &line;
    width = indent + line.code.size();
  }
  return text;
}

}  // namespace kernelc::source
