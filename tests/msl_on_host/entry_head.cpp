#include "entry_head.hpp"

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace msl_on_host {

namespace {

constexpr std::string_view blanks = " \t\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

[[noreturn]] void refuse(const std::string& message) {
  throw dotcompute::DeviceError(dotcompute::Remedy::report_bug, message);
}

EntryParameter read_parameter(std::string_view text) {
  const std::size_t begin = text.find("[[");
  const std::size_t end = text.find("]]");
  if (begin == std::string_view::npos || end == std::string_view::npos) {
    refuse(fmt::format("the parameter '{}' of a Metal kernel has no attribute", trimmed(text)));
  }
  const std::string_view declaration = trimmed(text.substr(0, begin));
  const std::string_view type = trimmed(declaration.substr(0, declaration.find_last_of(" &*") + 1));
  return {std::string(type), std::string(text.substr(begin + 2, end - begin - 2))};
}

}  // namespace

std::vector<EntryParameter> entry_parameters(std::string_view text, std::string_view entry) {
  const std::string head = fmt::format("kernel void {}(", entry);
  const std::size_t begin = text.find(head);
  if (begin == std::string_view::npos) refuse(fmt::format("the Metal text has no '{}'", head));
  std::vector<EntryParameter> parameters;
  int depth = 0;
  for (std::size_t first = begin + head.size(), at = first; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_end = depth == 0 && (c == ',' || c == ')');
    if (is_end && !trimmed(text.substr(first, at - first)).empty()) {
      parameters.push_back(read_parameter(text.substr(first, at - first)));
    }
    if (is_end && c == ')') return parameters;
    if (is_end) first = at + 1;
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
  }
  refuse(fmt::format("the parameters of '{}' do not end", head));
}

std::string entry_arguments(const std::vector<EntryParameter>& parameters) {
  constexpr std::string_view buffer = "buffer(";
  std::string list;
  for (const auto& [type, attribute] : parameters) {
    list += list.empty() ? "" : ", ";
    if (!attribute.starts_with(buffer)) {
      list += "item->" + attribute;
      continue;
    }
    const std::string place = attribute.substr(buffer.size(), attribute.size() - buffer.size() - 1);
    list += type.ends_with('&') ? fmt::format("*({}*)arguments[{}]", type.substr(0, type.size() - 1), place)
                                : fmt::format("({})arguments[{}]", type, place);
  }
  return list;
}

}  // namespace msl_on_host
