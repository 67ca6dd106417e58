#include <dotcompute/kernel/abi.h>

#include "checked/rewriter.hpp"
#include "groups/rebuild.hpp"

namespace kernelc::checked {

using model::BinaryOperator;
using model::ScalarType;
using model::TypeKind;

bool is_element_of_standard_array(const model::Expression& call) {
  const auto* called = std::get_if<model::Call>(&call.node);
  if (called == nullptr || called->arguments.size() != 2) return false;
  const std::string& name = called->callee->name;
  if (!name.starts_with("std::array<") || !name.ends_with("::operator[]")) return false;
  const model::Type* array = called->arguments[0]->type->element;
  return array != nullptr && array->structure != nullptr && !array->structure->fields.empty() &&
         array->structure->fields.front().type->kind == TypeKind::array;
}

Place FunctionRewriter::place(E source, Setup& setup) {
  return std::visit(
      model::Overloaded{
          [&](const model::VariableUse& n) -> Place {
            return {use(*source, variable(n.variable)), nullptr, !n.variable->is_shared};
          },
          [&](const model::ConstantUse&) -> Place { return {source, nullptr, true}; },
          [&](const model::Temporary& n) -> Place {
            origins_[n.variable] = n.value;
            const model::Variable* copy = variable(n.variable);
            if (n.variable->type->kind == TypeKind::pointer) {
              const Pointer held_pointer = pointer(n.value, setup);
              setup.push_back(make(*source, source->type, true, model::Temporary{copy, safe(*source, held_pointer)}));
              if (held_pointer.is_good != nullptr) {
                const E told = held(*source, held_pointer.is_good, "is_good", setup);
                if (const auto* kept = std::get_if<model::Load>(&told->node)) {
                  goodness_[n.variable] = std::get<model::VariableUse>(kept->object->node).variable;
                }
              }
            } else {
              setup.push_back(make(*source, source->type, true, model::Temporary{copy, value(n.value)}));
            }
            return {use(*source, copy), nullptr, true};
          },
          [&](const model::Member& n) -> Place {
            const Place object = place(n.object, setup);
            return {make(*source, source->type, true, model::Member{object.object, n.field}), object.is_good,
                    object.is_own};
          },
          [&](const model::Dereference& n) -> Place {
            const Pointer found = pointer(n.pointer, setup, End::refused);
            return {make(*source, source->type, true, model::Dereference{found.pointer}), found.is_good, found.is_own};
          },
          [&](const model::Conditional& n) -> Place { return chosen_place(n, source, setup); },
          [&](const model::Sequence& n) -> Place {
            setup.push_back(effects(n.first));
            return place(n.second, setup);
          },
          [&](const auto&) -> Place { return store(source, setup); },
      },
      source->node);
}

Place FunctionRewriter::chosen_place(const model::Conditional& source, E at, Setup& setup) {
  const auto address = [&](E object) {
    return make(*object, model_.pointer(object->type, false), false, model::AddressOf{object});
  };
  const model::Conditional pointers{source.condition, address(source.yes), address(source.no)};
  const Pointer chosen = chosen_pointer(pointers, at, setup);
  if (const auto* choice = std::get_if<model::Conditional>(&chosen.pointer->node)) {
    const E yes = std::get<model::AddressOf>(choice->yes->node).object;
    const E no = std::get<model::AddressOf>(choice->no->node).object;
    return {make(*at, at->type, true, model::Conditional{choice->condition, yes, no}), nullptr, false};
  }
  return {make(*at, at->type, true, model::Dereference{chosen.pointer}), chosen.is_good, false};
}

/// Of two pointers one; a Conditional of them where neither needs anything.
Pointer FunctionRewriter::chosen_pointer(const model::Conditional& source, E at, Setup& setup) {
  const E condition = value(source.condition);
  Setup yes_setup;
  Setup no_setup;
  const Pointer yes = pointer(source.yes, yes_setup);
  const Pointer no = pointer(source.no, no_setup);
  if (yes_setup.empty() && no_setup.empty() && yes.is_good == nullptr && no.is_good == nullptr) {
    return {choose(*at, condition, yes.pointer, no.pointer), nullptr, yes.is_own && no.is_own};
  }
  const model::Variable* is_good = flag(*at, setup);
  const auto arm = [&](Setup& steps, const Pointer& each) {
    if (each.is_good != nullptr) steps.push_back(assign(*at, use(*at, is_good), each.is_good));
    return after(steps, safe(*at, each));
  };
  const E first = arm(yes_setup, yes);
  const E chosen = choose(*at, condition, first, arm(no_setup, no));
  return {held(*at, chosen, "chosen", setup), load(*at, use(*at, is_good)), false};
}

Pointer FunctionRewriter::pointer(E source, Setup& setup, End end) {
  return std::visit(
      model::Overloaded{
          [&](const model::AddressOf& n) -> Pointer {
            const Place object = place(n.object, setup);
            return {make(*source, source->type, false, model::AddressOf{object.object}), object.is_good, object.is_own};
          },
          [&](const model::PointerAdd& n) -> Pointer { return element(n, source, setup, end); },
          [&](const model::SpanData& n) -> Pointer {
            return {make(*source, source->type, false, model::SpanData{value(n.span)})};
          },
          [&](const model::Conditional& n) -> Pointer { return chosen_pointer(n, source, setup); },
          [&](const model::Sequence& n) -> Pointer {
            setup.push_back(effects(n.first));
            return pointer(n.second, setup, end);
          },
          [&](const model::Load& n) -> Pointer { return loaded_pointer(n, source, setup); },
          [&](const model::Call&) -> Pointer { return returned_pointer(source, setup); },
          [&](const model::Step& n) -> Pointer {
            const Place object = place(n.object, setup);
            const auto* stepped = std::get_if<model::VariableUse>(&n.object->node);
            const auto known = stepped != nullptr ? goodness_.find(stepped->variable) : goodness_.end();
            const E old = make(*source, source->type, false, model::Step{object.object, n.increment, n.prefix});
            const E kept = held(*source, old, "pointer", setup);
            return {kept, known != goodness_.end() ? load(*source, use(*source, known->second)) : nullptr};
          },
          [&](const auto&) -> Pointer {
            return {make(*source, source->type, false,
                         groups::rebuilt(*source, [&](E operand) { return value(operand); }))};
          },
      },
      source->node);
}

Pointer FunctionRewriter::loaded_pointer(const model::Load& source, E at, Setup& setup) {
  const auto* held_in = std::get_if<model::VariableUse>(&source.object->node);
  if (held_in == nullptr) return unless_null({held(*at, loaded(source, at), "pointer", setup)}, at, setup);
  Pointer result{load(*at, use(*at, variable(held_in->variable)))};
  if (const auto known = goodness_.find(held_in->variable); known != goodness_.end()) {
    result.is_good = load(*at, use(*at, known->second));
  }
  const bool is_referred = referred_.contains(held_in->variable);
  if (is_referred && result.is_good != nullptr) kernel_.keep_null();
  if (is_referred || assigned_.contains(held_in->variable)) {
    result.pointer = held(*at, result.pointer, "pointer", setup);
    if (result.is_good != nullptr) result.is_good = held(*at, result.is_good, "is_good", setup);
  }
  return is_referred ? unless_null(result, at, setup) : result;
}

/// Adds to what is known of the pointer that it is good only if it is not null.
Pointer FunctionRewriter::unless_null(const Pointer& pointer, E at, Setup& setup) {
  if (!kernel_.looks_for_null()) return pointer;
  differs_ = true;
  const E truth = make(*at, scalar(ScalarType::boolean), false, model::Convert{pointer.pointer});
  const E is_some = held(*at, truth, "is_some", setup);
  return {pointer.pointer, both(*at, pointer.is_good, is_some), pointer.is_own};
}

/// What a function returns; the operator [] of std::array is known.
Pointer FunctionRewriter::returned_pointer(E source, Setup& setup) {
  if (is_element_of_standard_array(*source)) {
    const auto& called = std::get<model::Call>(source->node);
    const model::Type* array = called.arguments[0]->type->element;
    const E object = make(*source, array, true, model::Dereference{called.arguments[0]});
    const E elements = make(*source, array->structure->fields.front().type, true, model::Member{object, 0});
    return element_of_array(elements, called.arguments[1], source, setup, End::refused);
  }
  return kept(call_parts(source, setup), source, setup);
}

Pointer FunctionRewriter::element(const model::PointerAdd& source, E at, Setup& setup, End end) {
  if (!source.subtract) {
    if (const auto* data = std::get_if<model::SpanData>(&source.pointer->node)) {
      return element_of_span(data->span, source.index, at, setup, end);
    }
    const auto* array = std::get_if<model::AddressOf>(&source.pointer->node);
    if (array != nullptr && array->object->type->kind == TypeKind::array &&
        array->object->type->element == at->type->element) {
      return element_of_array(array->object, source.index, at, setup, end);
    }
  }
  // How much there is behind a pointer nobody knows.
  const Pointer base = pointer(source.pointer, setup);
  const E index = held(*at, value(source.index), "index", setup);
  return {make(*at, at->type, false, model::PointerAdd{base.pointer, index, source.subtract}), base.is_good,
          base.is_own};
}

Pointer FunctionRewriter::element_of_span(E source, E index, E at, Setup& setup, End end) {
  const E span = simple_span(source, setup);
  const model::Type* words = scalar(ScalarType::uint64);
  index = held(*at, converted(*at, value(index), words), "index", setup);
  const E size = make(*at, words, false, model::SpanSize{span});
  const E is_inside =
      held(*at, compare(*at, end == End::refused ? BinaryOperator::less : BinaryOperator::less_equal, index, size),
           "is_inside", setup);
  check(at, is_inside, DOTCOMPUTE_CHECK_INDEX, ScalarType::int64, subject(source, "the span"), {index, size}, setup);
  const E data = make(*at, at->type, false, model::SpanData{span});
  return {make(*at, at->type, false, model::PointerAdd{data, index, false}), is_inside};
}

Pointer FunctionRewriter::element_of_array(E source, E index, E at, Setup& setup, End end) {
  const std::uint64_t count = source->type->count;
  const std::uint64_t limit = count + (end == End::allowed ? 1 : 0);
  const auto* shared = std::get_if<model::VariableUse>(&source->node);
  const bool is_published = shared != nullptr && shared->variable->is_published;
  const std::string name = subject(source, "the array");
  const Place array = place(source, setup);
  const model::Type* words = scalar(ScalarType::uint64);
  index = held(*at, converted(*at, value(index), words), "index", setup);
  const auto result = [&](E chosen, E is_good) -> Pointer {
    const E first = make(*at, at->type, false, model::AddressOf{array.object});
    return {make(*at, at->type, false, model::PointerAdd{first, chosen, false}), is_good, array.is_own};
  };
  const auto* known = std::get_if<model::Literal>(&index->node);
  if (is_published || (known != nullptr && known->bits < limit)) return result(index, array.is_good);
  const E size = number(*at, count);
  const E bound = number(*at, limit);
  const E is_inside = held(*at, compare(*at, BinaryOperator::less, index, bound), "is_inside", setup);
  check(at, is_inside, DOTCOMPUTE_CHECK_INDEX, ScalarType::int64, name, {index, size}, setup);
  if (array.is_own && array.is_good == nullptr) {
    return result(held(*at, or_zero(*at, is_inside, index), "index", setup), nullptr);
  }
  return result(index, both(*at, array.is_good, is_inside));
}

/// A span that may be evaluated several times.
E FunctionRewriter::simple_span(E source, Setup& setup) {
  const E span = value(source);
  const auto* load = std::get_if<model::Load>(&span->node);
  if (load != nullptr && std::holds_alternative<model::VariableUse>(load->object->node)) return span;
  return held(*source, span, "span", setup);
}

/// Does the assignment; its object is then to be read or written again.
Place FunctionRewriter::store(E source, Setup& setup) {
  if (const auto* plain = std::get_if<model::Assign>(&source->node)) return assigned(*plain, source, setup);
  if (const auto* update = std::get_if<model::CompoundAssign>(&source->node)) return updated(*update, source, setup);
  const auto& step = std::get<model::Step>(source->node);
  const Place object = place(step.object, setup);
  const E done =
      make(*source, source->type, source->is_lvalue, model::Step{object.object, step.increment, step.prefix});
  setup.push_back(guarded(*source, object.is_good, done));
  return object;
}

Place FunctionRewriter::assigned(const model::Assign& source, E at, Setup& setup) {
  if (source.value->type->kind == TypeKind::pointer) {
    const Pointer given = pointer(source.value, setup);
    const auto* kept_in = std::get_if<model::VariableUse>(&source.object->node);
    const auto known = kept_in != nullptr ? goodness_.find(kept_in->variable) : goodness_.end();
    const E kept = held(*at, safe(*at, given), "pointer", setup);
    if (known == goodness_.end() && given.is_good != nullptr) kernel_.keep_null();
    if (known != goodness_.end()) {
      const E is_good = given.is_good != nullptr ? given.is_good : truth(*at, true);
      setup.push_back(assign(*at, use(*at, known->second), is_good));
    }
    const Place object = place(source.object, setup);
    setup.push_back(guarded(*at, object.is_good, assign(*at, object.object, kept)));
    return object;
  }
  E given = value(source.value);
  Setup finding;
  const Place object = place(source.object, finding);
  // C++17: the value first.
  if (!finding.empty()) given = held(*at, given, "value", setup);
  setup.insert(setup.end(), finding.begin(), finding.end());
  setup.push_back(guarded(*at, object.is_good, assign(*at, object.object, given)));
  return object;
}

Place FunctionRewriter::updated(const model::CompoundAssign& source, E at, Setup& setup) {
  const model::Type& type = *source.object->type;
  E given = value(source.value);
  Setup finding;
  const Place object = place(source.object, finding);
  const bool is_checked = needs_check(source.op, *source.computation, given) || needs_check(type, *source.computation);
  if (!finding.empty() || is_checked) given = held(*at, given, "value", setup);
  setup.insert(setup.end(), finding.begin(), finding.end());
  if (!is_checked) {
    const E done = make(*at, &type, true, model::CompoundAssign{source.op, object.object, given, source.computation});
    setup.push_back(guarded(*at, object.is_good, done));
    return object;
  }
  const E old = converted(*at, load(*at, object.object), source.computation);
  const E result = arithmetic(at, source.op, source.computation, old, given);
  const E kept = result->type == &type ? result : conversion(at, &type, result);
  setup.push_back(guarded(*at, object.is_good, assign(*at, object.object, kept)));
  return object;
}

std::string FunctionRewriter::subject(E source, std::string_view otherwise) {
  // The names in a library say nothing to the user.
  const std::string name = place_ == 0 ? spelled(source) : "";
  return name.empty() ? std::string(otherwise) : "'" + name + "'";
}

/// As C++ spells an object, as far as names go; empty where they do not.
std::string FunctionRewriter::spelled(E source) {
  return std::visit(model::Overloaded{
                        [&](const model::VariableUse& n) -> std::string {
                          const auto origin = origins_.find(n.variable);
                          if (origin != origins_.end()) return spelled(origin->second);
                          return n.variable->name.starts_with("__") ? "" : n.variable->name;
                        },
                        [&](const model::ConstantUse& n) -> std::string { return n.constant->name; },
                        [&](const model::Temporary& n) -> std::string { return spelled(n.value); },
                        [&](const model::Load& n) -> std::string { return spelled(n.object); },
                        [&](const model::AddressOf& n) -> std::string { return spelled(n.object); },
                        [&](const model::Dereference& n) -> std::string {
                          const std::string name = spelled(n.pointer);
                          return name == "this" ? "" : name;
                        },
                        [&](const model::SpanData& n) -> std::string { return spelled(n.span); },
                        [&](const model::PointerAdd& n) -> std::string {
                          const std::string name = spelled(n.pointer);
                          return name.empty() ? "" : name + "[...]";
                        },
                        [&](const model::Sequence& n) -> std::string { return spelled(n.second); },
                        [&](const model::Member& n) -> std::string {
                          const std::string name = spelled(n.object);
                          const std::string& field = n.object->type->structure->fields[n.field].name;
                          if (field.starts_with("capture_")) return "";
                          if (n.object->type->structure->name.starts_with("std::array<")) return name;
                          return name.empty() ? field : name + "." + field;
                        },
                        [](const auto&) -> std::string { return ""; },
                    },
                    source->node);
}

}  // namespace kernelc::checked
