#include "emit/source/function_spaces.hpp"

#include <algorithm>

#include "emit/source/lines.hpp"
#include "model/walk.hpp"

namespace kernelc::source {

using model::Expression;

namespace {

bool is_pointer(const model::Type& type) { return type.kind == model::TypeKind::pointer; }

Slots without_place(const Slots& lvalue) { return {lvalue.begin() + 1, lvalue.end()}; }

Slots with_place(Slot place, const Slots& value) {
  Slots slots{place};
  slots.insert(slots.end(), value.begin(), value.end());
  return slots;
}

}  // namespace

FunctionSpaces::FunctionSpaces(Program& program, const model::Function& function, bool is_kernel)
    : program_(program), function_(function), line_(function.line) {
  for (const model::Variable* parameter : function.parameters) {
    if (is_kernel) {
      variables_[parameter] = fresh(*parameter->type);
      for (const Slot slot : variables_[parameter]) restrict_to(slot, Space::global);
    } else {
      variable(parameter, true);
    }
  }
  result_ = fresh(*function.result);
  find_escaping(*function.body);
  statement(*function.body);
}

/// A value without pointers that is computed without a side effect needs nothing but the values of what it refers to.
/// All else escapes: what is referred to must be the object itself.
void FunctionSpaces::find_escaping(const Expression& expression) {
  const bool is_value = !expression.is_lvalue && program_.slots.count(*expression.type) == 0;
  if (is_value && program_.purity.is_pure(expression)) return;
  if (!escaping_.insert(&expression).second) return;
  model::for_each_operand(expression, [&](const Expression& operand) { find_escaping(operand); });
}

void FunctionSpaces::find_escaping(const model::Statement& statement) {
  model::for_each_child(
      statement, [&](const model::Statement& child) { find_escaping(child); },
      [&](const Expression& e) { find_escaping(e); });
}

void FunctionSpaces::statement(const model::Statement& source) {
  if (source.line != 0) line_ = source.line;
  if (const auto* declare = std::get_if<model::Declare>(&source.node)) {
    const Slots slots = variable(declare->variable, true);
    if (declare->value == nullptr) return;
    declared_ = slots.empty() ? nullptr : declare->variable;
    unify(slots, value_slots(declare->value));
    declared_ = nullptr;
    return;
  }
  if (const auto* result = std::get_if<model::Return>(&source.node)) {
    if (result->value != nullptr) unify(result_, value_slots(result->value));
    return;
  }
  model::for_each_child(
      source, [&](const model::Statement& child) { statement(child); }, [&](const Expression& e) { visit(&e); });
}

const Slots& FunctionSpaces::visit(E expression) {
  if (const auto known = expressions_.find(expression); known != expressions_.end()) return known->second;
  if (expression->line != 0) line_ = expression->line;
  Slots slots = slots_of(expression);
  return expressions_[expression] = std::move(slots);
}

Slots FunctionSpaces::value_slots(E expression) {
  const Slots& slots = visit(expression);
  return expression->is_lvalue ? without_place(slots) : slots;
}

Slots FunctionSpaces::slots_of(E expression) {
  const model::Type& type = *expression->type;
  return std::visit(model::Overloaded{
                        [&](const model::Zero&) { return fresh(type); },
                        [&](const model::VariableUse& n) {
                          const Space place = n.variable->is_shared ? Space::shared : Space::automatic;
                          return with_place(place_in(place), variable(n.variable, false));
                        },
                        [&](const model::ConstantUse&) { return with_place(place_in(Space::constant), fresh(type)); },
                        [&](const model::Temporary& n) {
                          unify(variable(n.variable, false), value_slots(n.value));
                          return with_place(place_in(Space::automatic), variable(n.variable, false));
                        },
                        [&](const model::Load& n) { return value_slots(n.object); },
                        [&](const model::AddressOf& n) {
                          const Slots object = visit(n.object);
                          require_place(n.object);
                          return object;
                        },
                        [&](const model::Dereference& n) { return visit(n.pointer); },
                        [&](const model::Member& n) { return member(n, type); },
                        [&](const model::PointerAdd& n) {
                          const Slots pointer = walked(n.pointer);
                          visit(n.index);
                          return pointer;
                        },
                        [&](const model::PointerDifference& n) {
                          const Slots left = visit(n.left);
                          unify(left[0], visit(n.right)[0]);
                          return Slots{};
                        },
                        [&](const model::MakeSpan& n) {
                          const Slots data = walked(n.data);
                          visit(n.size);
                          return data;
                        },
                        [&](const model::SpanData& n) { return value_slots(n.span); },
                        [&](const model::Binary& n) { return binary(n); },
                        [&](const model::Conditional& n) { return conditional(n, expression->is_lvalue); },
                        [&](const model::Assign& n) {
                          const Slots value = value_slots(n.value);
                          const Slots object = changed(n.object, false);
                          unify(without_place(object), value);
                          return object;
                        },
                        [&](const model::CompoundAssign& n) {
                          visit(n.value);
                          return changed(n.object, true);
                        },
                        [&](const model::Step& n) {
                          const Slots object = changed(n.object, true);
                          return expression->is_lvalue ? object : without_place(object);
                        },
                        [&](const model::Atomic& n) {
                          visit(n.object);
                          require_place(n.object);
                          for (E value : n.values) visit(value);
                          return Slots{};
                        },
                        [&](const model::Call& n) { return call(expression, *n.callee, n.arguments, false); },
                        [&](const model::Construct& n) { return call(expression, *n.constructor, n.arguments, true); },
                        [&](const model::Aggregate& n) { return aggregate(n, type); },
                        [&](const model::Sequence& n) {
                          visit(n.first);
                          return visit(n.second);
                        },
                        [&](const model::BitCast& n) { return bit_cast(n, type); },
                        [&](const auto&) {
                          model::for_each_operand(*expression, [&](const Expression& operand) { visit(&operand); });
                          return Slots{};
                        },
                    },
                    expression->node);
}

Slots FunctionSpaces::member(const model::Member& use, const model::Type& type) {
  const Slots& object = visit(use.object);
  const auto first =
      object.begin() + 1 + static_cast<std::ptrdiff_t>(program_.slots.before(*use.object->type, use.field));
  return with_place(object[0], {first, first + static_cast<std::ptrdiff_t>(program_.slots.count(type))});
}

/// A pointer from which others are made: it leads to more than one object.
Slots FunctionSpaces::walked(E pointer) {
  const Slots& slots = visit(pointer);
  partition_.mark_walked(slots[0]);
  return slots;
}

/// An object that is written. A pointer that `counts` up or down leads to more than one object.
Slots FunctionSpaces::changed(E object, bool counts) {
  const Slots& slots = visit(object);
  require_place(object);
  if (counts && is_pointer(*object->type)) partition_.mark_walked(slots[1]);
  return slots;
}

Slots FunctionSpaces::binary(const model::Binary& operation) {
  const Slots left = value_slots(operation.left);
  const Slots right = value_slots(operation.right);
  // What compares pointers wants them of one type.
  if (is_pointer(*operation.left->type) && is_pointer(*operation.right->type)) unify(left, right);
  return {};
}

Slots FunctionSpaces::conditional(const model::Conditional& choice, bool is_lvalue) {
  visit(choice.condition);
  const Slots yes = value_slots(choice.yes);
  unify(yes, value_slots(choice.no));
  if (!is_lvalue) return yes;
  // Where the two lie matters only to those who need the object itself; see require_place.
  Slots slots{partition_.add()};
  slots.insert(slots.end(), yes.begin(), yes.end());
  return slots;
}

/// The lvalue is used as an object, not for its value alone.
void FunctionSpaces::require_place(E lvalue) {
  std::visit(model::Overloaded{
                 [&](const model::Conditional& n) {
                   require_place(n.yes);
                   require_place(n.no);
                   const Slot place = visit(lvalue)[0];
                   unify(place, visit(n.yes)[0]);
                   unify(place, visit(n.no)[0]);
                 },
                 [&](const model::Member& n) { require_place(n.object); },
                 [&](const model::Sequence& n) { require_place(n.second); },
                 [](const auto&) {},
             },
             lvalue->node);
}

Slots FunctionSpaces::aggregate(const model::Aggregate& source, const model::Type& type) {
  Slots slots = fresh(type);
  for (std::size_t i = 0; i < source.elements.size(); ++i) {
    const Slots element = value_slots(source.elements[i]);
    const bool is_structure = type.kind == model::TypeKind::structure;
    const std::size_t first = is_structure ? program_.slots.before(type, static_cast<std::uint32_t>(i)) : 0;
    for (std::size_t k = 0; k < element.size(); ++k) unify(slots[first + k], element[k]);
  }
  return slots;
}

Slots FunctionSpaces::bit_cast(const model::BitCast& source, const model::Type& type) {
  const Slots slots = value_slots(source.operand);
  if (source.operand->type == &type) return slots;
  if (slots.empty() && program_.slots.count(type) == 0) return {};
  throw Conflict{spoken_place(function_.file, line_, program_.file) +
                 " looks at the bytes of a pointer, which differ from device to device"};
}

Slots FunctionSpaces::call(E expression, const model::Function& callee, const std::vector<E>& arguments,
                           bool is_construct) {
  CallSite site{expression, &callee, arguments, {}};
  if (is_construct) {
    site.interface = fresh(*expression->type);
    site.interface.insert(site.interface.begin(), place_in(Space::automatic));
  }
  for (E argument : arguments) {
    const Slots slots = value_slots(argument);
    site.interface.insert(site.interface.end(), slots.begin(), slots.end());
  }
  const Slots result = fresh(*callee.result);
  site.interface.insert(site.interface.end(), result.begin(), result.end());
  if (expression->line != 0) line_ = expression->line;

  const Summary& summary = program_.summaries.at(&callee);
  if (!is_construct && !escaping_.contains(expression) && can_copy(site, summary)) {
    deferred_.push_back(calls_.size());
  } else {
    bind(site, summary);
  }
  const std::size_t object_slots = program_.slots.count(*expression->type);
  calls_.push_back(std::move(site));
  if (!is_construct) return result;
  const auto object = calls_.back().interface.begin() + 1;
  return {object, object + static_cast<std::ptrdiff_t>(object_slots)};
}

Slot FunctionSpaces::place_in(Space space) {
  const Slot slot = partition_.add();
  restrict_to(slot, space);
  return slot;
}

Slots FunctionSpaces::fresh(const model::Type& type) {
  Slots slots(program_.slots.count(type));
  for (Slot& slot : slots) slot = partition_.add();
  return slots;
}

const Slots& FunctionSpaces::variable(const model::Variable* source, bool has_name) {
  const auto [entry, is_new] = variables_.try_emplace(source);
  if (is_new) {
    ++declarations_;
    entry->second.resize(program_.slots.count(*source->type));
    has_name = has_name && source->name != "this" && !source->name.starts_with("__");
    for (Slot& slot : entry->second) {
      slot = partition_.add({.space = {}, .name = has_name ? source : nullptr, .order = has_name ? declarations_ : 0});
    }
  }
  return entry->second;
}

void FunctionSpaces::unify(const Slots& left, const Slots& right) {
  for (std::size_t i = 0; i < left.size(); ++i) unify(left[i], right.at(i));
}

void FunctionSpaces::unify(Slot left, Slot right) {
  try {
    partition_.unify(left, right);
  } catch (const SpacesDiffer& difference) {
    conflict(difference);
  }
}

void FunctionSpaces::restrict_to(Slot slot, Space space) {
  if (program_.is_generic) return;
  try {
    partition_.restrict_to(slot, space);
  } catch (const SpacesDiffer& difference) {
    conflict(difference);
  }
}

void FunctionSpaces::conflict(const SpacesDiffer& difference) {
  const auto describe = [](const SpaceFacts& facts) -> std::string {
    switch (*facts.space) {
      case Space::automatic: return "a local variable";
      case Space::global: return "the kernel's memory";
      case Space::shared: return "a shared array";
      case Space::constant: return "a constant table";
    }
    return "";
  };
  const SpaceFacts& later = difference.left.order > difference.right.order ? difference.left : difference.right;
  const model::Variable* name = declared_ != nullptr ? declared_ : later.name;
  std::string subject = name != nullptr ? "'" + name->name + "'" : "a pointer or reference";
  if (called_ != nullptr) subject = "a pointer or reference that '" + called_->name + "' takes or returns";
  // The spaces in the order of their enumeration, whichever side they came from.
  const bool in_order = *difference.left.space < *difference.right.space;
  throw Conflict{subject + " (" + spoken_place(function_.file, line_, program_.file) + ") may refer to " +
                 describe(in_order ? difference.left : difference.right) + " and to " +
                 describe(in_order ? difference.right : difference.left) +
                 ", and OpenCL C and Metal have no pointer to both: use two pointers, an index or a copy"};
}

}  // namespace kernelc::source
