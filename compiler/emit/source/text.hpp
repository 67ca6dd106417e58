#pragma once

/// A piece of C: an expression's text and what must be known of it to put it into a larger one.

#include <cstdint>
#include <optional>
#include <string>

namespace kernelc::source {

/// How strongly an expression's operator binds, weakest first.
enum class Precedence {
  assignment,
  conditional,
  logical_or,
  logical_and,
  bit_or,
  bit_xor,
  bit_and,
  equality,
  comparison,
  shift,
  sum,
  product,
  unary,
  postfix,
};

/// An expression without side effects, as text.
struct Text {
  std::string code = {};
  Precedence precedence = Precedence::postfix;
  bool is_unsigned = false;  ///< A signed number's bits in the unsigned type of its width: C wraps only there.
  bool is_index = false;     ///< An index_t, which may be narrower than the 64 bits it stands for.
  bool is_const = false;     ///< Designates, or points to, what C calls const and the model does not.
  bool is_stable = false;    ///< Nothing that is evaluated later changes its value.
  std::string pointer = {};  ///< Of an object designated by `*pointer`, that pointer; it binds as a postfix does.
  std::optional<std::uint64_t> number = {};  ///< The bits of an integer that is known.
};

/// The text as an operand that must bind at least as strongly as `minimum`.
[[nodiscard]] inline std::string within(const Text& text, Precedence minimum) {
  return text.precedence < minimum ? "(" + text.code + ")" : text.code;
}

/// Thrown where a kernel cannot be written in the language; never leaves `source_text`.
struct Refused {
  std::string reason;  ///< A sentence; the line is added where it is known.
};

}  // namespace kernelc::source
