/// memcpy, memmove, memset and memcmp, also where std::copy, std::fill and std::equal end in them: loops over elements,
/// or one assignment.

#include <clang/Basic/SourceManager.h>

#include "frontend/translator.hpp"

namespace kernelc {

using clang::Expr;
using model::BinaryOperator;
using model::ScalarType;

namespace {

/// The pointer before it became one to void.
const Expr* typed_pointer(const Expr* source) {
  source = source->IgnoreParens();
  const auto* cast = llvm::dyn_cast<clang::CastExpr>(source);
  if (cast == nullptr) return source;
  const bool is_plain = cast->getCastKind() == clang::CK_BitCast || cast->getCastKind() == clang::CK_NoOp;
  return is_plain && cast->getSubExpr()->getType()->isPointerType() ? typed_pointer(cast->getSubExpr()) : source;
}

/// The integer whose bytes are all this one, as a literal's bits.
std::uint64_t repeated(std::uint64_t byte, const model::Type& type) {
  const unsigned unused = 64 - type.bits();
  const std::uint64_t bits = ((byte & 0xff) * 0x0101010101010101ull) << unused;
  return type.is_signed() ? static_cast<std::uint64_t>(static_cast<std::int64_t>(bits) >> unused) : bits >> unused;
}

/// What a pointer points to: the whole array, where the pointer is what became of one.
const Expr* decayed_array(const Expr* pointer) {
  const auto* cast = llvm::dyn_cast<clang::CastExpr>(pointer);
  return cast != nullptr && cast->getCastKind() == clang::CK_ArrayToPointerDecay ? cast->getSubExpr() : nullptr;
}

}  // namespace

/// A function of the model that tells whether `count` elements are equal, as memcmp does: 0, or the sign of the first
/// difference.
const model::Function* Translator::comparing_loop(const model::Type* element) {
  const std::string symbol = "kernelc.compare_elements." + model::spelling(*element);
  if (const auto known = element_loops_.find(symbol); known != element_loops_.end()) return known->second;
  const model::Type* size_type = model_.scalar(ScalarType::uint64);
  const model::Type* truth = model_.scalar(ScalarType::boolean);
  const model::Type* result_type = model_.scalar(ScalarType::int32);
  const auto rvalue = [&](const model::Type* type, model::ExpressionNode node) {
    return model_.expression(type, false, 0, std::move(node));
  };
  const auto use = [&](const model::Variable* variable) {
    return model_.expression(variable->type, true, 0, model::VariableUse{variable});
  };
  const model::Variable* left = model_.variable("left", model_.pointer(element, true));
  const model::Variable* right = model_.variable("right", model_.pointer(element, true));
  const model::Variable* count = model_.variable("count", size_type);
  const model::Variable* done = model_.variable("done", size_type);
  const auto element_of = [&](const model::Variable* pointer) {
    const E place = rvalue(pointer->type, model::PointerAdd{load(use(pointer)), load(use(done)), false});
    return load(model_.expression(element, true, 0, model::Dereference{place}));
  };
  const auto compared = [&](BinaryOperator op) {
    return rvalue(truth, model::Binary{op, element_of(left), element_of(right)});
  };
  const auto number = [&](std::uint64_t value) { return rvalue(result_type, model::Literal{value}); };
  const E sign =
      rvalue(result_type, model::Conditional{compared(BinaryOperator::less), number(~std::uint64_t{0}), number(1)});
  const S leave = model_.statement(
      0, model::If{compared(BinaryOperator::not_equal), model_.statement(0, model::Return{sign}), nullptr});
  const E test = rvalue(truth, model::Binary{BinaryOperator::less, load(use(done)), load(use(count))});
  const E step = model_.expression(size_type, true, 0, model::Step{use(done), true, true});
  model::StatementList list{model_.statement(0, model::Declare{done, rvalue(size_type, model::Literal{0})}),
                            model_.statement(0, model::Loop{test, step, leave, false}),
                            model_.statement(0, model::Return{number(0)})};
  model::Function* result = model_.function();
  result->name = "compare_elements";
  result->symbol = symbol;
  result->result = result_type;
  result->parameters = {left, right, count};
  result->body = model_.statement(0, model::Block{std::move(list)});
  result->file = file(scope_.declaration->getLocation());
  return element_loops_[symbol] = result;
}

/// A function of the model that gives `count` elements the values of others, or one value.
const model::Function* Translator::element_loop(const model::Type* element, bool copies, bool backward) {
  const std::string name = std::string(copies ? "copy_elements" : "fill_elements") + (backward ? "_backward" : "");
  const std::string symbol = "kernelc." + name + "." + model::spelling(*element);
  if (const auto known = element_loops_.find(symbol); known != element_loops_.end()) return known->second;
  const model::Type* size_type = model_.scalar(ScalarType::uint64);
  const model::Type* to_type = model_.pointer(element, false);
  const model::Type* from_type = copies ? model_.pointer(element, true) : element;
  const auto rvalue = [&](const model::Type* type, model::ExpressionNode node) {
    return model_.expression(type, false, 0, std::move(node));
  };
  const auto use = [&](const model::Variable* variable) {
    return model_.expression(variable->type, true, 0, model::VariableUse{variable});
  };
  const model::Variable* to = model_.variable("to", to_type);
  const model::Variable* from = model_.variable(copies ? "from" : "value", from_type);
  const model::Variable* count = model_.variable("count", size_type);
  const model::Variable* done = model_.variable("done", size_type);
  E at = load(use(done));
  if (backward) {
    const E left = rvalue(size_type, model::Binary{BinaryOperator::subtract, load(use(count)), at});
    at = rvalue(size_type, model::Binary{BinaryOperator::subtract, left, rvalue(size_type, model::Literal{1})});
  }
  const auto element_of = [&](const model::Variable* pointer) {
    const E place = rvalue(pointer->type, model::PointerAdd{load(use(pointer)), at, false});
    return model_.expression(element, true, 0, model::Dereference{place});
  };
  const E value = load(copies ? element_of(from) : use(from));
  const E assign = model_.expression(element, true, 0, model::Assign{element_of(to), value});
  const E test = rvalue(model_.scalar(ScalarType::boolean),
                        model::Binary{BinaryOperator::less, load(use(done)), load(use(count))});
  const E step = model_.expression(size_type, true, 0, model::Step{use(done), true, true});
  const S body = model_.statement(0, model::Evaluate{assign});
  model::StatementList list{model_.statement(0, model::Declare{done, rvalue(size_type, model::Literal{0})}),
                            model_.statement(0, model::Loop{test, step, body, false})};
  model::Function* result = model_.function();
  result->name = name;
  result->symbol = symbol;
  result->result = model_.nothing();
  result->parameters = {to, from, count};
  result->body = model_.statement(0, model::Block{std::move(list)});
  result->file = file(scope_.declaration->getLocation());
  return element_loops_[symbol] = result;
}

/// An object whose bytes are those that `from` points to.
Translator::E Translator::from_bytes(E from, E target, const clang::CallExpr* call) {
  const model::Type* byte = from->type->element;
  const E held = temporary(from, "bytes");
  model::Aggregate all;
  for (std::uint64_t i = 0; i < target->type->size; ++i) {
    const E at =
        make(from->type, false, call, model::PointerAdd{use_of(held), integer(i, ScalarType::uint64, call), false});
    all.elements.push_back(load(make(byte, true, call, model::Dereference{at})));
  }
  const E bytes = make(model_.array(byte, target->type->size), false, call, std::move(all));
  const E value = make(target->type, false, call, model::BitCast{bytes});
  const E effect = make(target->type, true, call, model::Assign{target, value});
  return sequence(held, sequence(effect, make(model_.nothing(), false, call, model::Zero{}), call), call);
}

/// The bytes of an object, to where `to` points.
Translator::E Translator::to_bytes(E to, E source, const clang::CallExpr* call) {
  const model::Type* byte = to->type->element;
  const model::Type* array = model_.array(byte, source->type->size);
  const E held = temporary(to, "place");
  const E bytes = temporary(make(array, false, call, model::BitCast{load(source)}), "bytes");
  const model::Type* pointer = model_.pointer(byte, false);
  const E whole = make(array, true, call, model::VariableUse{std::get<model::Temporary>(bytes->node).variable});
  const E first = make(pointer, false, call, model::AddressOf{whole});
  E result = sequence(held, bytes, call);
  for (std::uint64_t i = 0; i < source->type->size; ++i) {
    const E index = integer(i, ScalarType::uint64, call);
    const auto element_of = [&](E start) {
      const E at = make(pointer, false, call, model::PointerAdd{start, index, false});
      return make(byte, true, call, model::Dereference{at});
    };
    const E assign = make(byte, true, call, model::Assign{element_of(use_of(held)), load(element_of(first))});
    result = sequence(result, assign, call);
  }
  return sequence(result, make(model_.nothing(), false, call, model::Zero{}), call);
}

Translator::E Translator::memory_function(std::string_view name, const clang::CallExpr* call) {
  const auto reject = [&](const std::string& reason) {
    reporter_.reject(call->getBeginLoc(), Rule::memory_function, {std::string(name), reason});
  };
  const bool copies = name != "memset";
  const bool in_library = context_.getSourceManager().isInSystemHeader(scope_.declaration->getLocation());
  if (name == "memmove" && !in_library) reject("what is copied may overlap");
  if (name == "memcmp" && !in_library) reject("it compares bytes of objects");
  const auto* within = llvm::dyn_cast<clang::CXXRecordDecl>(scope_.declaration->getDeclContext());
  const bool backward = name == "memmove" && within != nullptr && within->getIdentifier() != nullptr &&
                        within->getName() == "__copy_move_backward";

  const E to = expression(typed_pointer(call->getArg(0)));
  const E second = expression(copies ? typed_pointer(call->getArg(1)) : call->getArg(1));
  const model::Type* element = to->type->element;
  if (!model::is_data(*element) || element->kind == model::TypeKind::span) reject("it holds pointers");
  const auto bytes = constant_bits(call->getArg(2));
  const auto object_of = [&](const Expr* pointer, E value) {
    const Expr* array = decayed_array(pointer);
    const E whole = array != nullptr ? expression(array) : value;
    return array != nullptr ? whole : make(value->type->element, true, call, model::Dereference{value});
  };
  if (name == "memcpy" || name == "memmove") {
    const E target = object_of(typed_pointer(call->getArg(0)), to);
    const E source = object_of(typed_pointer(call->getArg(1)), second);
    if (bytes == target->type->size && source->type->size == *bytes && model::is_data(*source->type)) {
      E value = load(source);
      if (value->type != target->type) value = make(target->type, false, call, model::BitCast{value});
      const E effect = make(target->type, true, call, model::Assign{target, value});
      return sequence(effect, make(model_.nothing(), false, call, model::Zero{}), call);
    }
    // The bytes of an object, in an array of them: what memcpy is for.
    constexpr std::uint64_t largest = 64;
    const auto is_bytes = [](const model::Type& type) { return type.is_integer() && type.size == 1; };
    const bool is_small = bytes && *bytes <= largest;
    if (is_small && bytes == target->type->size && is_bytes(*second->type->element)) {
      return from_bytes(second, target, call);
    }
    if (is_small && bytes == source->type->size && is_bytes(*element) && model::is_data(*source->type)) {
      return to_bytes(to, source, call);
    }
  }
  if (copies && second->type->element != element) {
    reject("from '" + model::spelling(*second->type->element) + "' to '" + model::spelling(*element) + "'");
  }
  // Only whole elements: a size that is one factor's multiple, as sizeof(T) * n is.
  const auto* product = llvm::dyn_cast<clang::BinaryOperator>(call->getArg(2)->IgnoreParenImpCasts());
  const auto is_multiple = [&](const Expr* factor) {
    const auto value = constant_bits(factor);
    return value && *value % element->size == 0;
  };
  const bool is_whole = element->size == 1 || is_multiple(call->getArg(2)) ||
                        (product != nullptr && product->getOpcode() == clang::BO_Mul &&
                         (is_multiple(product->getLHS()) || is_multiple(product->getRHS())));
  if (!is_whole) reject("the size may not be a multiple of sizeof(" + model::spelling(*element) + ")");
  const model::Type* size_type = model_.scalar(ScalarType::uint64);
  const E count = make(size_type, false, call,
                       model::Binary{BinaryOperator::divide, expression(call->getArg(2)),
                                     integer(element->size, ScalarType::uint64, call)});
  if (name == "memcmp") {
    return make(model_.scalar(ScalarType::int32), false, call,
                model::Call{comparing_loop(element), {to, second, count}});
  }
  E value = second;
  if (!copies) {
    const auto byte = constant_bits(call->getArg(1));
    if (byte == std::uint64_t{0}) {
      value = make(element, false, call, model::Zero{});
    } else if (byte && element->is_integer()) {
      value = make(element, false, call, model::Literal{repeated(*byte, *element)});
    } else if (element->is_integer() && element->size == 1) {
      value = make(element, false, call, model::Convert{second});
    } else {
      reject("the value is neither zero nor a constant for integers");
    }
  }
  return make(model_.nothing(), false, call, model::Call{element_loop(element, copies, backward), {to, value, count}});
}

}  // namespace kernelc
