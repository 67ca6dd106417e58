#include "metal_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace msl_on_host {

namespace {

constexpr auto spaces = std::to_array<std::string_view>({" device ", " thread ", " threadgroup ", " constant "});

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Metal wants an address space for every pointer and reference; Clang takes one without for a pointer to any. In a
/// declaration the star or ampersand follows its type at once: `device float* thread* x`.
std::string pointer_without_space(std::string_view text) {
  for (std::size_t at = text.find_first_of("*&", 1); at != std::string_view::npos;
       at = text.find_first_of("*&", at + 1)) {
    const bool follows_type = is_word(text[at - 1]) || (text[at] == '*' && text[at - 1] == '*');
    if (!follows_type || at + 1 == text.size() || std::string_view(" >),&*").find(text[at + 1]) == std::string::npos) {
      continue;
    }
    const std::size_t begin = text.find_last_of("*&,(;{}<\n", at - 1) + 1;
    const std::string words = " " + std::string(text.substr(begin, at - begin)) + " ";
    const bool is_qualified =
        std::ranges::any_of(spaces, [&](std::string_view space) { return words.find(space) != std::string::npos; });
    if (!is_qualified) return "a pointer to no address space: " + words + text[at] + "\n";
  }
  return "";
}

/// Whether the types of "incompatible operand types ('A' and 'B')" are one type, but for the space of a variable.
bool is_one_type(std::string_view line) {
  constexpr std::string_view head = "error: incompatible operand types ('";
  constexpr std::string_view middle = "' and '";
  constexpr std::string_view space = "__private ";
  const std::size_t begin = line.find(head);
  if (begin == std::string_view::npos) return false;
  std::string_view types = line.substr(begin + head.size());
  types = types.substr(0, types.find("')"));
  const std::size_t end = types.find(middle);
  if (end == std::string_view::npos) return false;
  const auto without_space = [&](std::string_view type) {
    return type.starts_with(space) ? type.substr(space.size()) : type;
  };
  return without_space(types.substr(0, end)) == without_space(types.substr(end + middle.size()));
}

}  // namespace

std::string what_metal_refuses(std::string_view text) {
  std::string found = pointer_without_space(text);
  if (text.find("long long") != std::string_view::npos) found += "Metal has no long long\n";
  return found;
}

bool is_limitation_of_clang(std::string_view said) {
  bool is_one = false;
  while (!said.empty()) {
    const std::string_view line = said.substr(0, said.find('\n'));
    said.remove_prefix(std::min(line.size() + 1, said.size()));
    if (line.find("error: ") == std::string_view::npos) continue;
    if (!is_one_type(line)) return false;
    is_one = true;
  }
  return is_one;
}

}  // namespace msl_on_host
