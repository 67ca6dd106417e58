#pragma once

/// The children of the model's nodes, for passes that visit everything.

#include "model/model.hpp"

namespace kernelc::model {

/// Calls `visit` for each direct operand of an expression.
template <class Visit>
void for_each_operand(const Expression& expression, Visit&& visit) {
  const auto all = [&](const std::vector<const Expression*>& list) {
    for (const Expression* item : list) visit(*item);
  };
  std::visit(Overloaded{
                 [&](const Temporary& n) { visit(*n.value); },
                 [&](const Load& n) { visit(*n.object); },
                 [&](const AddressOf& n) { visit(*n.object); },
                 [&](const Dereference& n) { visit(*n.pointer); },
                 [&](const Member& n) { visit(*n.object); },
                 [&](const PointerAdd& n) { visit(*n.pointer), visit(*n.index); },
                 [&](const PointerDifference& n) { visit(*n.left), visit(*n.right); },
                 [&](const MakeSpan& n) { visit(*n.data), visit(*n.size); },
                 [&](const SpanData& n) { visit(*n.span); },
                 [&](const SpanSize& n) { visit(*n.span); },
                 [&](const Unary& n) { visit(*n.operand); },
                 [&](const Binary& n) { visit(*n.left), visit(*n.right); },
                 [&](const Logical& n) { visit(*n.left), visit(*n.right); },
                 [&](const Conditional& n) { visit(*n.condition), visit(*n.yes), visit(*n.no); },
                 [&](const Assign& n) { visit(*n.object), visit(*n.value); },
                 [&](const CompoundAssign& n) { visit(*n.object), visit(*n.value); },
                 [&](const Step& n) { visit(*n.object); },
                 [&](const Convert& n) { visit(*n.operand); },
                 [&](const Call& n) { all(n.arguments); },
                 [&](const Construct& n) { all(n.arguments); },
                 [&](const MathCall& n) { all(n.arguments); },
                 [&](const Atomic& n) { visit(*n.object), all(n.values); },
                 [&](const Aggregate& n) { all(n.elements); },
                 [&](const Sequence& n) { visit(*n.first), visit(*n.second); },
                 [&](const BitCast& n) { visit(*n.operand); },
                 [](const auto&) {},
             },
             expression.node);
}

/// Calls `on_statement` for each direct child and `on_expression` for each direct expression of a statement.
template <class OnStatement, class OnExpression>
void for_each_child(const Statement& statement, OnStatement&& on_statement, OnExpression&& on_expression) {
  const auto maybe_expression = [&](const Expression* e) {
    if (e != nullptr) on_expression(*e);
  };
  std::visit(Overloaded{
                 [&](const Block& n) {
                   for (const Statement* child : n.body) on_statement(*child);
                 },
                 [&](const Declare& n) { maybe_expression(n.value); },
                 [&](const Evaluate& n) { on_expression(*n.expression); },
                 [&](const If& n) {
                   on_expression(*n.condition);
                   on_statement(*n.yes);
                   if (n.no != nullptr) on_statement(*n.no);
                 },
                 [&](const Loop& n) {
                   maybe_expression(n.condition);
                   maybe_expression(n.step);
                   on_statement(*n.body);
                 },
                 [&](const Switch& n) {
                   on_expression(*n.value);
                   for (const SwitchCase& label : n.cases) {
                     for (const Statement* child : label.body) on_statement(*child);
                   }
                 },
                 [&](const Return& n) { maybe_expression(n.value); },
                 [](const auto&) {},
             },
             statement.node);
}

}  // namespace kernelc::model
