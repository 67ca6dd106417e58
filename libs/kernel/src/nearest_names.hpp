#pragma once

/// What somebody may have meant who wrote a kernel's name that does not exist.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::detail {

/// The last part of a name, without namespaces and template arguments: "merge" of "sorting::merge<double, true>".
[[nodiscard]] std::string_view unqualified(std::string_view name) noexcept;

/// At most three of `names`, nearest first: those with the same unqualified name, then those that at most three edits
/// (Levenshtein distance, and fewer for short names) turn into `wanted`.
[[nodiscard]] std::vector<std::string> nearest_names(std::string_view wanted, std::span<const std::string_view> names);

}  // namespace dotcompute::detail
