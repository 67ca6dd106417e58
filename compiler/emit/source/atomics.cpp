#include "emit/source/function_writer.hpp"

namespace kernelc::source {

using model::AtomicOperation;

namespace {

/// Whether the bits of an operation's result follow from the bits of its operands alone, whatever numbers they mean.
bool is_of_bits(AtomicOperation op, ScalarType type) {
  switch (op) {
    case AtomicOperation::minimum:
    case AtomicOperation::maximum: return false;
    case AtomicOperation::add:
    case AtomicOperation::subtract: return !dotcompute::is_floating_point(type);
    default: return true;
  }
}

}  // namespace

std::string Routines::pointer_to(ScalarType type, Space space) {
  return std::string(dialect_.space(space)) + types_.scalar(type) + "*";
}

std::string Routines::as_number(const std::string& bits, ScalarType type) {
  if (dotcompute::is_floating_point(type)) return dialect_.same_bits(bits, unsigned_of(type), type);
  return type == unsigned_of(type) ? bits : "(" + types_.scalar(type) + ")(" + bits + ")";
}

std::string Routines::as_bits(const std::string& number, ScalarType type) {
  const ScalarType bits = unsigned_of(type);
  if (dotcompute::is_floating_point(type)) return dialect_.same_bits(number, type, bits);
  return type == bits ? number : "(" + types_.scalar(bits) + ")(" + number + ")";
}

std::string Routines::atomic_name(const AtomicCall& call) {
  std::string space;
  for (const char c : dialect_.space(call.space)) space += c == ' ' || c == '_' ? "" : std::string(1, c);
  return "atomic_" + std::string(model::name(call.op)) + (space.empty() ? "" : "_" + space);
}

std::string Routines::atomic(const AtomicCall& call, bool is_used) {
  uses_int64_atomics_ = uses_int64_atomics_ || dotcompute::size_bytes(call.type) == 8;
  if (const auto own = dialect_.atomic(call, *this)) return *own;
  if (is_of_bits(call.op, call.type)) {
    const ScalarType bits = unsigned_of(call.type);
    AtomicCall plain{call.op, bits, call.space, "(" + pointer_to(bits, call.space) + ")" + call.pointer, {}};
    for (const std::string& value : call.values) plain.values.push_back(as_bits(value, call.type));
    if (const auto own = dialect_.atomic(plain, *this)) {
      return is_used && call.op != AtomicOperation::store ? as_number(*own, call.type) : *own;
    }
  }
  const std::string type = types_.scalar(call.type);
  const std::string parameters = pointer_to(call.type, call.space) + " object, " + type + " value";
  const std::string name = function(atomic_name(call), call.type, type, parameters, atomic_loop(call));
  return name + "(" + call.pointer + ", " + call.values[0] + ")";
}

std::string Routines::atomic_loop(const AtomicCall& call) {
  const ScalarType type = unsigned_of(call.type);
  const std::string bits = types_.scalar(type);
  AtomicCall access{AtomicOperation::load, type, call.space, "(" + pointer_to(type, call.space) + ")object", {}};
  const std::string load = *dialect_.atomic(access, *this);
  const std::string old = as_number("old", call.type);
  std::string head = "for (;;)";
  std::string next = "value";
  switch (call.op) {
    case AtomicOperation::minimum: head = "while (value < " + old + ")"; break;
    case AtomicOperation::maximum: head = "while (" + old + " < value)"; break;
    case AtomicOperation::add: next = old + " + value"; break;
    case AtomicOperation::subtract: next = old + " - value"; break;
    case AtomicOperation::bit_and: next = old + " & value"; break;
    case AtomicOperation::bit_or: next = old + " | value"; break;
    default: next = old + " ^ value"; break;
  }
  access.op = AtomicOperation::compare_exchange;
  access.values = {"old", as_bits(next, call.type)};
  const std::string exchange = *dialect_.atomic(access, *this);
  return bits + " old = " + load + ";\n  " + head + " {\n    const " + bits + " seen = " + exchange +
         ";\n    if (seen == old) break;\n    old = seen;\n  }\n  return " + old + ";";
}

Text FunctionWriter::atomic(const model::Atomic& source, E expression, bool is_used) {
  std::vector<E> parts{source.object};
  parts.insert(parts.end(), source.values.begin(), source.values.end());
  const std::vector<Text> texts = operands(parts);
  AtomicCall call{source.op, source.object->type->scalar, spaces_of(source.object).front()};
  call.pointer = texts[0].pointer.empty() ? "&" + within(texts[0], Precedence::unary) : texts[0].pointer;
  for (std::size_t i = 0; i < source.values.size(); ++i) {
    call.values.push_back(exact(texts[i + 1], *source.values[i]->type).code);
  }
  if (expression->line != 0) shop_.line = expression->line;
  const bool has_value = is_used && source.op != AtomicOperation::store;
  Text result{.code = shop_.routines.atomic(call, has_value), .precedence = Precedence::unary};
  if (has_value) return keep(expression, std::move(result));
  add(result.code + ";");
  return {};
}

}  // namespace kernelc::source
