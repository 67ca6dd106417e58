#include <cmath>
#include <cstring>

#include <dotcompute/kernel/abi.h>

#include "checked/rewriter.hpp"

namespace kernelc::checked {

using model::BinaryOperator;
using model::ScalarType;

namespace {

/// A constant integer, extended to 64 bits as its type says.
std::optional<std::uint64_t> literal(E value) {
  if (const auto* known = std::get_if<model::Literal>(&value->node)) return known->bits;
  const auto* widened = std::get_if<model::Convert>(&value->node);
  if (widened == nullptr || !widened->operand->type->is_integer() || !value->type->is_integer()) return std::nullopt;
  const bool keeps = value->type->bits() >= widened->operand->type->bits();
  const std::optional<std::uint64_t> known = keeps ? literal(widened->operand) : std::nullopt;
  // A negative number may become a large one of fewer bits than 64.
  return known && static_cast<std::int64_t>(*known) >= 0 ? known : std::nullopt;
}

bool is_shift(BinaryOperator op) { return op == BinaryOperator::shift_left || op == BinaryOperator::shift_right; }
bool is_division(BinaryOperator op) { return op == BinaryOperator::divide || op == BinaryOperator::remainder; }

std::uint64_t bits_of(double value, bool is_double) {
  std::uint64_t bits = 0;
  if (is_double) {
    std::memcpy(&bits, &value, sizeof value);
  } else {
    const auto narrow = static_cast<float>(value);
    std::memcpy(&bits, &narrow, sizeof narrow);
  }
  return bits;
}

}  // namespace

/// Whether the operation on numbers of `type` may have no meaning, as far as constants tell.
bool FunctionRewriter::needs_check(BinaryOperator op, const model::Type& type, E right) {
  if (!type.is_integer()) return false;
  const std::optional<std::uint64_t> known = literal(right);
  if (is_shift(op)) return !known || *known >= type.bits();
  if (!is_division(op)) return false;
  const std::uint64_t ones = ~std::uint64_t{0};
  return !known || *known == 0 || (type.is_signed() && (*known | (ones << (type.bits() - 1))) == ones);
}

/// `left op right` of the type, evaluated in this order.
E FunctionRewriter::arithmetic(E at, BinaryOperator op, const model::Type* type, E left, E right) {
  if (!needs_check(op, *left->type, right)) return make(*at, type, false, model::Binary{op, left, right});
  const model::Type& number_type = *left->type;
  Setup setup;
  left = held(*at, left, "left", setup);
  right = held(*at, right, "right", setup);
  if (is_shift(op)) {
    const E width = number(*at, number_type.bits());
    const E count = converted(*at, right, scalar(ScalarType::uint64));
    check(at, compare(*at, BinaryOperator::less, count, width), DOTCOMPUTE_CHECK_SHIFT, right->type->scalar, "",
          {count, width}, setup);
  } else {
    E holds = compare(*at, BinaryOperator::not_equal, right, number(*at, 0, number_type.scalar));
    if (number_type.is_signed()) {
      const std::uint64_t least = ~std::uint64_t{0} << (number_type.bits() - 1);
      const E is_least = compare(*at, BinaryOperator::equal, left, number(*at, least, number_type.scalar));
      const E is_minus_one =
          compare(*at, BinaryOperator::equal, right, number(*at, ~std::uint64_t{0}, number_type.scalar));
      holds = both(*at, holds, opposite(*at, both(*at, is_least, is_minus_one)));
    }
    const bool divides = op == BinaryOperator::divide;
    check(at, holds, divides ? DOTCOMPUTE_CHECK_DIVISION : DOTCOMPUTE_CHECK_REMAINDER, number_type.scalar, "",
          {left, right}, setup);
  }
  return after(setup, make(*at, type, false, model::Binary{op, left, right}));
}

/// Whether a conversion may have no meaning.
bool FunctionRewriter::needs_check(const model::Type& to, const model::Type& from) {
  return from.is_floating() && to.is_integer();
}

E FunctionRewriter::conversion(E at, const model::Type* type, E value) {
  if (!needs_check(*type, *value->type)) return converted(*at, value, type);
  Setup setup;
  value = held(*at, value, "number", setup);
  const bool is_double = value->type->size == 8;
  const auto bits = static_cast<int>(type->bits());
  const double above = std::ldexp(1.0, type->is_signed() ? bits - 1 : bits);
  const double least = type->is_signed() ? -above : 0.0;
  // The greatest number below the range, where the type can tell it from the least one in it.
  const double below = least - 1;
  const bool tells = is_double ? below < least : static_cast<float>(below) < static_cast<float>(least);
  const auto bound = [&](double each) { return number(*at, bits_of(each, is_double), value->type->scalar); };
  const E is_above = tells ? compare(*at, BinaryOperator::greater, value, bound(below))
                           : compare(*at, BinaryOperator::greater_equal, value, bound(least));
  const E holds = both(*at, is_above, compare(*at, BinaryOperator::less, value, bound(above)));
  check(at, holds, DOTCOMPUTE_CHECK_CONVERSION, value->type->scalar, model::spelling(*type), {value}, setup);
  return after(setup, make(*at, type, false, model::Convert{value}));
}

}  // namespace kernelc::checked
