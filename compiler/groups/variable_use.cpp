#include "groups/variable_use.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "model/walk.hpp"

namespace kernelc::groups {

namespace {

using model::Expression;
using model::Statement;
using model::Variable;
using Variables = std::set<const Variable*>;

/// Which variables have surely been given a value, on the paths that come to a point; on none if it is not reached.
struct Given {
  Variables variables;
  bool is_reached = true;
};

Given merged(const Given& a, const Given& b) {
  if (!a.is_reached) return b;
  if (!b.is_reached) return a;
  Given both;
  std::set_intersection(a.variables.begin(), a.variables.end(), b.variables.begin(), b.variables.end(),
                        std::inserter(both.variables, both.variables.end()));
  return both;
}

class UseWalk {
 public:
  VariableUse run(const model::StatementList& statements) {
    for (const Statement* statement : statements) this->statement(*statement);
    // An item that leaves early leaves with what it has been given until then, which is not followed here.
    if (!leaves_early_) result_.assigned = given_.variables;
    return std::move(result_);
  }

 private:
  void read(const Variable* variable) {
    result_.mentioned.insert(variable);
    if (given_.is_reached && !given_.variables.contains(variable)) result_.exposed.insert(variable);
  }
  void give(const Variable* variable) {
    result_.mentioned.insert(variable);
    result_.written.insert(variable);
    given_.variables.insert(variable);
  }

  /// An object that is written, wholly or in part.
  void write(const Expression& object, bool is_whole) {
    if (const auto* use = std::get_if<model::VariableUse>(&object.node)) {
      if (!is_whole) read(use->variable);
      result_.mentioned.insert(use->variable);
      result_.written.insert(use->variable);
      if (is_whole) given_.variables.insert(use->variable);
    } else if (const auto* member = std::get_if<model::Member>(&object.node)) {
      write(*member->object, false);
    } else {
      expression(object);
    }
  }

  void expression(const Expression& source) {
    std::visit(model::Overloaded{
                   [&](const model::VariableUse& n) { read(n.variable); },
                   [&](const model::AddressOf& n) { write(*n.object, false); },
                   [&](const model::Temporary& n) {
                     expression(*n.value);
                     give(n.variable);
                   },
                   [&](const model::Assign& n) {
                     expression(*n.value);
                     write(*n.object, true);
                   },
                   [&](const model::CompoundAssign& n) {
                     expression(*n.value);
                     write(*n.object, false);
                   },
                   [&](const model::Step& n) { write(*n.object, false); },
                   [&](const model::Logical& n) {
                     expression(*n.left);
                     perhaps(*n.right);
                   },
                   [&](const model::Conditional& n) {
                     expression(*n.condition);
                     perhaps(*n.yes);
                     perhaps(*n.no);
                   },
                   [&](const auto&) {
                     model::for_each_operand(source, [&](const Expression& operand) { expression(operand); });
                   },
               },
               source.node);
  }
  void perhaps(const Expression& source) {
    const Given before = given_;
    expression(source);
    given_ = before;
  }

  void statement(const Statement& source) {
    std::visit(model::Overloaded{
                   [&](const model::Block& n) {
                     for (const Statement* child : n.body) statement(*child);
                   },
                   [&](const model::Declare& n) {
                     if (n.value != nullptr) expression(*n.value);
                     give(n.variable);
                   },
                   [&](const model::Evaluate& n) { expression(*n.expression); },
                   [&](const model::If& n) {
                     expression(*n.condition);
                     const Given before = given_;
                     statement(*n.yes);
                     const Given after_yes = std::exchange(given_, before);
                     if (n.no != nullptr) statement(*n.no);
                     given_ = merged(after_yes, given_);
                   },
                   [&](const model::Loop& n) { loop(n); },
                   [&](const model::Switch& n) {
                     expression(*n.value);
                     const Given before = given_;
                     for (const model::SwitchCase& label : n.cases) {
                       given_ = before;
                       for (const Statement* child : label.body) statement(*child);
                     }
                     given_ = before;
                   },
                   [&](const model::Break&) { given_.is_reached = false; },
                   [&](const model::Continue&) {
                     if (loops_ == 0) leaves_early_ = true;
                     given_.is_reached = false;
                   },
                   [&](const model::Return&) {
                     leaves_early_ = true;
                     given_.is_reached = false;
                   },
               },
               source.node);
  }

  void loop(const model::Loop& source) {
    if (!source.tests_last && source.condition != nullptr) expression(*source.condition);
    const Given before = given_;
    ++loops_;
    statement(*source.body);
    --loops_;
    // A `continue` comes to the step and the test with less.
    given_ = before;
    if (source.step != nullptr) expression(*source.step);
    if (source.tests_last && source.condition != nullptr) expression(*source.condition);
    given_ = before;
  }

  VariableUse result_;
  Given given_;
  int loops_ = 0;
  bool leaves_early_ = false;
};

bool may_point(const model::Type& type) {
  if (type.kind == model::TypeKind::pointer || type.kind == model::TypeKind::span) return true;
  if (type.kind == model::TypeKind::array) return may_point(*type.element);
  return type.kind == model::TypeKind::structure &&
         std::any_of(type.structure->fields.begin(), type.structure->fields.end(),
                     [](const model::Field& field) { return may_point(*field.type); });
}

const Variable* root(const Expression& object) {
  if (const auto* use = std::get_if<model::VariableUse>(&object.node)) return use->variable;
  if (const auto* temporary = std::get_if<model::Temporary>(&object.node)) return temporary->variable;
  if (const auto* member = std::get_if<model::Member>(&object.node)) return root(*member->object);
  return nullptr;
}

void collect_addresses(const Expression& source, Variables& found) {
  if (const auto* address = std::get_if<model::AddressOf>(&source.node)) {
    const Variable* variable = root(*address->object);
    if (variable != nullptr && !variable->is_shared) found.insert(variable);
  }
  model::for_each_operand(source, [&](const Expression& operand) { collect_addresses(operand, found); });
}

/// Addresses in values that are stored.
void collect_stored(const Expression& source, Variables& found) {
  const auto stored = [&](const Expression& value) {
    if (may_point(*value.type)) collect_addresses(value, found);
  };
  std::visit(model::Overloaded{
                 [&](const model::Temporary& n) { stored(*n.value); },
                 [&](const model::Assign& n) { stored(*n.value); },
                 [](const auto&) {},
             },
             source.node);
  model::for_each_operand(source, [&](const Expression& operand) { collect_stored(operand, found); });
}

template <class OnDeclared, class OnExpression>
void visit_all(const Statement& source, OnDeclared&& on_declared, OnExpression&& on_expression) {
  if (const auto* declare = std::get_if<model::Declare>(&source.node);
      declare != nullptr && declare->value != nullptr) {
    on_declared(*declare->value);
  }
  model::for_each_child(
      source, [&](const Statement& child) { visit_all(child, on_declared, on_expression); }, on_expression);
}

void count_writes(const Expression& source, std::map<const Variable*, int>& writes) {
  const auto target = [&](const Expression* object) {
    if (const auto* use = std::get_if<model::VariableUse>(&object->node)) ++writes[use->variable];
  };
  std::visit(model::Overloaded{
                 [&](const model::Assign& n) { target(n.object); },
                 [&](const model::CompoundAssign& n) { target(n.object); },
                 [&](const model::Step& n) { target(n.object); },
                 [&](const model::Temporary& n) { ++writes[n.variable]; },
                 [](const auto&) {},
             },
             source.node);
  model::for_each_operand(source, [&](const Expression& operand) { count_writes(operand, writes); });
}

void collect_values(const Statement& source, std::map<const Variable*, int>& writes, Values& values) {
  if (const auto* declare = std::get_if<model::Declare>(&source.node)) {
    ++writes[declare->variable];
    if (declare->value != nullptr) values[declare->variable] = declare->value;
  }
  model::for_each_child(
      source, [&](const Statement& child) { collect_values(child, writes, values); },
      [&](const Expression& e) { count_writes(e, writes); });
}

}  // namespace

VariableUse use_of_variables(const model::StatementList& statements) { return UseWalk().run(statements); }

Variables remembered_addresses(const Statement& body) {
  Variables found;
  visit_all(
      body,
      [&](const Expression& value) {
        if (may_point(*value.type)) collect_addresses(value, found);
      },
      [&](const Expression& e) { collect_stored(e, found); });
  return found;
}

Variables taken_addresses(const Statement& body) {
  Variables found;
  visit_all(body, [](const Expression&) {}, [&](const Expression& e) { collect_addresses(e, found); });
  return found;
}

Values only_values(const Statement& body) {
  std::map<const Variable*, int> writes;
  Values values;
  collect_values(body, writes, values);
  std::erase_if(values, [&](const auto& each) { return writes[each.first] != 1; });
  return values;
}

bool is_arithmetic(const Expression& expression, const std::function<bool(const Variable*)>& may_use) {
  const auto operands = [&] {
    bool all = true;
    model::for_each_operand(expression,
                            [&](const Expression& operand) { all = all && is_arithmetic(operand, may_use); });
    return all;
  };
  return std::visit(model::Overloaded{
                        [](const model::Literal&) { return true; },
                        [](const model::GridQuery&) { return true; },
                        [&](const model::VariableUse& n) { return may_use(n.variable); },
                        [&](const model::Load&) { return operands(); },
                        [&](const model::Unary&) { return operands(); },
                        [&](const model::Binary&) { return operands(); },
                        [&](const model::Convert&) { return operands(); },
                        [&](const model::SpanSize&) { return operands(); },
                        [](const auto&) { return false; },
                    },
                    expression.node);
}

}  // namespace kernelc::groups
