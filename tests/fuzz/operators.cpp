// Operators and functions of numbers.

#include <array>
#include <string_view>

#include "generator.hpp"

namespace fuzz {

namespace {

constexpr std::array integer_types = {ScalarType::int8,  ScalarType::int16,  ScalarType::int32,  ScalarType::int64,
                                      ScalarType::uint8, ScalarType::uint16, ScalarType::uint32, ScalarType::uint64};

ExpressionPtr binary(std::string_view op, ScalarType type, ExpressionPtr left, ExpressionPtr right) {
  return make(ExpressionKind::binary, scalar_type(type), std::string(op), {std::move(left), std::move(right)});
}

/// `divisor | 1`, which is never zero; `divisor & -3 | 1`, which is not -1 either, where the dividend may be the least
/// number.
ExpressionPtr divisor_of(ScalarType dividend, ExpressionPtr divisor) {
  const ScalarType type = common_type(divisor->type->scalar, ScalarType::int32);
  const bool may_overflow = dividend == common_type(dividend, type) && is_signed(dividend);
  if (may_overflow) {
    divisor = pinned(binary("&", type, std::move(divisor), pinned(number(std::uint64_t{0} - 3, ScalarType::int32))));
  }
  return pinned(binary("|", type, std::move(divisor), pinned(number(1, ScalarType::int32))));
}

}  // namespace

ExpressionPtr Generator::arithmetic(ScalarType type, int depth) {
  constexpr std::array<std::string_view, 3> operators = {"+", "-", "*"};
  const auto operand = [&] { return value(random_.chance(65) ? type : any_scalar(), depth - 1); };
  auto [left, right] = unordered(operand, operand);
  const ScalarType result = common_type(left->type->scalar, right->type->scalar);
  std::string_view op = random_.pick(operators);
  if (is_floating_point(result) && random_.chance(20)) op = "/";
  return converted(binary(op, result, left, right), type);
}

ExpressionPtr Generator::division(ScalarType type, int depth) {
  const auto operand = [&] { return value(is_integer(type) ? type : random_.pick(integer_types), depth - 1); };
  auto [left, right] = unordered(operand, operand);
  right = divisor_of(left->type->scalar, right);
  const ScalarType result = common_type(left->type->scalar, right->type->scalar);
  return converted(binary(random_.chance(50) ? "/" : "%", result, left, right), type);
}

ExpressionPtr Generator::shift(ScalarType type, int depth) {
  const ScalarType shifted = is_integer(type) && random_.chance(60) ? type : random_.pick(integer_types);
  const ScalarType result = promoted(shifted);
  const auto count = [&]() -> ExpressionPtr {
    // The language takes counts modulo the width; where the count is a constant, C++ compilers refuse that.
    if (random_.chance(40)) {
      if (ExpressionPtr found = place(random_.pick(integer_types), false)) return pinned(found);
    }
    ExpressionPtr some = value(random_.pick(integer_types), depth - 1);
    const ScalarType wide = common_type(some->type->scalar, ScalarType::int32);
    const std::uint64_t mask = dotcompute::size_bytes(result) * 8 - 1;
    return pinned(binary("&", wide, std::move(some), pinned(number(mask, ScalarType::int32))));
  };
  auto [left, right] = unordered([&] { return value(shifted, depth - 1); }, count);
  return converted(binary(random_.chance(50) ? "<<" : ">>", result, left, right), type);
}

ExpressionPtr Generator::bitwise(ScalarType type, int depth) {
  constexpr std::array<std::string_view, 3> operators = {"&", "|", "^"};
  const auto operand = [&] {
    const bool is_same = random_.chance(60) && !is_floating_point(type);
    return value(is_same ? type : random_.pick(integer_types), depth - 1);
  };
  auto [left, right] = unordered(operand, operand);
  const ScalarType result = common_type(left->type->scalar, right->type->scalar);
  return converted(binary(random_.pick(operators), result, left, right), type);
}

ExpressionPtr Generator::truth(int depth) {
  constexpr std::array<std::string_view, 6> comparisons = {"==", "!=", "<", "<=", ">", ">="};
  if (depth <= 0) return leaf(ScalarType::boolean);
  switch (random_.below(6)) {
    case 0:
    case 1: {
      // The right operand comes after the left one, if at all, and may use what that has written.
      ExpressionPtr left = truth(depth - 1);
      ExpressionPtr right = truth(depth - 1);
      return binary(random_.chance(50) ? "&&" : "||", ScalarType::boolean, left, right);
    }
    case 2:
      if (!only_uniform_ && random_.chance(40)) {
        for (const TypePtr& structure : kernel_.structs) {
          if (ExpressionPtr made = operation_of(structure, random_.chance(50) ? "==" : "<", depth - 1)) return made;
        }
      }
      return make(ExpressionKind::unary, scalar_type(ScalarType::boolean), "!", {truth(depth - 1)});
    case 3: return converted(value(any_scalar(), depth - 1), ScalarType::boolean);
    default: {
      const ScalarType type = any_scalar();
      const auto operand = [&] { return value(random_.chance(70) ? type : any_scalar(), depth - 1); };
      auto [left, right] = unordered(operand, operand);
      return binary(random_.pick(comparisons), ScalarType::boolean, left, right);
    }
  }
}

ExpressionPtr Generator::unary(ScalarType type, int depth) {
  ExpressionPtr operand = value(random_.chance(70) ? type : any_scalar(), depth - 1);
  const ScalarType result = promoted(operand->type->scalar);
  const bool is_complement = is_integer(result) && random_.chance(50);
  return converted(make(ExpressionKind::unary, scalar_type(result), is_complement ? "~" : "-", {std::move(operand)}),
                   type);
}

ExpressionPtr Generator::conditional(ScalarType type, int depth) {
  ExpressionPtr condition = truth(depth - 1);
  ExpressionPtr yes = value(random_.chance(80) ? type : any_scalar(), depth - 1);
  ExpressionPtr no = value(random_.chance(80) ? type : any_scalar(), depth - 1);
  const ScalarType left = yes->type->scalar;
  const ScalarType result = left == no->type->scalar ? left : common_type(left, no->type->scalar);
  return converted(make(ExpressionKind::conditional, scalar_type(result), {}, {condition, yes, no}), type);
}

/// Functions that have one right result, which every device gives.
ExpressionPtr Generator::mathematics(ScalarType type, int depth) {
  constexpr std::array<std::string_view, 8> of_one = {"fabs",  "floor", "ceil", "trunc",
                                                      "round", "rint",  "sqrt", "fabs"};
  const auto operand = [&] { return value(type, depth - 1); };
  const TypePtr result = scalar_type(type);
  switch (random_.below(6)) {
    case 0: {
      auto [sign, size] = unordered(operand, operand);
      sign = pinned(make(ExpressionKind::call, result, "fuzz::number", {sign}));
      return make(ExpressionKind::call, result, "std::copysign", {size, sign});
    }
    case 1: {
      ExpressionPtr third;
      auto [first, second] = unordered(operand, [&] {
        auto [left, right] = unordered(operand, operand);
        third = right;
        return left;
      });
      return make(ExpressionKind::call, result, "std::fma", {first, second, third});
    }
    case 2: {
      auto [left, right] = unordered(operand, operand);
      return make(ExpressionKind::call, result, random_.chance(50) ? "std::fdim" : "std::nextafter", {left, right});
    }
    default: return make(ExpressionKind::call, result, "std::" + std::string(random_.pick(of_one)), {operand()});
  }
}

ExpressionPtr Generator::integer_function(ScalarType type, int depth) {
  constexpr std::array wide_types = {ScalarType::int32, ScalarType::int64};
  constexpr std::array unsigned_types = {ScalarType::uint8, ScalarType::uint16, ScalarType::uint32, ScalarType::uint64};
  constexpr std::array<std::string_view, 6> counts = {"popcount",   "countl_zero", "countr_zero",
                                                      "countl_one", "countr_one",  "bit_width"};
  if (random_.chance(30)) {
    const ScalarType of = random_.pick(wide_types);
    return converted(make(ExpressionKind::call, scalar_type(of), "std::abs", {value(of, depth - 1)}), type);
  }
  const ScalarType of = random_.pick(unsigned_types);
  if (random_.chance(30)) {
    auto [left, right] = unordered([&] { return value(of, depth - 1); }, [&] { return value(ScalarType::int32, 1); });
    const char* name = random_.chance(50) ? "std::rotl" : "std::rotr";
    return converted(make(ExpressionKind::call, scalar_type(of), name, {left, right}), type);
  }
  const std::string_view name = random_.pick(counts);
  // bit_width is int in C++23 and in libstdc++ 12 the type of its operand.
  ExpressionPtr result =
      make(ExpressionKind::call, scalar_type(ScalarType::int32), "std::" + std::string(name), {value(of, depth - 1)});
  if (name == "bit_width") {
    result = make(ExpressionKind::cast, scalar_type(ScalarType::int32), {}, {pinned(std::move(result))});
  }
  return converted(std::move(result), type);
}

ExpressionPtr Generator::chosen(ScalarType type, int depth) {
  // Of references kernelc does not know that they are the same for all items.
  if (only_uniform_) return arithmetic(type, depth);
  const auto operand = [&] { return value(type, depth - 1); };
  if (random_.chance(35)) {
    ExpressionPtr last;
    auto [first, second] = unordered(operand, [&] {
      auto [left, right] = unordered(operand, operand);
      last = right;
      return left;
    });
    return make(ExpressionKind::call, scalar_type(type), random_.chance(60) ? "fuzz::clamped" : "fuzz::least",
                {first, second, last});
  }
  auto [left, right] = unordered(operand, operand);
  return make(ExpressionKind::call, scalar_type(type), random_.chance(50) ? "std::min" : "std::max", {left, right});
}

/// `object op= value`.
ExpressionPtr Generator::compound(ExpressionPtr object, int depth) {
  constexpr std::array<std::string_view, 9> operators = {"+", "-", "*", "&", "|", "^", "/", "%", "<<"};
  constexpr std::array<std::string_view, 4> of_floats = {"+", "-", "*", "/"};
  const ScalarType type = object->type->scalar;
  if (is_floating_point(type)) {
    std::string op(random_.pick(of_floats));
    return binary(op + "=", type, std::move(object), value(any_scalar(), depth - 1));
  }
  std::string op(type == ScalarType::boolean ? operators[random_.below(6)] : random_.pick(operators));
  ExpressionPtr operand = value(random_.chance(60) && is_integer(type) ? type : random_.pick(integer_types), depth - 1);
  if (op == "/" || op == "%") operand = divisor_of(type, std::move(operand));
  if (op == "<<") {
    if (random_.chance(50)) op = ">>";
    const std::uint64_t mask = dotcompute::size_bytes(promoted(type)) * 8 - 1;
    const ScalarType wide = common_type(operand->type->scalar, ScalarType::int32);
    operand = pinned(binary("&", wide, std::move(operand), pinned(number(mask, ScalarType::int32))));
  }
  return binary(op + "=", type, std::move(object), std::move(operand));
}

ExpressionPtr Generator::with_effect(ScalarType type, int depth) {
  if (!may_have_effects_ || only_uniform_) return arithmetic(type, depth);
  const std::uint64_t kind = random_.below(5);
  if (kind == 4) {  // the comma: the left operand is complete before the right one begins
    ExpressionPtr left = with_effect(any_scalar(), depth - 1);
    ExpressionPtr right = value(type, depth - 1);
    return binary(",", type, left, right);
  }
  ExpressionPtr object = place(type, true);
  if (!object) return leaf(type);
  object = pinned(std::move(object));
  if (kind < 2 && type != ScalarType::boolean) {
    const std::string op = random_.chance(50) ? "++" : "--";
    return make(kind == 0 ? ExpressionKind::unary : ExpressionKind::postfix, scalar_type(type), op, {object});
  }
  // What is assigned must not use the object's indices in another order, so that nothing else may be written.
  const bool may_have_effects = std::exchange(may_have_effects_, false);
  ExpressionPtr result =
      kind == 3 && depth > 1
          ? compound(object, depth)
          : binary("=", type, object,
                   converted(value(random_.chance(70) ? type : any_scalar(), depth - 1), type, true));
  may_have_effects_ = may_have_effects;
  return result;
}

}  // namespace fuzz
