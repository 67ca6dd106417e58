#include <algorithm>

#include <clang/Basic/Builtins.h>

#include "checked/add_checks.hpp"
#include "frontend/translator.hpp"
#include "model/math_functions.hpp"
#include "model/walk.hpp"

namespace kernelc {

using clang::CallExpr;
using clang::Expr;
using clang::FunctionDecl;
using model::BinaryOperator;
using model::ScalarType;

namespace {

bool is_literal(const model::Expression* expression, std::uint64_t bits) {
  const auto* literal = std::get_if<model::Literal>(&expression->node);
  return literal != nullptr && literal->bits == bits;
}

std::string plain_name(const FunctionDecl* function) {
  return function->getIdentifier() != nullptr ? function->getName().str() : std::string();
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

bool is_trivial_assignment(const FunctionDecl* function) {
  const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function);
  return method != nullptr && (method->isCopyAssignmentOperator() || method->isMoveAssignmentOperator()) &&
         method->isTrivial();
}

}  // namespace

Translator::E Translator::argument(const Expr* source, clang::QualType parameter) {
  const E value = expression(source);
  if (parameter->isReferenceType()) return address_of(value);
  return value->is_lvalue ? load(value) : value;
}

Translator::E Translator::call(const CallExpr* call) {
  const FunctionDecl* callee = call->getDirectCallee();
  if (callee == nullptr) reporter_.reject(call->getBeginLoc(), Rule::function_pointer);
  if (const auto query = grid_query(callee, call)) return *query;
  if (const auto word = published_word(callee, call)) return *word;
  if (const auto known = library_call(callee, call)) return *known;
  if (const auto known = builtin_call(callee, call)) return *known;

  const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(callee);
  std::vector<const Expr*> sources(call->arg_begin(), call->arg_end());
  std::vector<E> arguments;
  E object = nullptr;
  if (const auto* member_call = llvm::dyn_cast<clang::CXXMemberCallExpr>(call)) {
    const Expr* base = member_call->getImplicitObjectArgument();
    object = expression(base);
    if (base->getType()->isPointerType()) object = make(object->type->element, true, call, model::Dereference{object});
  } else if (llvm::isa<clang::CXXOperatorCallExpr>(call) && method != nullptr && method->isStatic()) {
    object = expression(sources.front());  // evaluated, and not passed
    sources.erase(sources.begin());
  } else if (llvm::isa<clang::CXXOperatorCallExpr>(call) && method != nullptr &&
             method->isImplicitObjectMemberFunction()) {
    // The hidden iterator of a range-for over a span: `*it` is the element.
    if (const auto* hidden = llvm::dyn_cast<clang::DeclRefExpr>(sources.front()->IgnoreParenImpCasts())) {
      const auto found = scope_.span_elements.find(llvm::dyn_cast<clang::VarDecl>(hidden->getDecl()));
      if (found != scope_.span_elements.end()) return found->second;
    }
    object = expression(sources.front());
    sources.erase(sources.begin());
  }
  if (object != nullptr && method != nullptr && is_shared_array(method->getParent())) {
    return shared_array_method(method, object, sources, call);
  }
  if (object != nullptr && object->type->kind == model::TypeKind::span && !is_trivial_assignment(callee)) {
    return span_method(method, object, sources, call);
  }
  if (object != nullptr && is_trivial_assignment(callee)) {
    const E value = expression(sources.front());
    return make(object->type, true, call, model::Assign{object, value->is_lvalue ? load(value) : value});
  }
  const bool takes_object = object != nullptr && method != nullptr && method->isImplicitObjectMemberFunction();
  if (takes_object) arguments.push_back(address_of(object));
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (i >= callee->getNumParams()) {
      reporter_.reject(call->getBeginLoc(), Rule::variadic_function, {qualified_name(callee)});
    }
    arguments.push_back(argument(sources[i], callee->getParamDecl(static_cast<unsigned>(i))->getType()));
  }
  if (const auto* op = llvm::dyn_cast<clang::CXXOperatorCallExpr>(call);
      op != nullptr && op->isAssignmentOp() && arguments.size() == 2) {
    // C++17: the right operand of an assignment first, also where the operator is a function.
    const E right = temporary(arguments[1], "right");
    arguments[1] = use_of(right);
    const E result = call_function(callee, std::move(arguments), call);
    return sequence(right, result, call);
  }
  const E result = call_function(callee, std::move(arguments), call);
  if (takes_object) return result;
  if (object != nullptr) return sequence(object, result, call);
  // `object.f()` of a static f still evaluates the object.
  const auto* named = llvm::dyn_cast<clang::MemberExpr>(call->getCallee()->IgnoreParenImpCasts());
  if (named == nullptr || !named->getBase()->HasSideEffects(context_)) return result;
  return sequence(expression(named->getBase()), result, call);
}

Translator::E Translator::call_function(const FunctionDecl* callee, std::vector<E> arguments, const CallExpr* call) {
  const model::Function* function = this->function(callee, call->getBeginLoc());
  const E result = make(function->result != nullptr ? function->result : result_type(callee), false, call,
                        model::Call{function, std::move(arguments)});
  if (!callee->getReturnType()->isReferenceType()) return result;
  return make(result->type->element, true, call, model::Dereference{result});
}

std::optional<Translator::E> Translator::grid_query(const FunctionDecl* callee, const CallExpr* call) {
  if (room_of(callee) != Room::language) return std::nullopt;
  const std::string name = plain_name(callee);
  const auto* arguments = callee->getTemplateSpecializationArgs();
  if (name == "local_linear_id" || name == "local_linear_size") {
    const bool is_id = name == "local_linear_id";
    return make(model_.scalar(ScalarType::uint64), false, call,
                model::GridQuery{is_id ? model::Query::local_linear_id : model::Query::local_linear_size, 0});
  }
  constexpr std::string_view queries[] = {"global_id", "global_size", "local_id",
                                          "group_id",  "local_size",  "group_count"};
  const auto* query = std::find(std::begin(queries), std::end(queries), name);
  if (arguments != nullptr && query != std::end(queries)) {
    const int dimension = static_cast<int>(arguments->get(0).getAsIntegral().getExtValue());
    return make(model_.scalar(ScalarType::uint64), false, call,
                model::GridQuery{static_cast<model::Query>(query - queries), dimension});
  }
  if (name == "barrier") return make(model_.nothing(), false, call, model::Barrier{});
  for (std::size_t i = 0; i <= static_cast<std::size_t>(model::AtomicOperation::store); ++i) {
    const auto op = static_cast<model::AtomicOperation>(i);
    if (name == "atomic_" + std::string(model::name(op))) return atomic(op, callee, call);
  }
  if (name == "for_each_item") {
    reporter_.reject(call->getBeginLoc(), Rule::not_yet_available, {"dotcompute::" + name});
  }
  return std::nullopt;
}

/// The functions that operations of sub-groups and groups are made of; see kernel/subgroup.hpp.
std::optional<Translator::E> Translator::published_word(const FunctionDecl* callee, const CallExpr* call) {
  if (room_of(callee) != Room::language_detail) return std::nullopt;
  const std::string name = plain_name(callee);
  if (name == "withdraw") return make(model_.nothing(), false, call, model::Barrier{});
  if (name != "publish" && name != "published") return std::nullopt;
  const model::Type* word = model_.scalar(ScalarType::uint64);
  const model::Type* pointer = model_.pointer(word, false);
  const model::Variable* words = model_.published_words();
  const auto of_item = [&](E item) {
    const E first =
        make(pointer, false, call, model::AddressOf{make(words->type, true, call, model::VariableUse{words})});
    return make(word, true, call,
                model::Dereference{make(pointer, false, call, model::PointerAdd{first, item, false})});
  };
  const E argument = expression(call->getArg(0));
  const E value = argument->is_lvalue ? load(argument) : argument;
  if (name == "published") return load(of_item(value));
  const E own = make(word, false, call, model::GridQuery{model::Query::local_linear_id, 0});
  const E write = make(word, true, call, model::Assign{of_item(own), value});
  return sequence(write, make(model_.nothing(), false, call, model::Barrier{}), call);
}

Translator::E Translator::atomic(model::AtomicOperation op, const FunctionDecl* callee, const CallExpr* call) {
  const std::string name = "dotcompute::atomic_" + std::string(model::name(op));
  const clang::QualType referred = callee->getParamDecl(0)->getType().getNonReferenceType();
  const bool is_number = referred->isArithmeticType() && !referred->isEnumeralType() && !referred->isBooleanType();
  const std::uint64_t bits = is_number ? context_.getTypeSize(referred) : 0;
  const bool needs_integer = op == model::AtomicOperation::bit_and || op == model::AtomicOperation::bit_or ||
                             op == model::AtomicOperation::bit_xor;
  if ((bits != 32 && bits != 64) || (needs_integer && !referred->isIntegerType())) {
    reporter_.reject(call->getBeginLoc(), Rule::atomic_type,
                     {name, referred.getUnqualifiedType().getAsString(context_.getPrintingPolicy())});
  }
  if (referred.isConstQualified()) reporter_.reject(call->getBeginLoc(), Rule::atomic_object, {name, "a const object"});
  const E object = expression(call->getArg(0));
  for (const auto* part = std::get_if<model::Member>(&object->node); part != nullptr;
       part = std::get_if<model::Member>(&part->object->node)) {
    if (part->object->type->alignment >= object->type->alignment) continue;
    reporter_.reject(call->getBeginLoc(), Rule::atomic_object, {name, "a member of a packed struct"});
  }
  model::Atomic atomic{op, object, {}};
  for (unsigned i = 1; i < call->getNumArgs(); ++i) {
    const E value = expression(call->getArg(i));
    atomic.values.push_back(value->is_lvalue ? load(value) : value);
  }
  const model::Type* result = op == model::AtomicOperation::store ? model_.nothing() : object->type;
  return make(result, false, call, std::move(atomic));
}

/// Functions of the standard library that are known by name, because their bodies say less than the name does.
std::optional<Translator::E> Translator::library_call(const FunctionDecl* callee, const CallExpr* call) {
  const std::string name = plain_name(callee);
  // The library's own checks (_GLIBCXX_ASSERTIONS) are of what is an error of the kernel anyway.
  if (name == "__glibcxx_assert_fail") return make(model_.nothing(), false, call, model::Zero{});
  if (name == "__assert_fail") reporter_.reject(call->getBeginLoc(), Rule::assertion);
  if (name == "dotcompute_assertion_failed") {
    // Stands for its message until checked/ writes out what reports it.
    const auto* text = llvm::dyn_cast<clang::StringLiteral>(call->getArg(0)->IgnoreParenImpCasts());
    model::Function* failure = model_.function();
    failure->name = text != nullptr ? text->getString().str() : "";
    failure->symbol = checked::failed_assertion;
    failure->result = model_.nothing();
    failure->body = model_.statement(line(call->getBeginLoc()), model::Block{});
    return make(model_.nothing(), false, call, model::Call{failure, {}});
  }
  if (name == "malloc" || name == "free" || name == "calloc" || name == "realloc") {
    reporter_.reject(call->getBeginLoc(), Rule::heap, {"'" + name + "'"});
  }
  if (!callee->isInStdNamespace() || call->getNumArgs() != 1) return std::nullopt;
  if (name == "move" || name == "forward" || name == "as_const") return expression(call->getArg(0));
  if (name == "addressof") return address_of(expression(call->getArg(0)));
  return std::nullopt;
}

std::optional<Translator::E> Translator::builtin_call(const FunctionDecl* callee, const CallExpr* call) {
  const unsigned id = callee->getBuiltinID();
  if (id == 0) return std::nullopt;
  const std::string name = context_.BuiltinInfo.getName(id).str();
  if (name == "__builtin_expect" || name == "__builtin_expect_with_probability") return expression(call->getArg(0));
  if (name == "__builtin_is_constant_evaluated") return integer(0, ScalarType::boolean, call);
  if (name == "__builtin_assume" || name == "__builtin_unreachable") {
    return make(model_.nothing(), false, call, model::Zero{});
  }
  if (const auto math = model::find_math_function(name)) {
    model::MathCall result{*math, {}};
    for (const Expr* argument : call->arguments()) {
      const E value = expression(argument);
      result.arguments.push_back(value->is_lvalue ? load(value) : value);
    }
    return make(type(call->getType(), call->getBeginLoc()), false, call, std::move(result));
  }
  if (name == "move" || name == "forward" || name == "as_const") return std::nullopt;
  // __builtin_inf, __builtin_huge_valf, __builtin_nan and their like.
  if (const auto bits = constant_bits(call)) {
    return make(type(call->getType(), call->getBeginLoc()), false, call, model::Literal{*bits});
  }
  reporter_.reject(call->getBeginLoc(), Rule::library_function, {name});
}

Translator::E Translator::construct(const clang::CXXConstructExpr* source) {
  if (is_span(source->getType())) return construct_span(source);
  const clang::CXXConstructorDecl* constructor = source->getConstructor();
  if (is_shared_array(constructor->getParent())) {
    reporter_.reject(source->getBeginLoc(), Rule::shared_array_place, {"a SharedArray", "part of something else"});
  }
  const model::Type* type = this->type(source->getType(), source->getBeginLoc());
  if (constructor->isCopyOrMoveConstructor() && constructor->isTrivial()) {
    const E value = expression(source->getArg(0));
    return value->is_lvalue ? load(value) : value;
  }
  if (constructor->isDefaultConstructor() && constructor->isTrivial()) return make(type, false, source, model::Zero{});
  model::Construct result{function(constructor, source->getBeginLoc()), {}, source->requiresZeroInitialization()};
  for (unsigned i = 0; i < source->getNumArgs(); ++i) {
    result.arguments.push_back(argument(source->getArg(i), constructor->getParamDecl(i)->getType()));
  }
  return each_element(type, std::move(result), source);
}

/// A constructor's call, repeated for each element where an array is constructed.
Translator::E Translator::each_element(const model::Type* type, model::Construct construct, const Expr* at) {
  if (type->kind != model::TypeKind::array) return make(type, false, at, std::move(construct));
  const E element = each_element(type->element, std::move(construct), at);
  return make(type, false, at, model::Aggregate{{element}});
}

/// A SharedArray is an array in the model; its methods are what one does with arrays.
Translator::E Translator::shared_array_method(const clang::CXXMethodDecl* method, E object,
                                              const std::vector<const Expr*>& sources, const Expr* call) {
  const std::string name = plain_name(method);
  if (name == "size") return integer(object->type->count, ScalarType::uint64, call);
  const model::Type* element = object->type->element;
  const model::Type* pointer = model_.pointer(element, method->isConst());
  const E first = make(pointer, false, call, model::AddressOf{object});
  if (name == "end") {
    const E count = integer(object->type->count, ScalarType::uint64, call);
    return make(pointer, false, call, model::PointerAdd{first, count, false});
  }
  if (method->getOverloadedOperator() != clang::OO_Subscript) return first;  // data and begin
  const E index = expression(sources.front());
  const E place = make(pointer, false, call, model::PointerAdd{first, index->is_lvalue ? load(index) : index, false});
  return make(element, true, call, model::Dereference{place});
}

Translator::E Translator::construct_span(const clang::CXXConstructExpr* source) {
  const model::Type* type = this->type(source->getType(), source->getBeginLoc());
  const model::Type* size_type = model_.scalar(ScalarType::uint64);
  const model::Type* pointer = model_.pointer(type->element, type->element_is_const);
  if (source->getNumArgs() == 0) return make(type, false, source, model::Zero{});
  E value = expression(source->getArg(0));
  if (source->getNumArgs() == 1 || source->getArg(1)->isDefaultArgument()) {
    if (value->type->kind == model::TypeKind::span) {
      if (value->is_lvalue) value = load(value);
      if (value->type == type) return value;
      const E held = load(temporary(value, "span"));
      return make(type, false, source,
                  model::MakeSpan{make(pointer, false, source, model::SpanData{held}),
                                  make(size_type, false, source, model::SpanSize{held})});
    }
    if (value->type->kind == model::TypeKind::structure && value->type->structure->name.starts_with("std::array<") &&
        !value->type->structure->fields.empty()) {
      const model::Type* elements = value->type->structure->fields.front().type;
      value = make(elements, true, source, model::Member{value->is_lvalue ? value : temporary(value, "temporary"), 0});
    }
    if (value->type->kind == model::TypeKind::array) {
      const E data = make(pointer, false, source, model::AddressOf{value});
      return make(type, false, source, model::MakeSpan{data, integer(value->type->count, ScalarType::uint64, source)});
    }
  } else if (source->getNumArgs() == 2) {
    if (value->is_lvalue) value = load(value);
    E size = expression(source->getArg(1));
    if (size->is_lvalue) size = load(size);
    if (value->type->kind == model::TypeKind::pointer && size->type->is_integer()) {
      if (size->type != size_type) size = make(size_type, false, source, model::Convert{size});
      return make(type, false, source, model::MakeSpan{value, size});
    }
  }
  reporter_.reject(source->getBeginLoc(), Rule::expression_not_supported, {"this way to make a std::span"});
}

Translator::E Translator::subspan(E span, E offset, E count, const Expr* at) {
  const model::Type* pointer = model_.pointer(span->type->element, span->type->element_is_const);
  const E data = make(pointer, false, at, model::SpanData{span});
  return make(span->type, false, at,
              model::MakeSpan{make(pointer, false, at, model::PointerAdd{data, offset, false}), count});
}

Translator::E Translator::span_method(const clang::CXXMethodDecl* method, E object,
                                      const std::vector<const Expr*>& sources, const Expr* call) {
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
  const std::string name = plain_name(method);
  const model::Type* size_type = model_.scalar(ScalarType::uint64);
  const model::Type* truth = model_.scalar(ScalarType::boolean);
  // The span is evaluated once, whatever the method does with it.
  if (!object->is_lvalue || !std::holds_alternative<model::VariableUse>(object->node)) {
    const E value = object->is_lvalue ? load(object) : object;
    object = temporary(value, "span");
    if (name != "size" && name != "data" && name != "empty" && name != "size_bytes") {
      const E held = object;
      const E use = make(held->type, true, call, model::VariableUse{std::get<model::Temporary>(held->node).variable});
      return sequence(held, span_operation(method, use, values, call), call);
    }
  }
  const E span = load(object);
  const E size = make(size_type, false, call, model::SpanSize{span});
  const auto binary = [&](BinaryOperator op, E left, E right, const model::Type* type) {
    return make(type, false, call, model::Binary{op, left, right});
  };
  const E zero = integer(0, ScalarType::uint64, call);

  if (method->getOverloadedOperator() == clang::OO_Subscript) return element(span, values[0], call);
  if (name == "size") return size;
  if (name == "data") {
    return make(model_.pointer(span->type->element, span->type->element_is_const), false, call, model::SpanData{span});
  }
  if (name == "empty") return binary(BinaryOperator::equal, size, zero, truth);
  if (name == "size_bytes") {
    return binary(BinaryOperator::multiply, size, integer(span->type->element->size, ScalarType::uint64, call),
                  size_type);
  }
  if (name == "front") return element(span, zero, call);
  const E one = integer(1, ScalarType::uint64, call);
  if (name == "back") return element(span, binary(BinaryOperator::subtract, size, one, size_type), call);
  const bool is_template = method->getTemplateSpecializationArgs() != nullptr;
  if (!is_template && name == "first") return subspan(span, zero, values[0], call);
  if (!is_template && name == "last") {
    const E count = temporary(values[0], "count");
    const E use = use_of(count);
    const E offset = binary(BinaryOperator::subtract, size, load(count), size_type);
    return subspan(span, offset, use, call);
  }
  if (!is_template && name == "subspan") {
    const E offset = temporary(values[0], "offset");
    const E rest = binary(BinaryOperator::subtract, size, use_of(offset), size_type);
    const E count = temporary(values[1], "count");
    const E everything = integer(~std::uint64_t{0}, ScalarType::uint64, call);
    const E to_end = binary(BinaryOperator::equal, load(count), everything, truth);
    const E chosen = make(size_type, false, call, model::Conditional{to_end, rest, use_of(count)});
    return subspan(span, load(offset), is_literal(values[1], ~std::uint64_t{0}) ? rest : chosen, call);
  }
  if (name == "begin" || name == "end" || name == "rbegin" || name == "rend") {
    reporter_.reject(call->getBeginLoc(), Rule::span_iterator, {name});
  }
  reporter_.reject(call->getBeginLoc(), Rule::library_function, {qualified_name(method)});
}

}  // namespace kernelc
