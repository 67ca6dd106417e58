#include "emit/source/literals.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace kernelc::source {

namespace {

template <class T>
std::string characters(T value, std::chars_format format) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  return {buffer.data(), end};
}

/// The shortest decimal that reads back as the same number; a hexadecimal one where that is long.
template <class T>
std::string floating(T value, bool has_hexadecimal) {
  constexpr std::size_t longest = 12;
  std::array<char, 64> buffer{};
  std::string text(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr);
  if (text.size() > longest && has_hexadecimal) {
    text = characters(value, std::chars_format::hex);
    text.insert(text.front() == '-' ? 1 : 0, "0x");
  } else if (text.find_first_of(".e") == std::string::npos) {
    text += ".0";
  }
  return sizeof(T) == sizeof(float) ? text + "f" : text;
}

Precedence sign(std::int64_t value) { return value < 0 ? Precedence::unary : Precedence::postfix; }

Text signed_number(std::int64_t value, std::int64_t smallest, const std::string& suffix) {
  // The smallest number has no literal: its magnitude is not of the type.
  if (value == smallest) return {"(" + std::to_string(value + 1) + suffix + " - 1)", Precedence::postfix};
  return {std::to_string(value) + suffix, sign(value)};
}

}  // namespace

std::string constant_special(std::uint64_t bits, ScalarType type) {
  const bool is_double = type == ScalarType::float64;
  const bool is_negative = (bits >> (is_double ? 63 : 31)) != 0;
  const bool is_infinite = (bits << (is_double ? 12 : 41)) == 0;
  const std::string suffix = is_double ? "" : "f";
  return std::string(is_negative ? "(-" : "(") + (is_infinite ? "1.0" : "0.0") + suffix + " / 0.0" + suffix + ")";
}

Text literal(std::uint64_t bits, ScalarType type, const Dialect& dialect, bool is_constant) {
  const auto number = [&]() -> Text {
    switch (type) {
      case ScalarType::boolean: return {bits != 0 ? "true" : "false"};
      case ScalarType::int8:
        return {std::to_string(static_cast<std::int8_t>(bits)), sign(static_cast<std::int8_t>(bits))};
      case ScalarType::int16:
        return {std::to_string(static_cast<std::int16_t>(bits)), sign(static_cast<std::int16_t>(bits))};
      case ScalarType::int32:
        return signed_number(static_cast<std::int32_t>(bits), std::numeric_limits<std::int32_t>::min(), "");
      case ScalarType::int64:
        return signed_number(static_cast<std::int64_t>(bits), std::numeric_limits<std::int64_t>::min(),
                             std::string(dialect.long_suffix()));
      case ScalarType::uint8: return {std::to_string(static_cast<std::uint8_t>(bits))};
      case ScalarType::uint16: return {std::to_string(static_cast<std::uint16_t>(bits))};
      case ScalarType::uint32: return {std::to_string(static_cast<std::uint32_t>(bits)) + "u"};
      case ScalarType::uint64: return {std::to_string(bits) + "u" + std::string(dialect.long_suffix())};
      case ScalarType::float32: {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        if (!std::isfinite(value)) return {dialect.special_number(bits, type, is_constant)};
        return {floating(value, dialect.has_hexadecimal_floats()),
                std::signbit(value) ? Precedence::unary : Precedence::postfix};
      }
      case ScalarType::float64: {
        const auto value = std::bit_cast<double>(bits);
        if (!std::isfinite(value)) return {dialect.special_number(bits, type, is_constant)};
        return {floating(value, dialect.has_hexadecimal_floats()),
                std::signbit(value) ? Precedence::unary : Precedence::postfix};
      }
    }
    return {};
  };
  Text text = number();
  text.is_stable = true;
  return text;
}

}  // namespace kernelc::source
