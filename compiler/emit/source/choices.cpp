#include "emit/source/function_writer.hpp"

namespace kernelc::source {

using model::TypeKind;

Text FunctionWriter::logical(const model::Logical& operation) {
  const Precedence binding = operation.is_and ? Precedence::logical_and : Precedence::logical_or;
  // A different operator inside gets parentheses; compilers warn without.
  const auto operand = [&](const Text& text) {
    const bool mixes = text.precedence <= Precedence::logical_and && text.precedence != binding;
    return mixes ? "(" + text.code + ")" : within(text, binding);
  };
  const Text left = value(operation.left);
  if (!emits(operation.right)) {
    const Text right = value(operation.right);
    return {.code = operand(left) + (operation.is_and ? " && " : " || ") +
                    (right.precedence == binding ? "(" + right.code + ")" : operand(right)),
            .precedence = binding};
  }
  const std::string name = shop_.names.local(operation.is_and ? "both" : "either");
  add_declaration(types_.scalar(ScalarType::boolean) + " " + name + " = " + left.code + ";");
  add("if (" + std::string(operation.is_and ? "" : "!") + name + ") {");
  ++depth_, ++branches_;
  add(name + " = " + value(operation.right).code + ";");
  --depth_, --branches_;
  add("}");
  return {.code = name, .is_stable = true};
}

Text FunctionWriter::conditional(const model::Conditional& source, E expression) {
  return choice(source, *expression->type, spaces_of(expression), false);
}

/// A choice of values; `loads`: the operands are objects.
Text FunctionWriter::choice(const model::Conditional& source, const model::Type& type, SpacesView spaces, bool loads) {
  const auto part = [&](E operand) {
    if (type.kind == TypeKind::nothing) {
      discard(operand);
      return Text{};
    }
    Text text = exact(loads ? loaded(operand) : value(operand), type);
    return loads ? text : pointer_value(std::move(text), operand);
  };
  const Text test = value(source.condition);
  const bool is_value = type.kind != TypeKind::nothing;
  const bool must_branch = type.is_aggregate() && !loads;
  if (is_value && !must_branch && !emits(source.yes) && !emits(source.no)) {
    const Text yes = part(source.yes);
    const Text no = part(source.no);
    const auto operand = [](const Text& text) {
      return text.precedence <= Precedence::conditional ? "(" + text.code + ")" : text.code;
    };
    return {.code = operand(test) + " ? " + operand(yes) + " : " + within(no, Precedence::conditional),
            .precedence = Precedence::conditional};
  }
  std::string name;
  if (is_value) name = declare_value(types_.name(type, spaces), "chosen");
  const auto arm = [&](E operand) {
    ++depth_, ++branches_;
    const Text text = part(operand);
    if (is_value) add(name + " = " + text.code + ";");
    --depth_, --branches_;
  };
  add("if (" + test.code + ") {");
  arm(source.yes);
  const std::size_t before = lines_.size();
  add("} else {");
  arm(source.no);
  if (lines_.size() == before + 1) lines_.pop_back();
  add("}");
  return {.code = name, .is_stable = true};
}

/// A choice of objects, by their addresses.
Text FunctionWriter::conditional_object(const model::Conditional& source, E expression) {
  const std::string type = types_.pointer(*expression->type, spaces_of(expression));
  const auto place = [&](E operand) {
    const Text text = object(operand);
    const std::string address = text.pointer.empty() ? "&" + within(text, Precedence::unary) : text.pointer;
    return (text.is_const ? "(" + type + ")" : "") + address;
  };
  const Text test = value(source.condition);
  if (!emits(source.yes) && !emits(source.no)) {
    const std::string yes = place(source.yes);
    const std::string pointer =
        "(" + within(test, Precedence::logical_or) + " ? " + yes + " : " + place(source.no) + ")";
    return {.code = "*" + pointer, .precedence = Precedence::unary, .pointer = pointer};
  }
  const std::string name = declare_value(type, "place");
  const auto arm = [&](E operand) {
    ++depth_, ++branches_;
    add(name + " = " + place(operand) + ";");
    --depth_, --branches_;
  };
  add("if (" + test.code + ") {");
  arm(source.yes);
  add("} else {");
  arm(source.no);
  add("}");
  return {.code = "*" + name, .precedence = Precedence::unary, .is_stable = true, .pointer = name};
}

}  // namespace kernelc::source
