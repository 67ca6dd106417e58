#pragma once

/// The Python literals that a .npy header is written in.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::tool {

/// A string, an integer, True/False/None, a tuple or list, or a dictionary with string keys.
struct Literal {
  enum class Kind { none, boolean, integer, string, sequence, dictionary };

  Kind kind = Kind::none;
  bool boolean = false;
  std::uint64_t integer = 0;  ///< Headers hold no negative numbers.
  std::string string;
  std::vector<Literal> items;     ///< Of a sequence; the values of a dictionary.
  std::vector<std::string> keys;  ///< Of a dictionary, as many as items.

  /// The value of that key; null if there is none.
  [[nodiscard]] const Literal* find(std::string_view key) const noexcept;
};

/// Parses the whole text as one literal. Throws std::invalid_argument that says what was found where. Nesting deeper
/// than 32 is refused, so that no input can exhaust the stack.
[[nodiscard]] Literal parse_literal(std::string_view text);

}  // namespace dotcompute::tool
