#include "emit/source/function_writer.hpp"

namespace kernelc::source {

using model::TypeKind;

/// `(T){...}` in C, `T{...}` in C++.
Text FunctionWriter::make(const std::string& type, const std::string& list) {
  return {.code = dialect_.is_cpp() ? type + list : "(" + type + ")" + list};
}

/// The braces of an object that is all zero; the innermost first member is a number in each of our types.
std::string FunctionWriter::zero_braces(const model::Type& type) {
  if (dialect_.is_cpp()) return "{}";
  if (type.kind == TypeKind::array)
    return "{" + std::string(type.element->is_scalar() ? "{0}" : zero_braces(*type.element)) + "}";
  return "{0}";
}

Text FunctionWriter::zero(const model::Type& type, SpacesView spaces) {
  if (type.is_scalar()) return number(0, type);
  if (type.kind == TypeKind::nothing) return {};
  const std::string name = types_.name(type, spaces);
  if (type.kind == TypeKind::pointer) {
    return {.code = "(" + name + ")0", .precedence = Precedence::unary, .is_stable = true};
  }
  Text text = make(name, zero_braces(type));
  text.is_stable = true;
  return text;
}

/// Whether an aggregate, or one within it, has elements that a loop fills.
bool FunctionWriter::needs_loop(E expression) {
  const auto* aggregate = std::get_if<model::Aggregate>(&expression->node);
  if (aggregate == nullptr) return false;
  if (!aggregate->elements.empty() && fills_by_loop(*aggregate, *expression->type, emits(aggregate->elements.back()))) {
    return true;
  }
  for (E element : aggregate->elements) {
    if (needs_loop(element)) return true;
  }
  return false;
}

/// The expressions inside the braces of an aggregate and of those within it, in order.
void FunctionWriter::leaves(const model::Aggregate& aggregate, const model::Type& type, std::vector<E>& list) {
  for (E element : aggregate.elements) {
    const auto* inner = std::get_if<model::Aggregate>(&element->node);
    if (inner != nullptr && !needs_loop(element) && !effects_.of(*element).is_cut) {
      leaves(*inner, *element->type, list);
    } else {
      list.push_back(element);
    }
  }
  (void)type;
}

/// The braces, from the texts of the leaves.
std::string FunctionWriter::join(const model::Aggregate& aggregate, const model::Type& type,
                                 std::vector<Text>::const_iterator& next) {
  std::vector<std::string> elements;
  for (E element : aggregate.elements) {
    const auto* inner = std::get_if<model::Aggregate>(&element->node);
    if (inner != nullptr && !needs_loop(element) && !effects_.of(*element).is_cut) {
      elements.push_back(join(*inner, *element->type, next));
    } else if (std::holds_alternative<model::Zero>(element->node) && element->type->is_aggregate()) {
      ++next;
      elements.push_back(zero_braces(*element->type));
    } else {
      Text text = pointer_value(exact(*next++, *element->type), element);
      // C promotes narrow numbers, and C++ does not let braces narrow them again.
      const bool is_promoted = element->type->is_integer() && element->type->size < 4 && !text.number;
      if (is_promoted && dialect_.is_cpp() && text.precedence < Precedence::unary) {
        text.code = "(" + types_.name(*element->type) + ")(" + text.code + ")";
      }
      elements.push_back(std::move(text.code));
    }
  }
  std::string list;
  const auto append = [&](const std::string& element) { list += (list.empty() ? "" : ", ") + element; };
  if (type.kind == TypeKind::array) {
    const bool repeats = !aggregate.elements.empty() && !is_zero(*aggregate.elements.back());
    if (!elements.empty() && !repeats && elements.size() > 1) elements.pop_back();
    for (const std::string& element : elements) append(element);
    for (std::uint64_t i = elements.size(); repeats && i < type.count; ++i) append(elements.back());
    return "{{" + list + "}}";
  }
  for (const std::uint32_t part : types_.layout(type)) append(part == Types::padding ? "{0}" : elements[part]);
  return list.empty() ? zero_braces(type) : "{" + list + "}";
}

/// The initialiser of an aggregate without loops.
std::string FunctionWriter::braces(const model::Aggregate& aggregate, const model::Type& type) {
  std::vector<E> list;
  leaves(aggregate, type, list);
  const std::vector<Text> texts = operands(list);
  auto next = texts.cbegin();
  return join(aggregate, type, next);
}

Text FunctionWriter::aggregate(const model::Aggregate& source, E expression) {
  const model::Type& type = *expression->type;
  const std::string name = type_of(expression);
  if (!needs_loop(expression)) return make(name, braces(source, type));
  const std::string made = declare_value(name, "made");
  fill(source, type, made);
  return {.code = made, .is_stable = true};
}

/// Element by element, into an object that none of them reads.
void FunctionWriter::fill(const model::Aggregate& source, const model::Type& type, const std::string& target) {
  const auto into = [&](E element, const std::string& place) {
    const auto* inner = std::get_if<model::Aggregate>(&element->node);
    if (inner != nullptr && needs_loop(element)) return fill(*inner, *element->type, place);
    if (const auto* made = std::get_if<model::Construct>(&element->node)) return construct(*made, element, place);
    add(place + " = " + pointer_value(exact(element), element).code + ";");
  };
  const std::size_t count = source.elements.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (type.kind == TypeKind::structure) {
      into(source.elements[i], target + "." + types_.field(type, static_cast<std::uint32_t>(i)));
    } else if (i + 1 < count || i + 1 == type.count) {
      into(source.elements[i], target + ".at[" + std::to_string(i) + "]");
    } else {
      const std::string index = shop_.names.local("element");
      const std::string counter = types_.scalar(ScalarType::uint32);
      add("for (" + counter + " " + index + " = " + std::to_string(i) + "; " + index + " < " +
          std::to_string(type.count) + "; ++" + index + ") {");
      ++depth_, ++branches_;
      into(source.elements[i], target + ".at[" + index + "]");
      --depth_, --branches_;
      add("}");
    }
  }
}

/// Runs a constructor on an object.
void FunctionWriter::construct(const model::Construct& source, E expression, const std::string& object) {
  if (source.is_zeroed) add(object + " = " + zero(*expression->type, spaces_of(expression)).code + ";");
  std::vector<std::string> list = arguments(source.arguments);
  list.insert(list.begin(), "&" + object);
  add(call_code(clone_.callees.at(expression), std::move(list)) + ";");
}

Text FunctionWriter::bit_cast(const model::BitCast& cast, E expression) {
  const model::Type& from = *cast.operand->type;
  const model::Type& to = *expression->type;
  const Text operand = exact(cast.operand);
  const bool are_numbers = from.is_scalar() && to.is_scalar() && !from.is_bool() && !to.is_bool();
  if (are_numbers && &from == &to) return operand;
  if (are_numbers) return {.code = dialect_.same_bits(operand.code, from.scalar, to.scalar)};
  return {.code = shop_.routines.same_bytes(types_.name(from), types_.name(to)) + "(" + operand.code + ")"};
}

}  // namespace kernelc::source
