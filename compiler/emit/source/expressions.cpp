#include <cassert>

#include "emit/source/function_writer.hpp"
#include "model/walk.hpp"

namespace kernelc::source {

using model::TypeKind;

/// The value of an rvalue. Side effects have become statements when it returns.
Text FunctionWriter::value(E expression) {
  Text text = plain_value(expression);
  return effects_.of(*expression).is_cut ? keep(expression, std::move(text)) : text;
}

Text FunctionWriter::plain_value(E expression) {
  const model::Type& type = *expression->type;
  return std::visit(model::Overloaded{
                        [&](const model::Literal& n) { return number(n.bits, type); },
                        [&](const model::Zero&) { return zero(type, spaces_of(expression)); },
                        [&](const model::Load& n) { return loaded(n.object); },
                        [&](const model::AddressOf& n) {
                          const auto copy = clone_.copies.find(expression);
                          if (copy == clone_.copies.end()) return address_of(n, type);
                          const Text whole = loaded(n.object);
                          const std::string name = variable_name(copy->second);
                          add(name + " = " + whole.code + ";");
                          return Text{.code = "&" + name, .precedence = Precedence::unary, .is_stable = true};
                        },
                        [&](const model::PointerAdd& n) { return pointer_add(n, expression); },
                        [&](const model::PointerDifference& n) {
                          const std::vector<Text> both = operands({n.left, n.right});
                          return Text{.code = "(" + types_.scalar(ScalarType::int64) + ")(" +
                                              within(both[0], Precedence::sum) + " - " +
                                              within(both[1], Precedence::product) + ")",
                                      .precedence = Precedence::unary};
                        },
                        [&](const model::MakeSpan& n) {
                          std::vector<Text> both = operands({n.data, n.size});
                          both[0] = pointer_value(both[0], n.data);
                          return make(type_of(expression), "{" + both[0].code + ", " + both[1].code + "}");
                        },
                        [&](const model::SpanData& n) { return span_part(n.span, true); },
                        [&](const model::SpanSize& n) { return span_part(n.span, false); },
                        [&](const model::Unary& n) { return unary(n, type); },
                        [&](const model::Binary& n) {
                          const std::vector<Text> both = operands({n.left, n.right});
                          return binary(n.op, both[0], both[1], *n.left->type, *n.right->type);
                        },
                        [&](const model::Logical& n) { return logical(n); },
                        [&](const model::Conditional& n) { return conditional(n, expression); },
                        [&](const model::Step& n) { return step(n, false, true); },
                        [&](const model::Convert& n) {
                          if (type.is_bool()) {
                            if (const auto known = truth(n.operand)) return *known;
                          }
                          return convert(value(n.operand), *n.operand->type, type);
                        },
                        [&](const model::Call& n) { return call(n, expression); },
                        [&](const model::Construct& n) {
                          const std::string made = declare_value(type_of(expression), "made");
                          construct(n, expression, made);
                          return Text{.code = made, .is_stable = true};
                        },
                        [&](const model::MathCall& n) { return math(n, expression); },
                        [&](const model::Atomic& n) { return atomic(n, expression, true); },
                        [&](const model::GridQuery& n) { return grid_query(n, type); },
                        [&](const model::Aggregate& n) { return aggregate(n, expression); },
                        [&](const model::Sequence& n) {
                          discard(n.first);
                          return value(n.second);
                        },
                        [&](const model::BitCast& n) { return bit_cast(n, expression); },
                        [](const auto&) -> Text {
                          assert(false && "an lvalue has no value before it is loaded");
                          return {};
                        },
                    },
                    expression->node);
}

/// The object of an lvalue, as what C can assign to and take the address of.
Text FunctionWriter::object(E expression) {
  return std::visit(model::Overloaded{
                        [&](const model::VariableUse& n) { return variable(n.variable); },
                        [&](const model::ConstantUse& n) {
                          return Text{.code = types_.table(*n.constant), .is_const = true, .is_stable = true};
                        },
                        [&](const model::Temporary& n) { return temporary(n); },
                        [&](const model::Dereference& n) { return dereference(n); },
                        [&](const model::Member& n) {
                          Text whole = object(n.object);
                          const std::string field = types_.field(*n.object->type, n.field);
                          whole.code = whole.pointer.empty() ? within(whole, Precedence::postfix) + "." + field
                                                             : whole.pointer + "->" + field;
                          whole.precedence = Precedence::postfix;
                          whole.pointer.clear();
                          return whole;
                        },
                        [&](const model::Conditional& n) { return conditional_object(n, expression); },
                        [&](const model::Assign& n) { return assign(n, true); },
                        [&](const model::CompoundAssign& n) { return compound_assign(n, true); },
                        [&](const model::Step& n) { return step(n, true, true); },
                        [&](const model::Sequence& n) {
                          discard(n.first);
                          return object(n.second);
                        },
                        [](const auto&) -> Text {
                          assert(false && "not an lvalue");
                          return {};
                        },
                    },
                    expression->node);
}

/// What an object holds. A choice between objects is a choice of values here: they may lie in different spaces.
Text FunctionWriter::loaded(E object_source) {
  if (const auto* choice_node = std::get_if<model::Conditional>(&object_source->node)) {
    return choice(*choice_node, *object_source->type, value_spaces(object_source), true);
  }
  if (const auto* sequence = std::get_if<model::Sequence>(&object_source->node)) {
    discard(sequence->first);
    return loaded(sequence->second);
  }
  E root = object_source;
  while (const auto* member = std::get_if<model::Member>(&root->node)) root = member->object;
  if (root != object_source && std::holds_alternative<model::Conditional>(root->node)) {
    const auto& member = std::get<model::Member>(object_source->node);
    const Text whole = loaded(member.object);
    return {.code = within(whole, Precedence::postfix) + "." + types_.field(*member.object->type, member.field)};
  }
  bool is_fixed = false;
  if (const auto* use = std::get_if<model::VariableUse>(&object_source->node)) {
    if (pairs_.contains(use->variable)) return span_value(use->variable, object_source);
    is_fixed = !effects_.is_assigned(use->variable) && !effects_.is_exposed(use->variable);
  }
  Text text = object(object_source);
  text.is_stable = is_fixed;
  text.is_const = false;
  text.pointer.clear();
  return text;
}

/// The text as C's own type for the model's, which it may differ from while it is put together.
Text FunctionWriter::exact(Text text, const model::Type& type) {
  if (!text.is_unsigned && !text.is_index) return text;
  text.code = "(" + types_.name(type) + ")" + within(text, Precedence::unary);
  text.precedence = Precedence::unary;
  text.is_unsigned = text.is_index = false;
  return text;
}

/// Keeps a value, or finds an object once, before something else is evaluated.
Text FunctionWriter::keep(E expression, Text text) {
  if (text.is_stable || expression->type->kind == TypeKind::nothing) return text;
  if (expression->is_lvalue) {
    const std::string type = types_.pointer(*expression->type, spaces_of(expression));
    const std::string address = text.pointer.empty() ? "&" + within(text, Precedence::unary) : text.pointer;
    const std::string name = shop_.names.local("place");
    add_declaration(type + " " + name + " = " + (text.is_const ? "(" + type + ")" : "") + address + ";");
    return {.code = "*" + name, .precedence = Precedence::unary, .is_stable = true, .pointer = name};
  }
  text = pointer_value(exact(std::move(text), *expression->type), expression);
  const std::string name = shop_.names.local("value");
  // What a pointer points to stays assignable.
  const std::string qualifier = expression->type->kind == TypeKind::pointer ? "" : "const ";
  add_declaration(qualifier + type_of(expression) + " " + name + " = " + text.code + ";");
  return {.code = name, .is_stable = true};
}

/// Several operands, evaluated in this order.
std::vector<Text> FunctionWriter::operands(const std::vector<E>& expressions) {
  std::vector<Text> texts;
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    E expression = expressions[i];
    Text text = expression->is_lvalue ? object(expression) : value(expression);
    for (std::size_t later = i + 1; later < expressions.size() && !text.is_stable; ++later) {
      if (effects_.conflict(*expression, *expressions[later])) text = keep(expression, std::move(text));
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

Text FunctionWriter::variable(const model::Variable* source) {
  return {.code = variable_name(source), .is_stable = true};
}

/// A pointer without C's const, which the model's pointers do not have.
Text FunctionWriter::pointer_value(Text text, E expression) {
  if (!text.is_const || expression->type->kind != TypeKind::pointer) return text;
  text.code = "(" + type_of(expression) + ")" + within(text, Precedence::unary);
  text.precedence = Precedence::unary;
  text.is_const = false;
  return text;
}

Text FunctionWriter::address_of(const model::AddressOf& address, const model::Type& type) {
  Text text = object(address.object);
  const bool is_const = text.is_const;
  const model::Type& of = *address.object->type;
  Text result{.is_const = is_const, .is_stable = text.is_stable};
  if (of.kind == TypeKind::array && type.element != &of) {
    result.code = text.pointer.empty() ? within(text, Precedence::postfix) + ".at" : text.pointer + "->at";
  } else if (!text.pointer.empty()) {
    result.code = text.pointer;
  } else {
    result.code = "&" + within(text, Precedence::unary);
    result.precedence = Precedence::unary;
  }
  return result;
}

Text FunctionWriter::element(const Text& array, const Text& index) {
  constexpr std::uint64_t largest = 0x7fff'ffff;
  const bool is_plain = index.number.value_or(largest + 1) <= largest;
  return {
      .code = within(array, Precedence::postfix) + "[" + (is_plain ? std::to_string(*index.number) : index.code) + "]",
      .is_const = array.is_const};
}

Text FunctionWriter::dereference(const model::Dereference& use) {
  const auto* add = std::get_if<model::PointerAdd>(&use.pointer->node);
  if (add != nullptr && !add->subtract && !effects_.of(*use.pointer).is_cut) {
    const auto* address = std::get_if<model::AddressOf>(&add->pointer->node);
    if (address != nullptr && address->object->type->kind == TypeKind::array &&
        add->pointer->type->element != address->object->type) {
      const std::vector<Text> both = operands({address->object, add->index});
      const auto* words = std::get_if<model::VariableUse>(&address->object->node);
      Text array{.is_const = both[0].is_const};
      // The published words are no array of the model's, which can be copied, but C's own.
      array.code = words != nullptr && words->variable->is_published ? both[0].code
                   : both[0].pointer.empty()                         ? within(both[0], Precedence::postfix) + ".at"
                                                                     : both[0].pointer + "->at";
      Text index = both[1].is_index ? both[1] : exact(both[1], *add->index->type);
      return element(array, index);
    }
    const std::vector<Text> both = operands({add->pointer, add->index});
    return element(both[0], both[1].is_index ? both[1] : exact(both[1], *add->index->type));
  }
  if (const auto* address = std::get_if<model::AddressOf>(&use.pointer->node);
      address != nullptr && use.pointer->type->element == address->object->type && !effects_.of(*use.pointer).is_cut) {
    return object(address->object);
  }
  const Text pointer = value(use.pointer);
  return {.code = "*" + within(pointer, Precedence::unary),
          .precedence = Precedence::unary,
          .is_const = pointer.is_const,
          .is_stable = pointer.is_stable,
          .pointer = within(pointer, Precedence::postfix)};
}

Text FunctionWriter::pointer_add(const model::PointerAdd& add, E expression) {
  std::vector<Text> both = operands({add.pointer, add.index});
  both[0] = pointer_value(both[0], expression);
  if (!both[1].is_index) both[1] = exact(both[1], *add.index->type);
  return {
      .code = within(both[0], Precedence::sum) + (add.subtract ? " - " : " + ") + within(both[1], Precedence::product),
      .precedence = Precedence::sum};
}

Text FunctionWriter::temporary(const model::Temporary& source) {
  const bool is_new = !variables_.contains(source.variable);
  if (branches_ == 0 && is_new) {
    initialise({source.variable, source.value}, type_of(source.variable));
  } else {
    const std::string name = variable_name(source.variable);
    const Text text = exact(source.value);
    add(name + " = " + pointer_value(text, source.value).code + ";");
  }
  return {.code = variable_name(source.variable), .is_stable = true};
}

Text FunctionWriter::span_value(const model::Variable* source, E expression) {
  const Pair& pair = pairs_.at(source);
  const SpacesView spaces = spaces_of(source);
  const std::string cast = pair.is_const ? "(" + types_.pointer(*source->type->element, spaces) + ")" : "";
  (void)expression;
  return make(types_.name(*source->type, spaces), "{" + cast + pair.data + ", " + pair.size + "}");
}

/// The data or size of a span.
Text FunctionWriter::span_part(E span, bool is_data) {
  if (const auto* load = std::get_if<model::Load>(&span->node)) {
    if (const auto* use = std::get_if<model::VariableUse>(&load->object->node)) {
      if (const auto pair = pairs_.find(use->variable); pair != pairs_.end()) {
        if (!is_data) return {.code = pair->second.size, .is_index = true, .is_stable = true};
        return {.code = pair->second.data, .is_const = pair->second.is_const, .is_stable = true};
      }
    }
    if (std::holds_alternative<model::Conditional>(load->object->node)) {
      return {.code = within(value(span), Precedence::postfix) + (is_data ? ".data" : ".size")};
    }
    const Text whole = object(load->object);
    const std::string code = whole.pointer.empty() ? within(whole, Precedence::postfix) + "." : whole.pointer + "->";
    return {.code = code + (is_data ? "data" : "size")};
  }
  return {.code = within(value(span), Precedence::postfix) + (is_data ? ".data" : ".size")};
}

void FunctionWriter::discard_operands(E expression) {
  model::for_each_operand(*expression, [&](const model::Expression& operand) { discard(&operand); });
}

/// Evaluates for the side effects alone.
void FunctionWriter::discard(E expression) {
  if (!emits(expression)) return;
  std::visit(model::Overloaded{
                 [&](const model::Assign& n) { assign(n, false); },
                 [&](const model::CompoundAssign& n) { compound_assign(n, false); },
                 [&](const model::Step& n) { step(n, n.prefix, false); },
                 [&](const model::Temporary& n) { temporary(n); },
                 [&](const model::Call& n) {
                   if (!shop_.facts.of(*n.callee).writes_memory) return discard_operands(expression);
                   add(call_code(clone_.callees.at(expression), arguments(n.arguments)) + ";");
                 },
                 [&](const model::Sequence& n) { discard(n.first), discard(n.second); },
                 [&](const model::Conditional& n) {
                   static const model::Type nothing;
                   choice(n, nothing, {}, false);
                 },
                 [&](const model::Logical& n) {
                   if (!emits(n.right)) return discard(n.left);
                   const Text left = value(n.left);
                   add("if (" + (n.is_and ? left.code : "!" + within(left, Precedence::unary)) + ") {");
                   ++depth_, ++branches_;
                   discard(n.right);
                   --depth_, --branches_;
                   add("}");
                 },
                 [&](const model::Construct&) { value(expression); },
                 [&](const model::MathCall&) { value(expression); },
                 [&](const model::Barrier&) { add(std::string(dialect_.barrier()) + ";"); },
                 [&](const model::Atomic& n) { atomic(n, expression, false); },
                 [&](const auto&) { discard_operands(expression); },
             },
             expression->node);
}

}  // namespace kernelc::source
