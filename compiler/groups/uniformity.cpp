#include "groups/uniformity.hpp"

#include <utility>

#include "groups/variable_use.hpp"
#include "model/walk.hpp"

namespace kernelc::groups {

using model::Expression;
using model::Function;
using model::Statement;
using model::Variable;

namespace {

/// Whether the answer is another one for each item of a group.
bool names_item(model::Query query) {
  return query == model::Query::global_id || query == model::Query::local_id || query == model::Query::local_linear_id;
}

/// Whether a value of the type may hold the address of anything.
bool may_point(const model::Type& type) {
  switch (type.kind) {
    case model::TypeKind::pointer:
    case model::TypeKind::span: return true;
    case model::TypeKind::array: return may_point(*type.element);
    case model::TypeKind::structure:
      for (const model::Field& field : type.structure->fields) {
        if (may_point(*field.type)) return true;
      }
      return false;
    default: return false;
  }
}

}  // namespace

Uniformity::Uniformity(const std::vector<const Variable*>& parameters, const Statement& body)
    : parameters_(parameters.begin(), parameters.end()), taken_(taken_addresses(body)) {
  do {
    changed_ = false;
    walk(body);
  } while (changed_);
}

const Expression* Uniformity::divergence(const Statement& statement) const {
  const auto found = divergence_.find(&statement);
  return found != divergence_.end() ? found->second : nullptr;
}

// Control flow.

void Uniformity::walk_list(const model::StatementList& list) {
  const Expression* const outer = control_;
  for (const Statement* child : list) {
    // Where some items have skipped the rest of the loop's body, only some come by what follows.
    if (control_ == nullptr) control_ = skipped_ != nullptr ? skipped_ : left_switch_;
    walk(*child);
  }
  control_ = outer;
}

void Uniformity::walk(const Statement& statement) {
  // The reason that was found first is the most direct one.
  if (control_ != nullptr) divergence_.emplace(&statement, control_);
  const Expression* const outer = control_;
  std::visit(model::Overloaded{
                 [&](const model::Block& n) { walk_list(n.body); },
                 [&](const model::Declare& n) {
                   if (n.value == nullptr) return;
                   effects(*n.value);
                   give(n.variable, *n.value);
                 },
                 [&](const model::Evaluate& n) { effects(*n.expression); },
                 [&](const model::If& n) {
                   effects(*n.condition);
                   if (control_ == nullptr && !is_uniform(*n.condition)) control_ = n.condition;
                   const Expression* const branch = control_;
                   walk(*n.yes);
                   control_ = branch;
                   if (n.no != nullptr) walk(*n.no);
                 },
                 [&](const model::Loop& n) { walk_loop(n, statement); },
                 [&](const model::Switch& n) {
                   effects(*n.value);
                   if (control_ == nullptr && !is_uniform(*n.value)) control_ = n.value;
                   const Expression* const left_switch = std::exchange(left_switch_, nullptr);
                   enclosing_.push_back({&statement, false});
                   for (const model::SwitchCase& label : n.cases) walk_list(label.body);
                   enclosing_.pop_back();
                   left_switch_ = left_switch;
                 },
                 [&](const model::Break&) { walk_jump(false); },
                 [&](const model::Continue&) { walk_jump(true); },
                 [&](const model::Return& n) {
                   if (n.value != nullptr) effects(*n.value);
                 },
             },
             statement.node);
  control_ = outer;
}

void Uniformity::walk_loop(const model::Loop& loop, const Statement& statement) {
  const Expression* const skipped = std::exchange(skipped_, nullptr);
  const Expression* const left_switch = std::exchange(left_switch_, nullptr);
  if (control_ == nullptr && loop.condition != nullptr && !is_uniform(*loop.condition)) control_ = loop.condition;
  if (const auto exit = exits_.find(&statement); control_ == nullptr && exit != exits_.end()) control_ = exit->second;
  const Expression* const turns = control_;
  // Seen from inside: whether all items take part in a turn.
  if (turns != nullptr) divergence_.emplace(loop.body, turns);
  if (loop.condition != nullptr) effects(*loop.condition);
  enclosing_.push_back({&statement, true});
  walk(*loop.body);
  enclosing_.pop_back();
  control_ = turns;
  skipped_ = nullptr;
  if (loop.step != nullptr) effects(*loop.step);
  skipped_ = skipped;
  left_switch_ = left_switch;
}

/// A jump that only some items take: the others go through the rest of the loop's body, or of all its turns, alone.
void Uniformity::walk_jump(bool is_continue) {
  if (control_ == nullptr) return;
  for (auto around = enclosing_.rbegin(); around != enclosing_.rend(); ++around) {
    if (is_continue && !around->is_loop) continue;
    if (!around->is_loop) {
      left_switch_ = control_;
      return;
    }
    if (!is_continue && exits_.emplace(around->statement, control_).second) changed_ = true;
    skipped_ = control_;
    return;
  }
}

// Values.

bool Uniformity::is_uniform(const Expression& expression) const {
  return std::visit(model::Overloaded{
                        [&](const model::Load& n) { return object_is_uniform(*n.object); },
                        [&](const model::AddressOf& n) { return address_is_uniform(*n.object); },
                        [&](const model::GridQuery& n) { return !names_item(n.query); },
                        [&](const model::Call& n) { return call_is_uniform(*n.callee, n.arguments); },
                        [&](const model::Construct& n) { return call_is_uniform(*n.constructor, n.arguments); },
                        [&](const model::Step& n) { return object_is_uniform(*n.object); },
                        [](const model::Atomic&) { return false; },
                        // What comes first has been looked at for what it does.
                        [&](const model::Sequence& n) {
                          return expression.is_lvalue ? object_is_uniform(expression) : is_uniform(*n.second);
                        },
                        [&](const auto&) {
                          if (expression.is_lvalue) return object_is_uniform(expression);
                          bool all = true;
                          model::for_each_operand(expression,
                                                  [&](const Expression& operand) { all = all && is_uniform(operand); });
                          return all;
                        },
                    },
                    expression.node);
}

/// Whether an object holds the same value for all items.
bool Uniformity::object_is_uniform(const Expression& object) const {
  return std::visit(model::Overloaded{
                        [&](const model::VariableUse& n) { return !n.variable->is_shared && is_uniform(n.variable); },
                        [&](const model::ConstantUse&) { return true; },
                        [&](const model::Temporary& n) { return is_uniform(*n.value) && is_uniform(n.variable); },
                        [&](const model::Member& n) { return object_is_uniform(*n.object); },
                        [&](const model::Dereference& n) {
                          return is_uniform(*n.pointer) && targets_are_uniform(targets(*n.pointer));
                        },
                        [&](const model::Conditional& n) {
                          return is_uniform(*n.condition) && object_is_uniform(*n.yes) && object_is_uniform(*n.no);
                        },
                        [&](const model::Assign& n) { return object_is_uniform(*n.object); },
                        [&](const model::CompoundAssign& n) { return object_is_uniform(*n.object); },
                        [&](const model::Step& n) { return object_is_uniform(*n.object); },
                        [&](const model::Sequence& n) { return object_is_uniform(*n.second); },
                        [](const auto&) { return false; },
                    },
                    object.node);
}

/// Whether all items mean the same object, or each its own of the same name.
bool Uniformity::address_is_uniform(const Expression& object) const {
  return std::visit(model::Overloaded{
                        [](const model::VariableUse&) { return true; },
                        [](const model::ConstantUse&) { return true; },
                        [](const model::Temporary&) { return true; },
                        [&](const model::Member& n) { return address_is_uniform(*n.object); },
                        [&](const model::Dereference& n) { return is_uniform(*n.pointer); },
                        [&](const model::Conditional& n) {
                          return is_uniform(*n.condition) && address_is_uniform(*n.yes) && address_is_uniform(*n.no);
                        },
                        [&](const model::Assign& n) { return address_is_uniform(*n.object); },
                        [&](const model::CompoundAssign& n) { return address_is_uniform(*n.object); },
                        [&](const model::Step& n) { return address_is_uniform(*n.object); },
                        [&](const model::Sequence& n) { return address_is_uniform(*n.second); },
                        [](const auto&) { return false; },
                    },
                    object.node);
}

bool Uniformity::targets_are_uniform(const Targets& targets) const {
  if (targets.changing) return false;
  for (const Variable* local : targets.locals) {
    if ((local->is_shared && !local->is_published) || !is_uniform(local)) return false;
  }
  return true;
}

bool Uniformity::call_is_uniform(const Function& callee, const std::vector<const Expression*>& arguments) const {
  const Conduct does = conduct(callee);
  if (does.asks_for_item) return false;
  for (const Expression* argument : arguments) {
    if (!is_uniform(*argument)) return false;
    if (does.reads_memory && may_point(*argument->type) && !targets_are_uniform(targets(*argument))) return false;
  }
  return true;
}

/// What a function does, itself or in what it calls; an atomic operation's result is each item's own. What it reads
/// through its parameters is seen at the call.
Uniformity::Conduct Uniformity::conduct(const Function& function) const {
  const auto known = conducts_.find(&function);
  if (known != conducts_.end()) return known->second;
  Conduct found;
  const auto add = [&](const Function& callee) {
    if (callee.reports_fault) return;
    const Conduct inner = conduct(callee);
    found.asks_for_item = found.asks_for_item || inner.asks_for_item;
    found.reads_memory = found.reads_memory || inner.reads_memory;
  };
  const auto expression = [&](const auto& self, const Expression& e) -> void {
    const auto* query = std::get_if<model::GridQuery>(&e.node);
    found.asks_for_item = found.asks_for_item || (query != nullptr && names_item(query->query)) ||
                          std::holds_alternative<model::Atomic>(e.node);
    found.reads_memory = found.reads_memory || std::holds_alternative<model::Dereference>(e.node);
    if (const auto* call = std::get_if<model::Call>(&e.node)) add(*call->callee);
    if (const auto* call = std::get_if<model::Construct>(&e.node)) add(*call->constructor);
    model::for_each_operand(e, [&](const Expression& operand) { self(self, operand); });
  };
  const auto statement = [&](const auto& self, const Statement& s) -> void {
    model::for_each_child(
        s, [&](const Statement& child) { self(self, child); }, [&](const Expression& e) { expression(expression, e); });
  };
  statement(statement, *function.body);
  return conducts_[&function] = found;
}

// What pointers point into.

Uniformity::Targets Uniformity::targets(const Expression& pointer) const {
  Targets result;
  const auto all = [&](const std::vector<const Expression*>& arguments) {
    for (const Expression* argument : arguments) {
      if (may_point(*argument->type)) result.add(targets(*argument));
    }
  };
  std::visit(model::Overloaded{
                 [&](const model::AddressOf& n) { result = targets_of_object(*n.object); },
                 [&](const model::Load& n) {
                   const auto* use = std::get_if<model::VariableUse>(&n.object->node);
                   if (use != nullptr && use->variable->holds_faults) return;  // None that a value could depend on.
                   if (use != nullptr && parameters_.contains(use->variable)) {
                     result.changing =
                         use->variable->type->kind != model::TypeKind::span || !use->variable->type->element_is_const;
                     return;
                   }
                   // A pointer that is kept in one of these: in one of their members or elements, whichever.
                   const Targets holders = targets_of_object(*n.object);
                   if (holders.changing || holders.unknown) result = Targets::anything();
                   for (const Variable* holder : holders.locals) {
                     if (const auto found = points_.find(holder); found != points_.end()) result.add(found->second);
                   }
                 },
                 [&](const model::PointerAdd& n) { result = targets(*n.pointer); },
                 [&](const model::SpanData& n) { result = targets(*n.span); },
                 [&](const model::MakeSpan& n) { result = targets(*n.data); },
                 [&](const model::Conditional& n) {
                   result = targets(*n.yes);
                   result.add(targets(*n.no));
                 },
                 [&](const model::Sequence& n) { result = targets(*n.second); },
                 [&](const model::Temporary& n) { result = targets(*n.value); },
                 [&](const model::Step& n) { result = targets(*n.object); },
                 [&](const model::Call& n) { all(n.arguments); },
                 [&](const model::Construct& n) { all(n.arguments); },
                 [&](const model::Aggregate& n) { all(n.elements); },
                 [&](const model::VariableUse& n) {
                   if (const auto found = points_.find(n.variable); found != points_.end()) result = found->second;
                 },
                 [](const model::Zero&) {},
                 [&](const auto&) { result = Targets::anything(); },
             },
             pointer.node);
  return result;
}

Uniformity::Targets Uniformity::targets_of_object(const Expression& object) const {
  return std::visit(model::Overloaded{
                        [](const model::VariableUse& n) { return Targets{{n.variable}, false, false}; },
                        [](const model::ConstantUse&) { return Targets{}; },
                        [](const model::Temporary& n) { return Targets{{n.variable}, false, false}; },
                        [&](const model::Member& n) { return targets_of_object(*n.object); },
                        [&](const model::Dereference& n) { return targets(*n.pointer); },
                        [&](const model::Conditional& n) {
                          Targets both = targets_of_object(*n.yes);
                          both.add(targets_of_object(*n.no));
                          return both;
                        },
                        [&](const model::Assign& n) { return targets_of_object(*n.object); },
                        [&](const model::CompoundAssign& n) { return targets_of_object(*n.object); },
                        [&](const model::Step& n) { return targets_of_object(*n.object); },
                        [&](const model::Sequence& n) { return targets_of_object(*n.second); },
                        [](const auto&) { return Targets::anything(); },
                    },
                    object.node);
}

// Assignments.

void Uniformity::vary(const Variable* variable, const Expression& value) {
  // Published words differ from item to item, and each is the same for whoever reads it: none is written meanwhile.
  if (variable->is_published) return;
  const Cause cause = control_ != nullptr ? Cause{control_, true} : Cause{&value, false};
  if (causes_.emplace(variable, cause).second) changed_ = true;
}

void Uniformity::give(const Variable* variable, const Expression& value) {
  if (control_ != nullptr || !is_uniform(value)) vary(variable, value);
  if (may_point(*variable->type)) point(variable, targets(value));
}

void Uniformity::point(const Variable* variable, const Targets& targets) {
  Targets& known = points_[variable];
  const Targets before = known;
  known.add(targets);
  if (known != before) changed_ = true;
}

void Uniformity::write(const Expression& object, const Expression& value) {
  if (const auto* use = std::get_if<model::VariableUse>(&object.node)) return give(use->variable, value);
  if (const auto* member = std::get_if<model::Member>(&object.node)) return write(*member->object, value);
  const bool is_same = control_ == nullptr && is_uniform(value) && address_is_uniform(object);
  Targets written = targets_of_object(object);
  if (written.unknown) written.locals.insert(taken_.begin(), taken_.end());
  for (const Variable* local : written.locals) {
    if (!is_same) vary(local, is_uniform(value) ? object : value);
    if (may_point(*value.type)) point(local, targets(value));
  }
}

void Uniformity::call_effects(const Function& callee, const std::vector<const Expression*>& arguments,
                              const Expression& at) {
  const bool is_same = control_ == nullptr && call_is_uniform(callee, arguments);
  const std::size_t skipped = callee.parameters.size() - arguments.size();  // a constructor's object
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const model::Type& type = *callee.parameters[i + skipped]->type;
    if (!may_point(type) || (type.element != nullptr && type.element_is_const)) continue;
    Targets written = targets(*arguments[i]);
    if (written.unknown) written.locals.insert(taken_.begin(), taken_.end());
    for (const Variable* local : written.locals) {
      if (!is_same) vary(local, at);
      if (may_point(*local->type)) point(local, Targets::anything());
    }
  }
}

void Uniformity::effects(const Expression& expression) {
  const auto under = [&](const Expression& condition, auto&& visit) {
    const Expression* const outer = control_;
    if (control_ == nullptr && !is_uniform(condition)) control_ = &condition;
    visit();
    control_ = outer;
  };
  if (const auto* logical = std::get_if<model::Logical>(&expression.node)) {
    effects(*logical->left);
    return under(*logical->left, [&] { effects(*logical->right); });
  }
  if (const auto* choice = std::get_if<model::Conditional>(&expression.node)) {
    effects(*choice->condition);
    return under(*choice->condition, [&] {
      effects(*choice->yes);
      effects(*choice->no);
    });
  }
  model::for_each_operand(expression, [&](const Expression& operand) { effects(operand); });
  std::visit(model::Overloaded{
                 [&](const model::Temporary& n) { give(n.variable, *n.value); },
                 [&](const model::Assign& n) { write(*n.object, *n.value); },
                 [&](const model::CompoundAssign& n) { write(*n.object, *n.value); },
                 [&](const model::Step& n) { write(*n.object, *n.object); },
                 [&](const model::Call& n) { call_effects(*n.callee, n.arguments, expression); },
                 [&](const model::Construct& n) { call_effects(*n.constructor, n.arguments, expression); },
                 [](const auto&) {},
             },
             expression.node);
}

// Reasons.

struct Uniformity::Leaf {
  const Expression* expression = nullptr;
  std::string what;                    // "local_id()"
  const Variable* variable = nullptr;  // or this one
  bool is_memory = false;
};

/// The first thing in an expression that is not uniform by itself, other than the variables that are `known` to be so
/// because of this expression.
std::optional<Uniformity::Leaf> Uniformity::find_leaf(const Expression& expression,
                                                      const std::set<const Variable*>& known) const {
  if (const auto* query = std::get_if<model::GridQuery>(&expression.node)) {
    if (query->query == model::Query::global_id) return Leaf{&expression, "global_id()", nullptr};
    if (query->query == model::Query::local_id) return Leaf{&expression, "local_id()", nullptr};
    if (query->query == model::Query::local_linear_id) return Leaf{&expression, "local_linear_id()", nullptr};
  }
  if (const auto* use = std::get_if<model::VariableUse>(&expression.node)) {
    if (use->variable->is_shared && !use->variable->is_published) {
      return Leaf{&expression, "the shared array '" + use->variable->name + "'", nullptr, true};
    }
    if (!is_uniform(use->variable) && !known.contains(use->variable)) return Leaf{&expression, {}, use->variable};
  }
  if (const auto* atomic = std::get_if<model::Atomic>(&expression.node)) {
    return Leaf{&expression, "what atomic_" + std::string(model::name(atomic->op)) + " returns", nullptr};
  }
  std::optional<Leaf> found;
  model::for_each_operand(expression, [&](const Expression& operand) {
    if (!found) found = find_leaf(operand, known);
  });
  if (found) return found;
  if (const auto* call = std::get_if<model::Call>(&expression.node)) {
    const Conduct does = conduct(*call->callee);
    const std::string name = "'" + call->callee->name + "', ";
    if (does.asks_for_item) return Leaf{&expression, name + "whose result differs from item to item", nullptr};
    if (!call_is_uniform(*call->callee, call->arguments)) {
      return Leaf{&expression, name + "which reads memory that items may write", nullptr};
    }
  }
  if (const auto* at = std::get_if<model::Dereference>(&expression.node)) {
    const Targets memory = targets(*at->pointer);
    if (memory.changing) return Leaf{&expression, "memory that the kernel may write", nullptr, true};
    for (const Variable* local : memory.locals) {
      if (!is_uniform(local) && !known.contains(local)) return Leaf{&expression, {}, local};
    }
  }
  return std::nullopt;
}

std::vector<Reason> Uniformity::explain(const Expression& expression) const {
  std::vector<Reason> reasons;
  std::set<const Variable*> told;
  const Expression* current = &expression;
  std::set<const Variable*> by_itself;
  std::string subject = "it";
  while (const auto leaf = find_leaf(*current, by_itself)) {
    if (leaf->variable == nullptr) {
      reasons.push_back({leaf->expression->place, subject + " depends on " + leaf->what, leaf->is_memory});
      break;
    }
    const Cause& cause = causes_.at(leaf->variable);
    // A loop's counter changes under the loop's own condition: what else is in it?
    if (cause.expression == current && by_itself.insert(leaf->variable).second) continue;
    const std::string name = "'" + leaf->variable->name + "'";
    if (!told.insert(leaf->variable).second) break;
    reasons.push_back({leaf->expression->place, subject + " depends on " + name});
    if (cause.is_condition) {
      reasons.push_back({cause.expression->place, name + " changes under this condition"});
      subject = "it";
    } else {
      subject = name;
    }
    current = cause.expression;
  }
  return reasons;
}

bool Uniformity::depends_on_memory(const Expression& expression) const {
  const std::vector<Reason> reasons = explain(expression);
  return !reasons.empty() && reasons.back().is_memory;
}

}  // namespace kernelc::groups
