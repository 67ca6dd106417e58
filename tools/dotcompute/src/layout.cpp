#include "layout.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace dotcompute::tool {

namespace {

/// The byte ranges of one element that hold values, ascending and not touching one another.
using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

void collect_values(const ElementType& type, std::uint64_t offset, Ranges& ranges) {
  switch (type.kind) {
    case ElementType::Kind::scalar: ranges.emplace_back(offset, offset + type.size_bytes); return;
    case ElementType::Kind::array:
      if (type.element.front().kind == ElementType::Kind::scalar) {
        ranges.emplace_back(offset, offset + type.size_bytes);
        return;
      }
      for (std::uint64_t i = 0; i < type.count; ++i) {
        collect_values(type.element.front(), offset + i * type.element.front().size_bytes, ranges);
      }
      return;
    case ElementType::Kind::structure:
      for (const Field& field : type.fields) collect_values(field.type, offset + field.offset_bytes, ranges);
      return;
  }
}

}  // namespace

LayoutCopy::LayoutCopy(const ElementType& from, const ElementType& to)
    : from_size_bytes_(from.size_bytes), to_size_bytes_(to.size_bytes) {
  add(from, 0, to, 0);
}

bool LayoutCopy::is_identity() const noexcept {
  return from_size_bytes_ == to_size_bytes_ &&
         std::all_of(moves_.begin(), moves_.end(), [](const Move& move) { return move.from == move.to; });
}

void LayoutCopy::copy(const std::byte* from, std::byte* to, std::uint64_t count) const {
  for (std::uint64_t i = 0; i < count; ++i) {
    for (const Move& move : moves_) std::memcpy(to + move.to, from + move.from, move.size_bytes);
    from += from_size_bytes_;
    to += to_size_bytes_;
  }
}

void LayoutCopy::add(const ElementType& from, std::uint64_t from_offset, const ElementType& to,
                     std::uint64_t to_offset) {
  if (to.kind == ElementType::Kind::structure) {
    for (const Field& field : to.fields) {
      const auto same = std::find_if(from.fields.begin(), from.fields.end(),
                                     [&](const Field& candidate) { return candidate.name == field.name; });
      add(same->type, from_offset + same->offset_bytes, field.type, to_offset + field.offset_bytes);
    }
  } else if (to.kind == ElementType::Kind::array && to.element.front().kind != ElementType::Kind::scalar) {
    const ElementType& from_element = from.element.front();
    const ElementType& to_element = to.element.front();
    for (std::uint64_t i = 0; i < to.count; ++i) {
      add(from_element, from_offset + i * from_element.size_bytes, to_element, to_offset + i * to_element.size_bytes);
    }
  } else {
    add_bytes(from_offset, to_offset, to.size_bytes);
  }
}

void LayoutCopy::add_bytes(std::uint64_t from, std::uint64_t to, std::uint64_t size_bytes) {
  if (!moves_.empty()) {
    Move& last = moves_.back();
    if (last.from + last.size_bytes == from && last.to + last.size_bytes == to) {
      last.size_bytes += size_bytes;
      return;
    }
  }
  moves_.push_back({from, to, size_bytes});
}

void clear_padding(const ElementType& type, std::byte* data, std::uint64_t count) {
  Ranges values;
  collect_values(type, 0, values);
  std::sort(values.begin(), values.end());
  Ranges gaps;
  std::uint64_t end = 0;
  for (const auto& [first, last] : values) {
    if (first > end) gaps.emplace_back(end, first);
    end = std::max(end, last);
  }
  if (end < type.size_bytes) gaps.emplace_back(end, type.size_bytes);
  if (gaps.empty()) return;
  for (std::uint64_t i = 0; i < count; ++i) {
    for (const auto& [first, last] : gaps) std::memset(data + i * type.size_bytes + first, 0, last - first);
  }
}

}  // namespace dotcompute::tool
