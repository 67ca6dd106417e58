#pragma once

/// A part of a block of memory.

#include <algorithm>
#include <cstdint>

namespace dotcompute::detail {

/// The bytes from `begin` up to, not including, `end`. Of the empty ranges only their emptiness counts: none of them
/// intersects anything, and every range contains them.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  [[nodiscard]] constexpr std::uint64_t size() const noexcept { return empty() ? 0 : end - begin; }
  [[nodiscard]] constexpr bool empty() const noexcept { return begin >= end; }
  [[nodiscard]] constexpr bool contains(const ByteRange& other) const noexcept {
    return other.empty() || (begin <= other.begin && other.end <= end);
  }
  [[nodiscard]] constexpr bool intersects(const ByteRange& other) const noexcept {
    return !intersection(other).empty();
  }
  /// What both have; empty if that is nothing.
  [[nodiscard]] constexpr ByteRange intersection(const ByteRange& other) const noexcept {
    const ByteRange common{std::max(begin, other.begin), std::min(end, other.end)};
    return common.empty() ? ByteRange{} : common;
  }

  friend constexpr bool operator==(const ByteRange&, const ByteRange&) = default;
};

}  // namespace dotcompute::detail
