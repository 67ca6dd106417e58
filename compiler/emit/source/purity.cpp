#include "emit/source/purity.hpp"

#include <algorithm>

#include "model/walk.hpp"

namespace kernelc::source {

namespace {

using model::Expression;

/// Whether an lvalue designates a local variable or a part of one.
bool is_local(const Expression& object) {
  return std::visit(model::Overloaded{
                        [](const model::VariableUse& n) { return !n.variable->is_shared; },
                        [](const model::Temporary&) { return true; },
                        [](const model::Member& n) { return is_local(*n.object); },
                        [](const model::Conditional& n) { return is_local(*n.yes) && is_local(*n.no); },
                        [](const model::Sequence& n) { return is_local(*n.second); },
                        [](const model::Assign& n) { return is_local(*n.object); },
                        [](const model::CompoundAssign& n) { return is_local(*n.object); },
                        [](const model::Step& n) { return is_local(*n.object); },
                        [](const auto&) { return false; },
                    },
                    object.node);
}

bool is_pointer(const Expression& e) { return e.type->kind == model::TypeKind::pointer; }

}  // namespace

bool Purity::is_pure(const Expression& expression, Known& known, bool may_write_locals) {
  if (const auto found = known.find(&expression); found != known.end()) return found->second;
  bool pure = std::visit(model::Overloaded{
                             [&](const model::Assign& n) { return may_write_locals && is_local(*n.object); },
                             [&](const model::CompoundAssign& n) { return may_write_locals && is_local(*n.object); },
                             [&](const model::Step& n) { return may_write_locals && is_local(*n.object); },
                             [&](const model::Call& n) { return is_pure(*n.callee); },
                             [&](const model::Construct&) { return false; },
                             [&](const model::Barrier&) { return false; },
                             [&](const model::Atomic&) { return false; },
                             [&](const model::PointerDifference&) { return false; },
                             // frexp and its like write through their last argument.
                             [&](const model::MathCall& n) {
                               return std::none_of(n.arguments.begin(), n.arguments.end(),
                                                   [](const Expression* argument) { return is_pointer(*argument); });
                             },
                             [&](const model::Binary& n) { return !is_pointer(*n.left) && !is_pointer(*n.right); },
                             [&](const auto&) { return true; },
                         },
                         expression.node);
  model::for_each_operand(expression,
                          [&](const Expression& operand) { pure = pure && is_pure(operand, known, may_write_locals); });
  known[&expression] = pure;
  return pure;
}

bool Purity::is_pure(const model::Statement& statement, Known& known) {
  bool pure = true;
  model::for_each_child(
      statement, [&](const model::Statement& child) { pure = pure && is_pure(child, known); },
      [&](const Expression& e) { pure = pure && is_pure(e, known, true); });
  return pure;
}

bool Purity::is_pure(const model::Function& function) {
  if (const auto found = functions_.find(&function); found != functions_.end()) return found->second;
  Known known;
  const bool pure = is_pure(*function.body, known);
  return functions_[&function] = pure;
}

}  // namespace kernelc::source
