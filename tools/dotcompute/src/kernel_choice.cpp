#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "session.hpp"
#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

std::string without_spaces(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != ' ') result += c;
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
  const std::string asked = without_spaces(source.kernel);
  for (const KernelDefinition& kernel : kernels) {
    if (without_spaces(kernel.name()) == asked) return kernel;
  }
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return distance_to(asked, without_spaces(a)) < distance_to(asked, without_spaces(b));
  });
  if (names.size() > most_names) names.resize(most_names);
  throw input_error(
      fmt::format("'{}' has no kernel '{}'; nearest: {}", source.file, source.kernel, fmt::join(names, ", ")));
}

}  // namespace dotcompute::tool
