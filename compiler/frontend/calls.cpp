#include <algorithm>

#include <clang/Basic/Builtins.h>

#include "checked/add_checks.hpp"
#include "frontend/translator.hpp"
#include "model/math_functions.hpp"

namespace kernelc {

using clang::CallExpr;
using clang::Expr;
using clang::FunctionDecl;
using model::BinaryOperator;
using model::ScalarType;

namespace {

std::string plain_name(const FunctionDecl* function) {
  return function->getIdentifier() != nullptr ? function->getName().str() : std::string();
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
  if (object != nullptr && method != nullptr && is_span(context_.getRecordType(method->getParent())) &&
      !is_trivial_assignment(callee)) {
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
  if (llvm::StringRef(name).starts_with("__throw_")) {
    reporter_.reject(call->getBeginLoc(), Rule::exception, {"'" + qualified_name(scope_.declaration) + "' throws"});
  }
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
  if (name == "bit_cast") {
    const E value = expression(call->getArg(0));
    const model::Type* to = type(call->getType(), call->getBeginLoc());
    if (value->type == to) return value->is_lvalue ? load(value) : value;
    return make(to, false, call, model::BitCast{value->is_lvalue ? load(value) : value});
  }
  return std::nullopt;
}

std::optional<Translator::E> Translator::builtin_call(const FunctionDecl* callee, const CallExpr* call) {
  const unsigned id = callee->getBuiltinID();
  if (id == 0) return std::nullopt;
  const std::string name = context_.BuiltinInfo.getName(id).str();
  if (name == "__builtin_expect" || name == "__builtin_expect_with_probability") return expression(call->getArg(0));
  for (const std::string_view memory : {"memcpy", "memmove", "memset", "memcmp"}) {
    if (name == memory || name == "__builtin_" + std::string(memory)) return memory_function(memory, call);
  }
  if (name == "__builtin_constant_p" || name == "__builtin_is_constant_evaluated") {
    return make(type(call->getType(), call->getBeginLoc()), false, call, model::Literal{0});
  }
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

}  // namespace kernelc
