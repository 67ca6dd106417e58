#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "session.hpp"
#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
}

/// The built-in type behind a name of <cstdint>, without spaces; the name itself if it is none of them.
std::string_view built_in_type(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> types[] = {
      {"int8_t", "signedchar"},    {"int16_t", "short"},         {"int32_t", "int"},
      {"int64_t", "long"},         {"uint8_t", "unsignedchar"},  {"uint16_t", "unsignedshort"},
      {"uint32_t", "unsignedint"}, {"uint64_t", "unsignedlong"}, {"size_t", "unsignedlong"}};
  const std::string_view plain = name.starts_with("std::") ? name.substr(5) : name;
  for (const auto& [alias, type] : types) {
    if (plain == alias) return type;
  }
  return name;
}

/// One spelling for all: no spaces, and built-in types instead of their names in <cstdint>.
std::string canonical(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_name(text[end])) ++end;
    if (end > at) {
      result += built_in_type(text.substr(at, end - at));
      at = end;
    } else if (text[at++] != ' ') {
      result += text[at - 1];
    }
  }
  return result;
}

/// Edits (insert, delete, replace) between two names: Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

/// How far a name is from what was asked for; a name without its namespace is near.
std::size_t distance_to(std::string_view asked, std::string_view name) {
  const auto colon = name.substr(0, name.find('<')).rfind("::");
  const std::string_view unqualified = colon == std::string_view::npos ? name : name.substr(colon + 2);
  return std::min(edit_distance(asked, name), edit_distance(asked, unqualified));
}

}  // namespace

KernelDefinition choose_kernel(std::span<const KernelDefinition> kernels, const SourceOptions& source) {
  constexpr std::size_t most_names = 5;
  std::vector<std::string> names;
  for (const KernelDefinition& kernel : kernels) names.emplace_back(kernel.name());
  if (source.kernel.empty()) {
    if (kernels.size() == 1) return kernels.front();
    throw input_error(fmt::format("'{}' has {} kernels; name one: {}:{}", source.file, kernels.size(), source.file,
                                  fmt::join(names, fmt::format(", {}:", source.file))));
  }
  const std::string asked = canonical(source.kernel);
  for (const KernelDefinition& kernel : kernels) {
    if (canonical(kernel.name()) == asked) return kernel;
  }
  const auto rank = [&](const std::string& name) { return std::pair(distance_to(asked, canonical(name)), name); };
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  if (names.size() > most_names) names.resize(most_names);
  throw input_error(
      fmt::format("'{}' has no kernel '{}'; nearest: {}", source.file, source.kernel, fmt::join(names, ", ")));
}

}  // namespace dotcompute::tool
