#pragma once

/// Copies of whole bodies, for passes that change which variable stands where.

#include <map>
#include <utility>

#include "groups/flatten.hpp"
#include "groups/rebuild.hpp"

namespace kernelc::groups {

/// A copy of a body in which no node stands at two places, with other variables in the place of some.
class BodyCopier {
 public:
  explicit BodyCopier(model::Model& model) : model_(model) {}
  virtual ~BodyCopier() = default;
  BodyCopier(const BodyCopier&) = delete;
  BodyCopier& operator=(const BodyCopier&) = delete;

  /// The copy, with the jumps in it that were returns.
  [[nodiscard]] FlatBody run(const FlatBody& flat) {
    FlatBody result{statement(*flat.body), {}, flat.publishes};
    for (const model::Statement* jump : flat.returns) {
      if (const auto copied = jumps_.find(jump); copied != jumps_.end()) result.returns.insert(copied->second);
    }
    return result;
  }

 protected:
  using E = const model::Expression*;

  /// The variable in the place of the one that is used.
  virtual const model::Variable* used(const model::Expression& use) {
    return std::get<model::VariableUse>(use.node).variable;
  }
  /// Puts the copy of a declaration, and what else is to be declared there, into `out`.
  virtual void declare(const model::Statement& source, model::StatementList& out) { out.push_back(statement(source)); }

  /// The copy of an expression, if there is one.
  E value_of(E source) { return source != nullptr ? expression(source) : nullptr; }

  const model::Statement* statement(const model::Statement& source) {
    const auto copied = [&](const model::Statement* child) { return child != nullptr ? statement(*child) : nullptr; };
    model::StatementNode node = std::visit(
        model::Overloaded{
            [&](const model::Block& n) -> model::StatementNode { return model::Block{list(n.body)}; },
            [&](const model::Declare& n) -> model::StatementNode {
              return model::Declare{n.variable, value_of(n.value)};
            },
            [&](const model::Evaluate& n) -> model::StatementNode { return model::Evaluate{expression(n.expression)}; },
            [&](const model::If& n) -> model::StatementNode {
              return model::If{expression(n.condition), copied(n.yes), copied(n.no)};
            },
            [&](const model::Loop& n) -> model::StatementNode {
              return model::Loop{value_of(n.condition), value_of(n.step), copied(n.body), n.tests_last};
            },
            [&](const model::Switch& n) -> model::StatementNode {
              model::Switch result{expression(n.value), {}};
              for (const model::SwitchCase& label : n.cases) {
                result.cases.push_back({label.values, label.is_default, list(label.body)});
              }
              return result;
            },
            [&](const model::Return& n) -> model::StatementNode { return model::Return{value_of(n.value)}; },
            [](const auto& jump) -> model::StatementNode { return jump; },
        },
        source.node);
    model_.place = source.place;
    const model::Statement* result =
        std::visit([&](auto& n) { return model_.statement(source.line, std::move(n)); }, node);
    jumps_[&source] = result;
    return result;
  }

  model::Model& model_;

 private:
  model::StatementList list(const model::StatementList& source) {
    model::StatementList result;
    for (const model::Statement* child : source) {
      if (std::holds_alternative<model::Declare>(child->node)) {
        declare(*child, result);
      } else {
        result.push_back(statement(*child));
      }
    }
    return result;
  }

  E expression(E source) {
    model::ExpressionNode node = rebuilt(*source, [&](E operand) { return expression(operand); });
    if (auto* use = std::get_if<model::VariableUse>(&node)) use->variable = used(*source);
    model_.place = source->place;
    return model_.expression(source->type, source->is_lvalue, source->line, std::move(node));
  }

  std::map<const model::Statement*, const model::Statement*> jumps_;
};

}  // namespace kernelc::groups
