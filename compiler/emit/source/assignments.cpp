#include "emit/source/function_writer.hpp"
#include "emit/source/literals.hpp"

namespace kernelc::source {

using model::BinaryOperator;
using model::TypeKind;

namespace {

/// The operators that have an assignment of their own in C.
std::string_view assigning(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::add: return "+=";
    case BinaryOperator::subtract: return "-=";
    case BinaryOperator::multiply: return "*=";
    case BinaryOperator::divide: return "/=";
    case BinaryOperator::bit_and: return "&=";
    case BinaryOperator::bit_or: return "|=";
    case BinaryOperator::bit_xor: return "^=";
    default: return "";
  }
}

/// Whether `x op= y` on this type means in C what it means in the model.
bool is_plain(BinaryOperator op, const model::Type& type) {
  if (assigning(op).empty()) return false;
  if (type.is_floating()) return true;
  const bool is_bitwise =
      op == BinaryOperator::bit_and || op == BinaryOperator::bit_or || op == BinaryOperator::bit_xor;
  return is_bitwise || (op != BinaryOperator::divide && !type.is_signed());
}

}  // namespace

/// An object that is named once more after it was written: finding it again must not see the change.
Text FunctionWriter::fixed(const Text& object, E expression, bool is_used) {
  return is_used || effects_.of(*expression).calls ? keep(expression, object) : object;
}

/// C++17: the right operand is evaluated before the left one.
Text FunctionWriter::assign(const model::Assign& assignment, bool is_used) {
  std::vector<Text> both = operands({assignment.value, assignment.object});
  const Text value = pointer_value(exact(both[0], *assignment.value->type), assignment.value);
  const Text object = is_used ? fixed(both[1], assignment.object, true) : both[1];
  add(object.code + " = " + value.code + ";");
  return object;
}

Text FunctionWriter::compound_assign(const model::CompoundAssign& assignment, bool is_used) {
  const model::Type& type = *assignment.object->type;
  const model::Type& of_value = *assignment.value->type;
  const model::Type& computation = *assignment.computation;
  std::vector<Text> both = operands({assignment.value, assignment.object});
  const Text object = fixed(both[1], assignment.object, is_used);
  if (type.kind == TypeKind::pointer) {
    const Text index = both[0].is_index ? both[0] : exact(both[0], of_value);
    add(object.code + (assignment.op == BinaryOperator::subtract ? " -= " : " += ") + index.code + ";");
    return object;
  }
  if (&type == &computation && is_plain(assignment.op, type)) {
    add(object.code + " " + std::string(assigning(assignment.op)) + " " + exact(both[0], of_value).code + ";");
    return object;
  }
  Text old = object;
  old.is_stable = old.is_const = false;
  const Text result = binary(assignment.op, convert(old, type, computation), both[0], computation, of_value);
  add(object.code + " = " + exact(convert(result, computation, type), type).code + ";");
  return object;
}

/// Adds or subtracts one.
void FunctionWriter::change(const Text& object, const model::Type& type, bool increment) {
  if (!type.is_signed() || type.size < 4) {  // narrow types are promoted, so that nothing overflows
    add((increment ? "++" : "--") + within(object, Precedence::unary) + ";");
    return;
  }
  const ScalarType wrapping = unsigned_of(type.scalar);
  add(object.code + " = (" + types_.name(type) + ")((" + types_.scalar(wrapping) + ")" +
      within(object, Precedence::unary) + (increment ? " + " : " - ") + literal(1, wrapping, dialect_).code + ");");
}

Text FunctionWriter::step(const model::Step& source, bool is_object, bool is_used) {
  const model::Type& type = *source.object->type;
  const Text place = fixed(object(source.object), source.object, is_used);
  if (source.prefix || !is_used) {
    change(place, type, source.increment);
    if (is_object || !is_used) return place;
    Text result = place;
    result.is_stable = false;
    return result;
  }
  const std::string before = shop_.names.local("before");
  const std::string qualifier = type.kind == TypeKind::pointer ? "" : "const ";
  add_declaration(qualifier + types_.name(type, value_spaces(source.object)) + " " + before + " = " + place.code + ";");
  change(place, type, source.increment);
  return {.code = before, .is_stable = true};
}

}  // namespace kernelc::source
