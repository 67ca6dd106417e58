#include "value.hpp"

#include <charconv>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include <fmt/format.h>

#include <dotcompute/kernel/half.hpp>

#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

template <class T>
ScalarBytes bytes_of(T value) {
  ScalarBytes bytes{};
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

[[noreturn]] void reject(std::string_view text, std::string_view reason) {
  throw std::invalid_argument(fmt::format("'{}' {}", text, reason));
}

/// Takes the sign off; returns whether it was a minus.
bool take_sign(std::string_view& text) {
  const bool is_negative = !text.empty() && text.front() == '-';
  if (is_negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  return is_negative;
}

bool take_hex_prefix(std::string_view& text) {
  if (text.size() <= 2 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) return false;
  text.remove_prefix(2);
  return true;
}

template <class T>
ScalarBytes parse_integer(std::string_view text, ScalarType type) {
  std::string_view digits = text;
  const bool is_negative = take_sign(digits);
  const int base = take_hex_prefix(digits) ? 16 : 10;
  std::uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  const bool is_whole = end == digits.data() + digits.size();
  if (error == std::errc::invalid_argument || !is_whole)
    reject(text, fmt::format("is not an integer ({})", name(type)));
  const auto largest = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
  const std::uint64_t limit = !is_negative ? largest : std::is_signed_v<T> ? largest + 1 : 0;
  if (error != std::errc{} || magnitude > limit) {
    reject(text, fmt::format("is out of range for {}: {} to {}", name(type), +std::numeric_limits<T>::min(),
                             +std::numeric_limits<T>::max()));
  }
  return bytes_of(static_cast<T>(is_negative ? std::uint64_t{0} - magnitude : magnitude));
}

template <class T>
ScalarBytes parse_float(std::string_view text, ScalarType type) {
  std::string_view digits = text;
  const bool is_negative = take_sign(digits);
  const auto format = take_hex_prefix(digits) ? std::chars_format::hex : std::chars_format::general;
  T value = 0;
  const bool has_second_sign = !digits.empty() && digits.front() == '-';
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, format);
  const bool is_whole = end == digits.data() + digits.size();
  if (error == std::errc::invalid_argument || !is_whole || has_second_sign) {
    reject(text, fmt::format("is not a number ({}); write it like 2.5, 1e-3, inf or nan", name(type)));
  }
  if (error != std::errc{}) reject(text, fmt::format("is out of range for {}", name(type)));
  return bytes_of(is_negative ? -value : value);
}

std::vector<std::uint64_t> parse_sizes(std::string_view text) {
  std::vector<std::uint64_t> sizes;
  const char* at = text.data();
  const char* const last = text.data() + text.size();
  while (true) {
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(at, last, size);
    if (error != std::errc{}) reject(text, "is not a size; write it like 1024, 640x480 or 64x64x64");
    sizes.push_back(size);
    if (end == last) return sizes;
    if (*end != 'x') reject(text, "is not a size; write it like 1024, 640x480 or 64x64x64");
    at = end + 1;
  }
}

}  // namespace

ScalarBytes parse_scalar(std::string_view text, ScalarType type) {
  switch (type) {
    case ScalarType::boolean:
      if (text != "true" && text != "false") reject(text, "is not a bool; write true or false");
      return bytes_of(text == "true");
    case ScalarType::int8: return parse_integer<std::int8_t>(text, type);
    case ScalarType::int16: return parse_integer<std::int16_t>(text, type);
    case ScalarType::int32: return parse_integer<std::int32_t>(text, type);
    case ScalarType::int64: return parse_integer<std::int64_t>(text, type);
    case ScalarType::uint8: return parse_integer<std::uint8_t>(text, type);
    case ScalarType::uint16: return parse_integer<std::uint16_t>(text, type);
    case ScalarType::uint32: return parse_integer<std::uint32_t>(text, type);
    case ScalarType::uint64: return parse_integer<std::uint64_t>(text, type);
    case ScalarType::float32: return parse_float<float>(text, type);
    case ScalarType::float64: return parse_float<double>(text, type);
  }
  throw std::logic_error("a scalar type that does not exist");
}

ScalarBytes parse_half(std::string_view text) {
  float value = 0;
  const ScalarBytes bytes = parse_scalar(text, ScalarType::float32);
  std::memcpy(&value, bytes.data(), sizeof value);
  return bytes_of(half(value));
}

ShapeText parse_shape(std::string_view text) {
  const auto colon = text.find(':');
  ShapeText shape{parse_sizes(text.substr(0, colon)), ""};
  if (colon == std::string_view::npos) return shape;
  shape.type = text.substr(colon + 1);
  if (shape.type.empty()) reject(text, "has no type after ':'; write it like 1024x768:float32");
  return shape;
}

Extent parse_extent(std::string_view text) {
  const std::vector<std::uint64_t> sizes = parse_sizes(text);
  if (sizes.size() > 3) reject(text, "has more than three dimensions");
  const Extent extent(sizes[0], sizes.size() > 1 ? sizes[1] : 1, sizes.size() > 2 ? sizes[2] : 1);
  if (extent.count_overflows()) reject(text, "is more than 2^64 work-items");
  return extent;
}

std::string describe_extent(const Extent& extent) {
  if (extent.dimensions() == 3) return fmt::format("{}x{}x{}", extent.x, extent.y, extent.z);
  if (extent.dimensions() == 2) return fmt::format("{}x{}", extent.x, extent.y);
  return fmt::format("{}", extent.x);
}

NamedText split_named(std::string_view option, std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    throw usage_error(fmt::format("{} '{}': write it like {} NAME=...", option, text, option));
  }
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

SourceAndKernel split_source(std::string_view text) {
  const auto slash = text.rfind('/');
  std::size_t from = slash == std::string_view::npos ? 0 : slash + 1;
  // A kernel's name may hold '/' only inside template arguments that no one writes; a directory may hold ':'.
  const auto dot = text.find('.', from);
  if (dot != std::string_view::npos) from = dot;
  const auto colon = text.find(':', from);
  if (colon == std::string_view::npos) return {std::string(text), ""};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

}  // namespace dotcompute::tool
