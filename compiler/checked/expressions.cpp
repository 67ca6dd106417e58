#include <algorithm>

#include <dotcompute/kernel/abi.h>

#include "checked/rewriter.hpp"
#include "groups/rebuild.hpp"

namespace kernelc::checked {

using model::Expression;
using model::ScalarType;
using model::TypeKind;

/// A value with its checks; it needs nothing before it.
E FunctionRewriter::value(E source) {
  if (source->is_lvalue) return effects(source);
  if (source->type->kind == TypeKind::pointer) {
    Setup setup;
    const Pointer result = pointer(source, setup);
    if (result.is_good != nullptr) kernel_.keep_null();
    return after(setup, safe(*source, result));
  }
  return std::visit(
      model::Overloaded{
          [&](const model::Literal&) -> E { return source; },
          [&](const model::Zero&) -> E { return source; },
          [&](const model::GridQuery&) -> E { return source; },
          [&](const model::Barrier&) -> E { return source; },
          [&](const model::Load& n) -> E { return loaded(n, source); },
          [&](const model::Binary& n) -> E {
            const E left = value(n.left);
            return arithmetic(source, n.op, source->type, left, value(n.right));
          },
          [&](const model::Convert& n) -> E { return conversion(source, source->type, value(n.operand)); },
          [&](const model::Call&) -> E { return call(source); },
          [&](const model::Construct&) -> E { return call(source); },
          [&](const model::MathCall&) -> E { return call(source); },
          [&](const model::Atomic& n) -> E { return atomic(n, source); },
          [&](const model::MakeSpan& n) -> E { return part_of_span(n, source); },
          [&](const model::Step& n) -> E {
            Setup setup;
            const Place object = place(n.object, setup);
            const E stepped = make(*source, source->type, false, model::Step{object.object, n.increment, n.prefix});
            return after(setup, or_zero(*source, object.is_good, stepped));
          },
          [&](const model::Sequence& n) -> E {
            const E first = effects(n.first);
            return make(*source, source->type, false, model::Sequence{first, value(n.second)});
          },
          [&](const auto&) -> E {
            return make(*source, source->type, false,
                        groups::rebuilt(*source, [&](E operand) { return value(operand); }));
          },
      },
      source->node);
}

/// What evaluating does, where nobody asks for the value.
E FunctionRewriter::effects(E source) {
  if (!source->is_lvalue) return value(source);
  if (const auto* sequence = std::get_if<model::Sequence>(&source->node)) {
    const E first = effects(sequence->first);
    const E second = effects(sequence->second);
    return make(*source, second->type, second->is_lvalue, model::Sequence{first, second});
  }
  if (const auto* choice = std::get_if<model::Conditional>(&source->node)) {
    const E condition = value(choice->condition);
    const auto arm = [&](E operand) {
      const E done = effects(operand);
      return done->type->kind == TypeKind::nothing
                 ? done
                 : make(*source, model_.nothing(), false, model::Sequence{done, nothing(*source)});
    };
    const E yes = arm(choice->yes);
    return choose(*source, condition, yes, arm(choice->no));
  }
  Setup setup;
  const auto* reference = std::get_if<model::Dereference>(&source->node);
  if (reference != nullptr && referring_call(reference->pointer) != nullptr) {
    const CallParts parts = call_parts(reference->pointer, setup);
    setup.push_back(guarded(*source, parts.arguments_good, parts.call));
    return all_of(*source, setup);
  }
  static_cast<void>(place(source, setup));
  return all_of(*source, setup);
}

E FunctionRewriter::loaded(const model::Load& source, E at) {
  if (const auto* choice = std::get_if<model::Conditional>(&source.object->node)) {
    // The values are chosen, not the objects, which may lie in different memories.
    const E condition = value(choice->condition);
    const E yes = loaded(model::Load{choice->yes}, at);
    return choose(*at, condition, yes, loaded(model::Load{choice->no}, at));
  }
  Setup setup;
  const auto* reference = std::get_if<model::Dereference>(&source.object->node);
  if (reference != nullptr && referring_call(reference->pointer) != nullptr) {
    const Pointer result = pointer_for_once(reference->pointer, setup);
    const E object = make(*source.object, source.object->type, true, model::Dereference{result.pointer});
    return after(setup, or_zero(*at, result.is_good, make(*at, at->type, false, model::Load{object})));
  }
  const Place object = place(source.object, setup);
  const E content = make(*at, at->type, false, model::Load{object.object});
  if (object.is_good != nullptr && at->type->kind == TypeKind::pointer) kernel_.keep_null();
  if (object.is_good == nullptr || !at->type->is_aggregate())
    return after(setup, or_zero(*at, object.is_good, content));
  // Metal has no choice between structs in different memories.
  const model::Variable* copy = model_.variable("copy", at->type);
  const E zero = make(*at, at->type, false, model::Zero{});
  setup.push_back(make(*at, at->type, true, model::Temporary{copy, zero}));
  setup.push_back(guarded(*at, object.is_good, assign(*at, use(*at, copy), content)));
  return after(setup, load(*at, use(*at, copy)));
}

/// The call that makes a reference or pointer; null for others.
E FunctionRewriter::referring_call(E pointer) {
  if (const auto* address = std::get_if<model::AddressOf>(&pointer->node)) {
    const auto* object = std::get_if<model::Dereference>(&address->object->node);
    return object != nullptr ? referring_call(object->pointer) : nullptr;
  }
  return std::holds_alternative<model::Call>(pointer->node) && !is_element_of_standard_array(*pointer) ? pointer
                                                                                                       : nullptr;
}

/// A pointer that is used once. What a call returns is in no variable where that can be: devices may then make it one
/// to a copy.
Pointer FunctionRewriter::pointer_for_once(E source, Setup& setup) {
  const E called = referring_call(source);
  if (called == nullptr) return pointer(source, setup);
  const CallParts parts = call_parts(called, setup);
  Pointer result{parts.call, parts.arguments_good};
  if (parts.result_good != nullptr) result = kept(parts, called, setup);
  if (source->type != called->type) {
    const E object = make(*source, source->type->element, true, model::Dereference{result.pointer});
    result.pointer = make(*source, source->type, false, model::AddressOf{object});
  }
  return result;
}

/// The arguments of a call, to be evaluated after the setup and only if all references are good.
std::vector<E> FunctionRewriter::arguments(const std::vector<E>& sources, E& is_good, Setup& setup) {
  std::vector<E> values;
  for (E source : sources) {
    if (source->type->kind != TypeKind::pointer) {
      values.push_back(value(source));
      continue;
    }
    Setup own;
    const Pointer argument = pointer_for_once(source, own);
    if (!own.empty()) {
      // What the setup does comes after the arguments before this one. Pointers stay what they are.
      for (E& earlier : values) {
        if (earlier->type->kind != TypeKind::pointer) earlier = held(*source, earlier, "argument", setup);
      }
      setup.insert(setup.end(), own.begin(), own.end());
    }
    values.push_back(argument.pointer);
    is_good = both(*source, is_good, argument.is_good);
  }
  return values;
}

FunctionRewriter::CallParts FunctionRewriter::call_parts(E source, Setup& setup) {
  CallParts parts;
  if (const auto* math = std::get_if<model::MathCall>(&source->node)) {
    std::vector<E> values = arguments(math->arguments, parts.arguments_good, setup);
    parts.call = make(*source, source->type, false, model::MathCall{math->function, std::move(values)});
    return parts;
  }
  const auto* made = std::get_if<model::Construct>(&source->node);
  const auto* called = std::get_if<model::Call>(&source->node);
  const model::Function& callee = made != nullptr ? *made->constructor : *called->callee;
  std::vector<E> values = arguments(made != nullptr ? made->arguments : called->arguments, parts.arguments_good, setup);
  if (parts.arguments_good != nullptr && kernel_.waits(callee)) {
    kernel_.reporter().reject(clang::SourceLocation::getFromRawEncoding(source->place), Rule::barrier_in_expression,
                              {"a barrier",
                               "a call that takes a reference to an element, which a checked kernel "
                               "leaves out where there is no such element"});
  }
  const std::uint32_t user_call = kernel_.is_library(callee) ? source->place : 0;
  const model::Function* copy = kernel_.copy(callee, place_ != 0 ? place_ : user_call);
  if (copy != &callee) {
    differs_ = true;
    values.push_back(load(*source, use(*source, words_)));
    if (callee.result->kind == TypeKind::pointer) {
      const E object = use(*source, flag(*source, setup));
      values.push_back(make(*source, model_.pointer(object->type, false), false, model::AddressOf{object}));
      parts.result_good = load(*source, object);
    }
  }
  parts.call = made != nullptr
                   ? make(*source, source->type, false, model::Construct{copy, std::move(values), made->is_zeroed})
                   : make(*source, source->type, false, model::Call{copy, std::move(values)});
  return parts;
}

/// The pointer that a call returns, in a variable.
Pointer FunctionRewriter::kept(const CallParts& parts, E at, Setup& setup) {
  const E result = held(*at, or_zero(*at, parts.arguments_good, parts.call), "result", setup);
  return {result, both(*at, parts.arguments_good, parts.result_good)};
}

E FunctionRewriter::call(E source) {
  if (const auto* called = std::get_if<model::Call>(&source->node);
      called != nullptr && called->callee->symbol == failed_assertion) {
    return report(source, DOTCOMPUTE_CHECK_ASSERTION, ScalarType::boolean, called->callee->name, {});
  }
  Setup setup;
  const CallParts parts = call_parts(source, setup);
  const bool is_nothing = source->type->kind == TypeKind::nothing;
  return after(setup, is_nothing ? guarded(*source, parts.arguments_good, parts.call)
                                 : or_zero(*source, parts.arguments_good, parts.call));
}

E FunctionRewriter::atomic(const model::Atomic& source, E at) {
  Setup setup;
  const Place object = place(source.object, setup);
  model::Atomic result{source.op, object.object, {}};
  for (E operand : source.values) result.values.push_back(value(operand));
  const E done = make(*at, at->type, false, std::move(result));
  const bool is_nothing = at->type->kind == TypeKind::nothing;
  return after(setup, is_nothing ? guarded(*at, object.is_good, done) : or_zero(*at, object.is_good, done));
}

/// A part of a span is looked at as a whole; one that does not fit is empty.
E FunctionRewriter::part_of_span(const model::MakeSpan& source, E at) {
  Setup setup;
  const auto* add = std::get_if<model::PointerAdd>(&source.data->node);
  const auto* data = std::get_if<model::SpanData>(&(add != nullptr ? add->pointer : source.data)->node);
  const bool is_whole = add == nullptr && std::holds_alternative<model::SpanSize>(source.size->node);
  if (data == nullptr || is_whole) {
    const Pointer first = pointer(source.data, setup);
    E size = value(source.size);
    if (first.is_good != nullptr) size = or_zero(*at, first.is_good, size);
    return after(setup, make(*at, at->type, false, model::MakeSpan{safe(*at, first), size}));
  }
  const E span = simple_span(data->span, setup);
  const model::Type* words = scalar(ScalarType::uint64);
  const E given = add != nullptr ? converted(*at, value(add->index), words) : number(*at, 0);
  const E offset = held(*at, given, "offset", setup);
  const E count = held(*at, converted(*at, value(source.size), words), "count", setup);
  const E size = make(*at, words, false, model::SpanSize{span});
  const E rest = binary(*at, model::BinaryOperator::subtract, size, offset);
  const E fits = held(*at,
                      both(*at, compare(*at, model::BinaryOperator::less_equal, offset, size),
                           compare(*at, model::BinaryOperator::less_equal, count, rest)),
                      "fits", setup);
  check(at, fits, DOTCOMPUTE_CHECK_PART, ScalarType::int64, subject(data->span, "the span"), {count, offset, size},
        setup);
  const E whole = make(*at, source.data->type, false, model::SpanData{span});
  const E begin = make(*at, source.data->type, false, model::PointerAdd{whole, or_zero(*at, fits, offset), false});
  return after(setup, make(*at, at->type, false, model::MakeSpan{begin, or_zero(*at, fits, count)}));
}

}  // namespace kernelc::checked
