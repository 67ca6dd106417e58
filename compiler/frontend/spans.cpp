/// std::span: its methods are nodes of the model. One of fixed extent is a pointer there, and its size a number.

#include <algorithm>

#include "frontend/translator.hpp"
#include "model/walk.hpp"

namespace kernelc {

using clang::Expr;
using model::BinaryOperator;
using model::ScalarType;

namespace {

bool is_literal(const model::Expression* expression, std::uint64_t bits) {
  const auto* literal = std::get_if<model::Literal>(&expression->node);
  return literal != nullptr && literal->bits == bits;
}

/// Whether one of the arguments may hold a pointer to a variable of the caller's.
bool takes_address(const std::vector<const model::Expression*>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const model::Expression* argument) {
    return !argument->type->is_scalar() && argument->type->kind != model::TypeKind::span;
  });
}

/// Whether evaluating it may change a variable that there was before.
bool may_write(const model::Expression& expression) {
  bool result = std::visit(model::Overloaded{
                               [](const model::Assign&) { return true; },
                               [](const model::CompoundAssign&) { return true; },
                               [](const model::Step&) { return true; },
                               [](const model::Call& n) { return takes_address(n.arguments); },
                               [](const model::Construct& n) { return takes_address(n.arguments); },
                               [](const model::MathCall& n) { return takes_address(n.arguments); },
                               [](const auto&) { return false; },
                           },
                           expression.node);
  model::for_each_operand(expression, [&](const model::Expression& operand) { result = result || may_write(operand); });
  return result;
}

/// Whether evaluating it again costs nothing and gives the same: a span made of a variable and a number.
bool is_plain(const model::Expression* expression) {
  if (std::holds_alternative<model::VariableUse>(expression->node) ||
      std::holds_alternative<model::Literal>(expression->node)) {
    return true;
  }
  if (const auto* use = std::get_if<model::Load>(&expression->node)) return is_plain(use->object);
  const auto* span = std::get_if<model::MakeSpan>(&expression->node);
  return span != nullptr && is_plain(span->data) && is_plain(span->size);
}

}  // namespace

/// A span as a value with pointer and size, whatever its extent.
Translator::E Translator::dynamic_span(E span, clang::QualType type, const clang::Stmt* at) {
  const auto extent = fixed_extent(type);
  if (!extent) return span;
  const E data = span->is_lvalue ? load(span) : span;
  return make(model_.span(data->type->element, data->type->element_is_const), false, at,
              model::MakeSpan{data, integer(*extent, ScalarType::uint64, at)});
}

Translator::E Translator::span_data(E span, const clang::Stmt* at) {
  if (const auto* made = std::get_if<model::MakeSpan>(&span->node)) return made->data;
  return make(model_.pointer(span->type->element, span->type->element_is_const), false, at, model::SpanData{span});
}

Translator::E Translator::span_size(E span, const clang::Stmt* at) {
  if (const auto* made = std::get_if<model::MakeSpan>(&span->node)) return made->size;
  return make(model_.scalar(ScalarType::uint64), false, at, model::SpanSize{span});
}

/// The library's iterator, a class around a pointer or, where it runs backwards, around another iterator.
Translator::E Translator::iterator(E pointer, clang::QualType type, const clang::Stmt* at) {
  const clang::CXXRecordDecl* record = record_of(type);
  if (record == nullptr) return pointer;
  const auto field = record->field_begin();
  if (field == record->field_end() || std::next(field) != record->field_end()) {
    reporter_.reject(at->getBeginLoc(), Rule::library_function, {"this library's iterator of a span"});
  }
  return make(this->type(type, at->getBeginLoc()), false, at,
              model::Aggregate{{iterator(pointer, field->getType(), at)}});
}

Translator::E Translator::construct_span(const clang::CXXConstructExpr* source) {
  const model::Type* type = this->type(source->getType(), source->getBeginLoc());
  const model::Type* size_type = model_.scalar(ScalarType::uint64);
  const model::Type* pointer = model_.pointer(type->element, type->element_is_const);
  const bool is_fixed = fixed_extent(source->getType()).has_value();
  const auto span = [&](E data, E size) {
    return is_fixed ? data : make(type, false, source, model::MakeSpan{data, size});
  };
  if (source->getNumArgs() == 0) return make(type, false, source, model::Zero{});
  E value = expression(source->getArg(0));
  if (source->getNumArgs() == 1 || source->getArg(1)->isDefaultArgument()) {
    value = dynamic_span(value, source->getArg(0)->getType(), source);
    if (value->type->kind == model::TypeKind::span) {
      if (value->is_lvalue) value = load(value);
      if (value->type == type) return value;
      if (is_fixed) return span_data(value, source);
      if (is_plain(value)) return span(span_data(value, source), span_size(value, source));
      const E held = temporary(value, "span");
      return span(span_data(load(held), source), span_size(use_of(held), source));
    }
    if (value->type->kind == model::TypeKind::structure && value->type->structure->name.starts_with("std::array<") &&
        !value->type->structure->fields.empty()) {
      const model::Type* elements = value->type->structure->fields.front().type;
      value = make(elements, true, source, model::Member{value->is_lvalue ? value : temporary(value, "temporary"), 0});
    }
    if (value->type->kind == model::TypeKind::array) {
      const E data = make(pointer, false, source, model::AddressOf{value});
      return span(data, integer(value->type->count, ScalarType::uint64, source));
    }
  } else if (source->getNumArgs() == 2) {
    const auto first_of = [&](E iterator) {
      // An iterator of a span is a class around a pointer.
      if (iterator->type->kind == model::TypeKind::structure && iterator->type->structure->fields.size() == 1 &&
          iterator->type->structure->fields.front().type->kind == model::TypeKind::pointer) {
        const E object = iterator->is_lvalue ? iterator : temporary(iterator, "iterator");
        return load(make(iterator->type->structure->fields.front().type, true, source, model::Member{object, 0}));
      }
      return iterator->is_lvalue ? load(iterator) : iterator;
    };
    value = first_of(value);
    E size = first_of(expression(source->getArg(1)));
    if (value->type->kind == model::TypeKind::pointer && size->type->kind == model::TypeKind::pointer) {
      const E begin = temporary(value, "first");
      const E count =
          make(model_.scalar(ScalarType::int64), false, source, model::PointerDifference{size, load(begin)});
      return span(use_of(begin), make(size_type, false, source, model::Convert{count}));
    }
    if (value->type->kind == model::TypeKind::pointer && size->type->is_integer()) {
      if (size->type != size_type) size = make(size_type, false, source, model::Convert{size});
      return span(value, size);
    }
  }
  reporter_.reject(source->getBeginLoc(), Rule::expression_not_supported, {"this way to make a std::span"});
}

Translator::E Translator::subspan(E span, E offset, E count, const Expr* at) {
  const E data = span_data(span, at);
  const E first = is_literal(offset, 0) ? data : make(data->type, false, at, model::PointerAdd{data, offset, false});
  if (fixed_extent(at->getType())) return first;
  return make(model_.span(span->type->element, span->type->element_is_const), false, at, model::MakeSpan{first, count});
}

Translator::E Translator::span_method(const clang::CXXMethodDecl* method, E object,
                                      const std::vector<const Expr*>& sources, const Expr* call) {
  object = dynamic_span(object, context_.getRecordType(method->getParent()), call);
  std::vector<E> values;
  bool has_effects = false;
  for (const Expr* source : sources) {
    const E value = expression(source);
    values.push_back(value->is_lvalue ? load(value) : value);
    has_effects = has_effects || may_write(*value);
  }
  if (!has_effects || !object->is_lvalue) return span_operation(method, object, values, call);
  // The arguments may change the span: it is found before them and read after them.
  E first = temporary(address_of(object), "span");
  object = make(object->type, true, call, model::Dereference{use_of(first)});
  for (E& value : values) {
    const E held = temporary(value, "argument");
    first = sequence(first, held, call);
    value = use_of(held);
  }
  return sequence(first, span_operation(method, object, values, call), call);
}

Translator::E Translator::span_operation(const clang::CXXMethodDecl* method, E object, const std::vector<E>& values,
                                         const Expr* call) {
  const std::string name = method->getIdentifier() != nullptr ? method->getName().str() : std::string();
  const model::Type* size_type = model_.scalar(ScalarType::uint64);
  const model::Type* truth = model_.scalar(ScalarType::boolean);
  // The span is evaluated once, whatever the method does with it.
  if (!is_plain(object)) {
    const E value = object->is_lvalue ? load(object) : object;
    object = temporary(value, "span");
    if (name != "size" && name != "data" && name != "empty" && name != "size_bytes") {
      const E held = object;
      const E use = make(held->type, true, call, model::VariableUse{std::get<model::Temporary>(held->node).variable});
      return sequence(held, span_operation(method, use, values, call), call);
    }
  }
  const E span = object->is_lvalue ? load(object) : object;
  const E size = span_size(span, call);
  const auto binary = [&](BinaryOperator op, E left, E right, const model::Type* type) {
    return make(type, false, call, model::Binary{op, left, right});
  };
  const E zero = integer(0, ScalarType::uint64, call);

  if (method->getOverloadedOperator() == clang::OO_Subscript) return element(span, values[0], call);
  if (name == "size") return size;
  if (name == "data") return span_data(span, call);
  if (name == "empty") return binary(BinaryOperator::equal, size, zero, truth);
  if (name == "size_bytes") {
    return binary(BinaryOperator::multiply, size, integer(span->type->element->size, ScalarType::uint64, call),
                  size_type);
  }
  if (name == "front") return element(span, zero, call);
  const E one = integer(1, ScalarType::uint64, call);
  if (name == "back") return element(span, binary(BinaryOperator::subtract, size, one, size_type), call);
  if (name == "begin" || name == "rend") return iterator(span_data(span, call), call->getType(), call);
  if (name == "end" || name == "rbegin") {
    const E data = span_data(span, call);
    return iterator(make(data->type, false, call, model::PointerAdd{data, size, false}), call->getType(), call);
  }
  return span_part(method, span, values, call);
}

/// first, last and subspan, with their numbers as arguments or as template arguments.
Translator::E Translator::span_part(const clang::CXXMethodDecl* method, E span, const std::vector<E>& values,
                                    const Expr* call) {
  const std::string name = method->getIdentifier() != nullptr ? method->getName().str() : std::string();
  const model::Type* size_type = model_.scalar(ScalarType::uint64);
  const E size = span_size(span, call);
  const auto binary = [&](BinaryOperator op, E left, E right, const model::Type* type) {
    return make(type, false, call, model::Binary{op, left, right});
  };
  std::vector<E> numbers = values;
  if (const auto* arguments = method->getTemplateSpecializationArgs()) {
    for (const clang::TemplateArgument& argument : arguments->asArray()) {
      numbers.push_back(integer(argument.getAsIntegral().getZExtValue(), ScalarType::uint64, call));
    }
  }
  if (name == "first") return subspan(span, integer(0, ScalarType::uint64, call), numbers[0], call);
  if (name == "last") {
    const E count = temporary(numbers[0], "count");
    const E use = use_of(count);
    const E offset = binary(BinaryOperator::subtract, size, load(count), size_type);
    return subspan(span, offset, use, call);
  }
  if (name == "subspan") {
    if (is_literal(numbers[0], 0) && is_literal(numbers[1], ~std::uint64_t{0})) {
      return subspan(span, numbers[0], size, call);
    }
    const E offset = temporary(numbers[0], "offset");
    const E rest = binary(BinaryOperator::subtract, size, use_of(offset), size_type);
    if (is_literal(numbers[1], ~std::uint64_t{0})) return subspan(span, load(offset), rest, call);
    const E count = temporary(numbers[1], "count");
    const E everything = integer(~std::uint64_t{0}, ScalarType::uint64, call);
    const E to_end = binary(BinaryOperator::equal, load(count), everything, model_.scalar(ScalarType::boolean));
    const E chosen = make(size_type, false, call, model::Conditional{to_end, rest, use_of(count)});
    return subspan(span, load(offset), chosen, call);
  }
  reporter_.reject(call->getBeginLoc(), Rule::library_function, {qualified_name(method)});
}

}  // namespace kernelc
