#include <bit>

#include "emit/source/function_writer.hpp"
#include "emit/source/literals.hpp"

namespace kernelc::source {

using model::BinaryOperator;
using model::UnaryOperator;

namespace {

struct Operator {
  std::string_view sign;
  Precedence precedence;
};

Operator spelling(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::add: return {" + ", Precedence::sum};
    case BinaryOperator::subtract: return {" - ", Precedence::sum};
    case BinaryOperator::multiply: return {" * ", Precedence::product};
    case BinaryOperator::divide: return {" / ", Precedence::product};
    case BinaryOperator::remainder: return {" % ", Precedence::product};
    case BinaryOperator::shift_left: return {" << ", Precedence::shift};
    case BinaryOperator::shift_right: return {" >> ", Precedence::shift};
    case BinaryOperator::bit_and: return {" & ", Precedence::bit_and};
    case BinaryOperator::bit_or: return {" | ", Precedence::bit_or};
    case BinaryOperator::bit_xor: return {" ^ ", Precedence::bit_xor};
    case BinaryOperator::equal: return {" == ", Precedence::equality};
    case BinaryOperator::not_equal: return {" != ", Precedence::equality};
    case BinaryOperator::less: return {" < ", Precedence::comparison};
    case BinaryOperator::less_equal: return {" <= ", Precedence::comparison};
    case BinaryOperator::greater: return {" > ", Precedence::comparison};
    case BinaryOperator::greater_equal: return {" >= ", Precedence::comparison};
  }
  return {};
}

/// An integer's bits as a Literal of the type holds them: cut to its width, then sign- or zero-extended.
std::uint64_t in_type(std::uint64_t bits, const model::Type& type) {
  const unsigned shift = 64 - type.bits();
  bits <<= shift;
  return type.is_signed() ? static_cast<std::uint64_t>(static_cast<std::int64_t>(bits) >> shift) : bits >> shift;
}

/// `left op right`, with the parentheses that C needs, and those that compilers warn without.
Text infix(BinaryOperator op, const Text& left, const Text& right) {
  const auto [sign, precedence] = spelling(op);
  const bool is_arithmetic = precedence >= Precedence::sum;
  const bool is_comparison = precedence == Precedence::equality || precedence == Precedence::comparison;
  Precedence least_left = precedence;
  Precedence least_right = Precedence::unary;
  if (is_comparison) {
    least_left = least_right = Precedence::sum;
  } else if (is_arithmetic) {
    least_right = precedence == Precedence::sum ? Precedence::product : Precedence::unary;
  } else if (left.precedence != precedence || precedence == Precedence::shift) {
    least_left = Precedence::unary;
  }
  std::string second = within(right, least_right);
  // "a - -b" must not become "a --b", which a later edit of the blanks would make of it.
  if (right.precedence == Precedence::unary && second.starts_with('-')) second = "(" + second + ")";
  return {.code = within(left, least_left) + std::string(sign) + second, .precedence = precedence};
}

/// Two signs in a row are another operator.
std::string negated(const std::string& code) { return code.starts_with('-') ? "-(" + code + ")" : "-" + code; }

}  // namespace

Text FunctionWriter::number(std::uint64_t bits, const model::Type& type) {
  Text text = literal(bits, type.scalar, dialect_);
  types_.scalar(type.scalar);  // a double is one wherever it occurs
  if (type.is_integer() || type.is_bool()) text.number = bits;
  return text;
}

/// A known integer as another type: `2` as a ulong is `2ul`. Nothing where that is not exact.
std::optional<Text> FunctionWriter::converted_number(std::uint64_t bits, const model::Type& from,
                                                     const model::Type& to) {
  if (to.is_integer()) return number(in_type(bits, to), to);
  // Small numbers are exact in every type.
  constexpr std::uint64_t largest = 1u << 24;
  const bool is_negative = from.is_signed() && static_cast<std::int64_t>(bits) < 0;
  const std::uint64_t magnitude = is_negative ? 0 - bits : bits;
  if (!to.is_floating() || magnitude > largest) return std::nullopt;
  const double value = is_negative ? -static_cast<double>(magnitude) : static_cast<double>(magnitude);
  return number(
      to.size == 4 ? std::bit_cast<std::uint32_t>(static_cast<float>(value)) : std::bit_cast<std::uint64_t>(value), to);
}

/// A signed number's bits in the unsigned type.
std::string FunctionWriter::unsigned_code(const Text& text, const model::Type& type) {
  if (text.is_unsigned) return text.code;
  const ScalarType target = unsigned_of(type.scalar);
  if (text.number && static_cast<std::int64_t>(*text.number) >= 0) return literal(*text.number, target, dialect_).code;
  return "(" + types_.scalar(target) + ")" + within(text, Precedence::unary);
}

/// Signed arithmetic wraps, which C's does not: it is done on unsigned numbers.
Text FunctionWriter::wrapping(BinaryOperator op, const Text& left, const Text& right, const model::Type& type) {
  const auto as_unsigned = [&](const Text& text) {
    const bool has_own_form = text.is_unsigned || (text.number && static_cast<std::int64_t>(*text.number) >= 0);
    return Text{.code = unsigned_code(text, type),
                .precedence = text.is_unsigned ? text.precedence
                              : has_own_form   ? Precedence::postfix
                                               : Precedence::unary};
  };
  Text result = infix(op, as_unsigned(left), as_unsigned(right));
  result.is_unsigned = true;
  return result;
}

Text FunctionWriter::unary(const model::Unary& operation, const model::Type& type) {
  Text operand = value(operation.operand);
  if (operation.op == UnaryOperator::logical_not) {
    return {.code = "!" + within(operand, Precedence::unary), .precedence = Precedence::unary};
  }
  if (operation.op == UnaryOperator::complement) {
    const bool is_unsigned = operand.is_unsigned;
    if (!is_unsigned) operand = exact(operand, type);
    return {
        .code = "~" + within(operand, Precedence::unary), .precedence = Precedence::unary, .is_unsigned = is_unsigned};
  }
  if (operand.number && type.is_signed()) return number(in_type(0 - *operand.number, type), type);
  if (type.is_signed()) {
    const std::string code = unsigned_code(operand, type);
    const Precedence precedence = operand.is_unsigned ? operand.precedence : Precedence::unary;
    return {.code = negated(within({.code = code, .precedence = precedence}, Precedence::unary)),
            .precedence = Precedence::unary,
            .is_unsigned = true};
  }
  operand = exact(operand, type);
  return {.code = negated(within(operand, Precedence::unary)), .precedence = Precedence::unary};
}

/// `operand` is the type of the left operand and, but for shifts, of the right one; `count` is that of the right one.
Text FunctionWriter::binary(BinaryOperator op, Text left, Text right, const model::Type& operand,
                            const model::Type& count) {
  switch (op) {
    case BinaryOperator::add:
    case BinaryOperator::subtract:
    case BinaryOperator::multiply:
      if (operand.is_signed()) return wrapping(op, left, right, operand);
      break;
    case BinaryOperator::bit_and:
    case BinaryOperator::bit_or:
    case BinaryOperator::bit_xor:
      if (left.is_unsigned || right.is_unsigned) return wrapping(op, left, right, operand);
      break;
    case BinaryOperator::divide:
    case BinaryOperator::remainder:
      if (operand.is_integer()) return divide(op == BinaryOperator::remainder, left, right, operand);
      break;
    case BinaryOperator::shift_left: return shift(true, left, right, operand, count);
    case BinaryOperator::shift_right: return shift(false, left, right, operand, count);
    default:
      // Comparisons of sizes need no conversion.
      if (!left.is_unsigned && !right.is_unsigned) return infix(op, left, right);
      break;
  }
  return infix(op, exact(left, operand), exact(right, operand));
}

/// The count modulo the width.
Text FunctionWriter::shift(bool is_left, const Text& left, const Text& right, const model::Type& type,
                           const model::Type& count) {
  const std::uint64_t mask = type.bits() - 1;
  Text places{.code = std::to_string(right.number.value_or(0) & mask)};
  if (!right.number) {
    const model::Type& counted = count;
    Text known = right.is_unsigned || right.is_index ? right : exact(right, counted);
    places = {.code = within(known, Precedence::unary) + " & " + std::to_string(mask),
              .precedence = Precedence::bit_and};
  }
  if (is_left && type.is_signed()) {
    const Precedence precedence = left.is_unsigned ? left.precedence : Precedence::unary;
    const bool is_number = left.number && static_cast<std::int64_t>(*left.number) >= 0;
    Text result =
        infix(BinaryOperator::shift_left,
              {.code = unsigned_code(left, type), .precedence = is_number ? Precedence::postfix : precedence}, places);
    result.is_unsigned = true;
    return result;
  }
  return infix(is_left ? BinaryOperator::shift_left : BinaryOperator::shift_right, exact(left, type), places);
}

Text FunctionWriter::divide(bool is_remainder, Text left, Text right, const model::Type& type) {
  left = exact(left, type);
  const bool is_minus_one =
      right.number && type.is_signed() && static_cast<std::int64_t>(*right.number) == std::int64_t{-1};
  if (right.number && *right.number != 0 && !is_minus_one) {
    return infix(is_remainder ? BinaryOperator::remainder : BinaryOperator::divide, left, right);
  }
  right = exact(right, type);
  const std::string name = is_remainder ? shop_.routines.remainder(type.scalar) : shop_.routines.divide(type.scalar);
  return {.code = name + "(" + left.code + ", " + right.code + ")"};
}

Text FunctionWriter::convert(Text text, const model::Type& from, const model::Type& to) {
  if (&from == &to || to.kind == model::TypeKind::nothing) return text;
  if (text.number && from.is_integer()) {
    if (auto known = converted_number(*text.number, from, to)) return *known;
  }
  if (to.is_bool()) {
    if (!from.is_scalar())
      return {.code = within(text, Precedence::shift) + " != 0", .precedence = Precedence::equality};
    const std::string nothing = from.is_floating() ? literal(0, from.scalar, dialect_).code : "0";
    return {.code = within(text, Precedence::sum) + " != " + nothing, .precedence = Precedence::equality};
  }
  if (from.is_floating() && to.is_integer()) {
    types_.scalar(to.scalar);
    return {.code = dialect_.to_integer(text.code, from.scalar, to.scalar, shop_.routines)};
  }
  const bool is_same_width = from.is_integer() && to.is_integer() && from.size == to.size;
  if (is_same_width && text.is_unsigned) {  // to the unsigned type that it is in already
    text.is_unsigned = false;
    return text;
  }
  if (is_same_width && to.is_signed() && from.size >= 4 && !text.is_index) {
    text.is_unsigned = true;
    return text;
  }
  const bool is_narrowing = from.is_integer() && to.is_integer() && to.size < from.size;
  if (text.is_unsigned && !is_narrowing) text = exact(text, from);
  return {.code = "(" + types_.name(to) + ")" + within(text, Precedence::unary), .precedence = Precedence::unary};
}

}  // namespace kernelc::source
