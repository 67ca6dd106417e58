#include "tree.hpp"

#include <array>
#include <utility>

namespace fuzz {

TypePtr scalar_type(ScalarType scalar) {
  static const std::array<TypePtr, 12> types = [] {
    std::array<TypePtr, 12> all;
    for (std::uint32_t i = 1; i < 12; ++i) {
      Type type;
      type.scalar = static_cast<ScalarType>(i);
      all[i] = std::make_shared<const Type>(std::move(type));
    }
    return all;
  }();
  return types[static_cast<std::size_t>(scalar)];
}

TypePtr half_type() {
  static const TypePtr type = [] {
    Type half;
    half.kind = Type::Kind::half;
    return std::make_shared<const Type>(std::move(half));
  }();
  return type;
}

TypePtr array_type(TypePtr element, std::uint64_t count) {
  Type type;
  type.kind = Type::Kind::array;
  type.element = std::move(element);
  type.count = count;
  return std::make_shared<const Type>(std::move(type));
}

TypePtr plain_array_type(TypePtr element, std::uint64_t count) {
  Type type = *array_type(std::move(element), count);
  type.is_plain = true;
  return std::make_shared<const Type>(std::move(type));
}

std::string spelling(const Type& type) {
  if (type.is_plain) return spelling(*type.element) + "[" + std::to_string(type.count) + "]";
  if (type.kind == Type::Kind::half) return "dotcompute::half";
  if (type.kind == Type::Kind::structure) return type.name;
  if (type.kind == Type::Kind::array) {
    return "std::array<" + spelling(*type.element) + ", " + std::to_string(type.count) + ">";
  }
  switch (type.scalar) {
    case ScalarType::boolean: return "bool";
    case ScalarType::float32: return "float";
    case ScalarType::float64: return "double";
    default: return "std::" + std::string(dotcompute::name(type.scalar)) + "_t";
  }
}

bool is_signed(ScalarType type) noexcept { return type >= ScalarType::int8 && type <= ScalarType::int64; }

bool is_integer(ScalarType type) noexcept { return type >= ScalarType::int8 && type <= ScalarType::uint64; }

ScalarType promoted(ScalarType type) noexcept {
  return is_floating_point(type) || dotcompute::size_bytes(type) >= 4 ? type : ScalarType::int32;
}

ScalarType common_type(ScalarType left, ScalarType right) noexcept {
  if (left == ScalarType::float64 || right == ScalarType::float64) return ScalarType::float64;
  if (left == ScalarType::float32 || right == ScalarType::float32) return ScalarType::float32;
  left = promoted(left);
  right = promoted(right);
  if (left == right) return left;
  const std::size_t left_size = dotcompute::size_bytes(left);
  const std::size_t right_size = dotcompute::size_bytes(right);
  if (left_size != right_size) return left_size > right_size ? left : right;
  return is_signed(left) ? right : left;
}

namespace {

std::size_t count(const Expression& expression) {
  std::size_t sum = 1;
  for (const ExpressionPtr& operand : expression.operands) sum += count(*operand);
  return sum;
}

std::size_t count(const StatementList& list) {
  std::size_t sum = 0;
  for (const StatementPtr& statement : list) {
    sum += 1 + count(statement->children);
    for (const ExpressionPtr& expression : statement->expressions) sum += count(*expression);
  }
  return sum;
}

}  // namespace

std::size_t node_count(const Kernel& kernel) {
  std::size_t sum =
      count(kernel.body) + kernel.structs.size() + kernel.values.size() + kernel.spans.size() + kernel.shared.size();
  for (const FunctionPtr& function : kernel.functions) sum += 1 + count(function->body);
  for (const TypePtr& type : kernel.structs) {
    for (const FunctionPtr& method : type->methods) sum += 1 + count(method->body);
  }
  return sum;
}

}  // namespace fuzz
