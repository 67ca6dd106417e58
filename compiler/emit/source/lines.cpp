#include "emit/source/lines.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

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

bool is_part_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// What a declaration of one variable declares.
std::string declared_name(std::string_view code) {
  const std::size_t end = std::min({code.find(" = "), code.find('['), code.find(';'), code.size()});
  std::size_t begin = end;
  while (begin > 0 && is_part_of_name(code[begin - 1])) --begin;
  return std::string(code.substr(begin, end - begin));
}

/// Whether the line does more with a variable than to assign to it.
bool reads(std::string_view code, std::string_view name) {
  bool is_first = code.starts_with(name) && code.substr(name.size()).starts_with(" = ");
  for (std::size_t at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool is_whole =
        (at == 0 || !is_part_of_name(code[at - 1])) && (end == code.size() || !is_part_of_name(code[end]));
    if (is_whole && !std::exchange(is_first, false)) return true;
  }
  return false;
}

/// A statement without a body on further lines.
bool is_simple(const Line& line) { return line.code.ends_with(';') && !line.code.starts_with('}'); }

}  // namespace

void read_the_unread(std::vector<Line>& lines) {
  std::vector<Line> result;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    result.push_back(lines[i]);
    if (!lines[i].is_declaration) continue;
    const std::string name = declared_name(lines[i].code);
    bool is_read = name.empty();
    for (std::size_t j = i + 1; j < lines.size() && lines[j].depth >= lines[i].depth && !is_read; ++j) {
      is_read = reads(lines[j].code, name);
    }
    if (!is_read) result.push_back({lines[i].depth, "(void)" + name + ";", lines[i].source});
  }
  lines = std::move(result);
}

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
