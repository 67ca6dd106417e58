#pragma once

/// Copies of expressions with other operands.

#include "model/model.hpp"

namespace kernelc::groups {

/// The node of `source` with `map(operand)` in the place of each direct operand, called in their order.
template <class Map>
[[nodiscard]] model::ExpressionNode rebuilt(const model::Expression& source, Map&& map) {
  using namespace model;
  const auto all = [&](const std::vector<const Expression*>& list) {
    std::vector<const Expression*> result;
    for (const Expression* item : list) result.push_back(map(item));
    return result;
  };
  return std::visit(
      Overloaded{
          [&](Temporary n) -> ExpressionNode { return Temporary{n.variable, map(n.value)}; },
          [&](Load n) -> ExpressionNode { return Load{map(n.object)}; },
          [&](AddressOf n) -> ExpressionNode { return AddressOf{map(n.object)}; },
          [&](Dereference n) -> ExpressionNode { return Dereference{map(n.pointer)}; },
          [&](Member n) -> ExpressionNode { return Member{map(n.object), n.field}; },
          [&](PointerAdd n) -> ExpressionNode {
            const Expression* pointer = map(n.pointer);
            return PointerAdd{pointer, map(n.index), n.subtract};
          },
          [&](PointerDifference n) -> ExpressionNode {
            const Expression* left = map(n.left);
            return PointerDifference{left, map(n.right)};
          },
          [&](MakeSpan n) -> ExpressionNode {
            const Expression* data = map(n.data);
            return MakeSpan{data, map(n.size)};
          },
          [&](SpanData n) -> ExpressionNode { return SpanData{map(n.span)}; },
          [&](SpanSize n) -> ExpressionNode { return SpanSize{map(n.span)}; },
          [&](Unary n) -> ExpressionNode { return Unary{n.op, map(n.operand)}; },
          [&](Binary n) -> ExpressionNode {
            const Expression* left = map(n.left);
            return Binary{n.op, left, map(n.right)};
          },
          [&](Logical n) -> ExpressionNode {
            const Expression* left = map(n.left);
            return Logical{n.is_and, left, map(n.right)};
          },
          [&](Conditional n) -> ExpressionNode {
            const Expression* condition = map(n.condition);
            const Expression* yes = map(n.yes);
            return Conditional{condition, yes, map(n.no)};
          },
          // The right operand of an assignment comes first.
          [&](Assign n) -> ExpressionNode {
            const Expression* value = map(n.value);
            return Assign{map(n.object), value};
          },
          [&](CompoundAssign n) -> ExpressionNode {
            const Expression* value = map(n.value);
            return CompoundAssign{n.op, map(n.object), value, n.computation};
          },
          [&](Step n) -> ExpressionNode { return Step{map(n.object), n.increment, n.prefix}; },
          [&](Convert n) -> ExpressionNode { return Convert{map(n.operand)}; },
          [&](const Call& n) -> ExpressionNode { return Call{n.callee, all(n.arguments)}; },
          [&](const Construct& n) -> ExpressionNode { return Construct{n.constructor, all(n.arguments), n.is_zeroed}; },
          [&](const MathCall& n) -> ExpressionNode { return MathCall{n.function, all(n.arguments)}; },
          [&](const Atomic& n) -> ExpressionNode {
            const Expression* object = map(n.object);
            return Atomic{n.op, object, all(n.values)};
          },
          [&](const Aggregate& n) -> ExpressionNode { return Aggregate{all(n.elements)}; },
          [&](Sequence n) -> ExpressionNode {
            const Expression* first = map(n.first);
            return Sequence{first, map(n.second)};
          },
          [&](BitCast n) -> ExpressionNode { return BitCast{map(n.operand)}; },
          [](const auto& leaf) -> ExpressionNode { return leaf; },
      },
      source.node);
}

}  // namespace kernelc::groups
