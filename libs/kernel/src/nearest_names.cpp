#include "nearest_names.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace dotcompute::detail {

namespace {

constexpr std::size_t most_edits = 3;
constexpr std::size_t most_names = 3;

/// Levenshtein distance, one row at a time (Wagner and Fischer, 1974).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

bool within_reach(std::string_view a, std::string_view b) noexcept {
  const std::size_t longer = std::max(a.size(), b.size());
  return longer - std::min(a.size(), b.size()) <= most_edits;
}

/// The edits from `wanted` to `name`, if they are few enough for a likely slip: a third of the letters at most.
std::size_t distance(std::string_view wanted, std::string_view name) {
  constexpr std::size_t too_far = most_edits + 1;
  if (!within_reach(wanted, name)) return too_far;
  const std::size_t allowed = std::clamp<std::size_t>(wanted.size() / 3, 1, most_edits);
  const std::size_t edits = edit_distance(wanted, name);
  return edits <= allowed ? edits : too_far;
}

}  // namespace

std::string_view unqualified(std::string_view name) noexcept {
  name = name.substr(0, name.find('<'));
  const std::size_t colons = name.rfind("::");
  return colons == std::string_view::npos ? name : name.substr(colons + 2);
}

std::vector<std::string> nearest_names(std::string_view wanted, std::span<const std::string_view> names) {
  std::vector<std::pair<std::size_t, std::string_view>> ranked;
  const std::string_view short_wanted = unqualified(wanted);
  for (const std::string_view name : names) {
    const std::string_view short_name = unqualified(name);
    std::size_t edits = distance(wanted, name);
    if (!short_wanted.empty() && short_name == short_wanted) edits = 0;
    // "saxpi" means "demo::saxpy"; "other::saxpi" names a namespace and need not.
    if (short_wanted == wanted) edits = std::min(edits, distance(wanted, short_name));
    if (edits <= most_edits) ranked.emplace_back(edits, name);
  }
  std::sort(ranked.begin(), ranked.end());
  ranked.erase(std::unique(ranked.begin(), ranked.end()), ranked.end());
  if (ranked.size() > most_names) ranked.resize(most_names);

  std::vector<std::string> result;
  result.reserve(ranked.size());
  for (const auto& [edits, name] : ranked) result.emplace_back(name);
  return result;
}

}  // namespace dotcompute::detail
