#include "emit/source/effects.hpp"

#include <algorithm>

#include "model/math_functions.hpp"
#include "model/walk.hpp"

namespace kernelc::source {

using model::Expression;

namespace {

// Compilers limit how deep parentheses may nest; Clang at 256.
constexpr unsigned deepest = 40;

// Elements that are repeated in the text rather than by a loop.
constexpr std::uint64_t longest_repetition = 16;

bool has_pointer_argument(const model::MathCall& call) {
  return std::any_of(call.arguments.begin(), call.arguments.end(),
                     [](const Expression* e) { return e->type->kind == model::TypeKind::pointer; });
}

/// Calls `on_variable` for each variable an object may be (in), and `on_memory` if it may lie elsewhere.
template <class OnVariable, class OnMemory>
void for_each_root(const Expression& object, OnVariable&& on_variable, OnMemory&& on_memory) {
  const auto again = [&](const Expression& next) { for_each_root(next, on_variable, on_memory); };
  std::visit(model::Overloaded{
                 [&](const model::VariableUse& n) { n.variable->is_shared ? on_memory() : on_variable(n.variable); },
                 [&](const model::Temporary& n) { on_variable(n.variable); },
                 [&](const model::Member& n) { again(*n.object); },
                 [&](const model::Dereference& n) {
                   const Expression* known = pointed_object(*n.pointer);
                   known != nullptr ? again(*known) : on_memory();
                 },
                 [&](const model::Conditional& n) { again(*n.yes), again(*n.no); },
                 [&](const model::Assign& n) { again(*n.object); },
                 [&](const model::CompoundAssign& n) { again(*n.object); },
                 [&](const model::Step& n) { again(*n.object); },
                 [&](const model::Sequence& n) { again(*n.second); },
                 [](const auto&) {},
             },
             object.node);
}

bool writes_elsewhere(const Expression& object) {
  bool result = false;
  for_each_root(object, [](const model::Variable*) {}, [&] { result = true; });
  return result;
}

}  // namespace

const Expression* pointed_object(const Expression& pointer) {
  const Expression* place = &pointer;
  while (const auto* add = std::get_if<model::PointerAdd>(&place->node)) place = add->pointer;
  const auto* address = std::get_if<model::AddressOf>(&place->node);
  return address != nullptr ? address->object : nullptr;
}

bool is_zero(const Expression& expression) {
  if (std::holds_alternative<model::Zero>(expression.node)) return true;
  const auto* literal = std::get_if<model::Literal>(&expression.node);
  return literal != nullptr && literal->bits == 0;
}

bool fills_by_loop(const model::Aggregate& aggregate, const model::Type& type, bool element_emits) {
  if (type.kind != model::TypeKind::array || aggregate.elements.empty()) return false;
  const std::uint64_t left = type.count - aggregate.elements.size();
  if (aggregate.elements.size() >= type.count || is_zero(*aggregate.elements.back())) return false;
  return element_emits || left > longest_repetition;
}

const FunctionFacts& Facts::of(const model::Function& function) {
  if (const auto known = known_.find(&function); known != known_.end()) return known->second;
  FunctionFacts facts;
  statement(*function.body, facts);
  return known_[&function] = facts;
}

void Facts::statement(const model::Statement& source, FunctionFacts& facts) {
  model::for_each_child(
      source, [&](const model::Statement& child) { statement(child, facts); },
      [&](const Expression& e) { expression(e, facts); });
}

void Facts::expression(const Expression& source, FunctionFacts& facts) {
  const auto call = [&](const model::Function& callee) {
    const FunctionFacts& inner = of(callee);
    facts.reads_memory |= inner.reads_memory;
    facts.writes_memory |= inner.writes_memory;
    for (std::size_t query = 0; query < query_count; ++query) {
      for (int d = 0; d < 3; ++d) facts.uses.of[query][d] |= inner.uses.of[query][d];
    }
    facts.uses_published |= inner.uses_published;
  };
  std::visit(model::Overloaded{
                 [&](const model::Load& n) { facts.reads_memory |= writes_elsewhere(*n.object); },
                 [&](const model::Assign& n) { facts.writes_memory |= writes_elsewhere(*n.object); },
                 [&](const model::CompoundAssign& n) { facts.writes_memory |= writes_elsewhere(*n.object); },
                 [&](const model::Step& n) { facts.writes_memory |= writes_elsewhere(*n.object); },
                 [&](const model::MathCall& n) { facts.writes_memory |= has_pointer_argument(n); },
                 [&](const model::Atomic&) { facts.reads_memory = facts.writes_memory = true; },
                 [&](const model::Call& n) { call(*n.callee); },
                 [&](const model::Construct& n) { call(*n.constructor); },
                 [&](const model::GridQuery& n) { facts.uses(n.query, n.dimension) = true; },
                 [&](const model::Barrier&) { facts.reads_memory = facts.writes_memory = true; },
                 [&](const model::VariableUse& n) { facts.uses_published |= n.variable->is_published; },
                 [](const auto&) {},
             },
             source.node);
  model::for_each_operand(source, [&](const Expression& operand) { expression(operand, facts); });
}

FunctionEffects::FunctionEffects(const FunctionClone& clone, Facts& facts) : clone_(clone), facts_(facts) {
  survey(*clone.function->body);
}

void FunctionEffects::survey(const model::Statement& source) {
  if (const auto* declare = std::get_if<model::Declare>(&source.node);
      declare != nullptr && declare->value != nullptr) {
    // A constructor is given its object's address.
    if (std::holds_alternative<model::Construct>(declare->value->node)) exposed_.insert(declare->variable);
  }
  model::for_each_child(
      source, [&](const model::Statement& child) { survey(child); }, [&](const Expression& e) { survey(e); });
}

/// Notes addresses that go further than to the access they are taken for.
void FunctionEffects::survey(const Expression& source) {
  const auto assigned = [&](const Expression& object) {
    for_each_root(object, [&](const model::Variable* variable) { ++assigned_[variable]; }, [] {});
  };
  std::visit(model::Overloaded{
                 [&](const model::Assign& n) { assigned(*n.object); },
                 [&](const model::CompoundAssign& n) { assigned(*n.object); },
                 [&](const model::Step& n) { assigned(*n.object); },
                 [&](const model::AddressOf& n) { expose(*n.object); },
                 [](const auto&) {},
             },
             source.node);
  if (const auto* n = std::get_if<model::Dereference>(&source.node)) return survey_pointer(*n->pointer);
  model::for_each_operand(source, [&](const Expression& operand) { survey(operand); });
}

/// A pointer that is dereferenced at once.
void FunctionEffects::survey_pointer(const Expression& pointer) {
  if (const auto* add = std::get_if<model::PointerAdd>(&pointer.node)) {
    survey_pointer(*add->pointer);
    survey(*add->index);
  } else if (const auto* address = std::get_if<model::AddressOf>(&pointer.node)) {
    survey(*address->object);
  } else {
    survey(pointer);
  }
}

void FunctionEffects::expose(const Expression& object) {
  for_each_root(object, [&](const model::Variable* variable) { exposed_.insert(variable); }, [] {});
}

bool FunctionEffects::is_bounded(const model::Loop& loop, const model::Variable* variable) const {
  const auto assigned = assigned_.find(variable);
  if (assigned == assigned_.end() || assigned->second != 1 || is_exposed(variable)) return false;
  if (loop.condition == nullptr || loop.tests_last) return false;
  const auto* test = std::get_if<model::Binary>(&loop.condition->node);
  const auto* load = test != nullptr ? std::get_if<model::Load>(&test->left->node) : nullptr;
  const auto* use = load != nullptr ? std::get_if<model::VariableUse>(&load->object->node) : nullptr;
  if (use == nullptr || use->variable != variable) return false;
  const bool increments = std::get<model::Step>(loop.step->node).increment;
  return test->op == (increments ? model::BinaryOperator::less : model::BinaryOperator::greater);
}

const Effects& FunctionEffects::of(const Expression& expression) {
  if (const auto known = known_.find(&expression); known != known_.end()) return known->second;
  Effects effects = compute(expression);
  return known_[&expression] = std::move(effects);
}

void FunctionEffects::add_access(const Expression& object, Effects& effects, bool is_write) {
  for_each_root(
      object, [&](const model::Variable* variable) { (is_write ? effects.writes : effects.reads).insert(variable); },
      [&] { (is_write ? effects.writes_memory : effects.reads_memory) = true; });
}

Effects FunctionEffects::compute(const Expression& source) {
  Effects result;
  model::for_each_operand(source, [&](const Expression& operand) {
    const Effects& inner = of(operand);
    result.emits |= inner.emits;
    result.reads_memory |= inner.reads_memory;
    result.writes_memory |= inner.writes_memory;
    result.calls |= inner.calls;
    result.depth = std::max(result.depth, inner.depth + 1);
    result.reads.insert(inner.reads.begin(), inner.reads.end());
    result.writes.insert(inner.writes.begin(), inner.writes.end());
  });
  const auto write = [&](const Expression& object) {
    result.emits = true;
    add_access(object, result, true);
  };
  const auto call = [&](const model::Function& callee, const std::vector<const Expression*>& arguments) {
    const FunctionFacts& facts = facts_.of(callee);
    result.calls = true;
    result.reads_memory |= facts.reads_memory;
    result.writes_memory |= facts.writes_memory;
    result.emits |= facts.writes_memory;
    for (const Expression* argument : arguments) {
      if (const auto copy = clone_.copies.find(argument); copy != clone_.copies.end()) {
        result.emits = true;
        add_access(*std::get<model::AddressOf>(argument->node).object, result, false);
      }
    }
  };
  std::visit(
      model::Overloaded{
          [&](const model::Load& n) { add_access(*n.object, result, false); },
          [&](const model::Temporary& n) {
            result.emits = true;
            result.writes.insert(n.variable);
          },
          [&](const model::Assign& n) { write(*n.object); },
          [&](const model::CompoundAssign& n) { write(*n.object), add_access(*n.object, result, false); },
          [&](const model::Step& n) { write(*n.object), add_access(*n.object, result, false); },
          [&](const model::Call& n) { call(*n.callee, n.arguments); },
          [&](const model::Construct& n) {
            call(*n.constructor, n.arguments);
            result.emits = true;
          },
          [&](const model::Barrier&) { result.emits = result.reads_memory = result.writes_memory = true; },
          [&](const model::MathCall& n) {
            if (!has_pointer_argument(n)) return;
            result.emits = result.writes_memory = true;
          },
          [&](const model::Atomic&) { result.emits = result.reads_memory = result.writes_memory = true; },
          // A choice of structs is a branch: C++ with address spaces has no operator for one in memory and a value.
          [&](const model::Conditional&) { result.emits |= !source.is_lvalue && source.type->is_aggregate(); },
          [&](const model::Aggregate& n) {
            const bool last_emits = !n.elements.empty() && of(*n.elements.back()).emits;
            result.emits |= fills_by_loop(n, *source.type, last_emits);
          },
          [](const auto&) {},
      },
      source.node);
  if (result.depth > deepest && !source.is_lvalue && source.type->kind != model::TypeKind::nothing) {
    result.depth = 0;
    result.is_cut = result.emits = true;
  }
  return result;
}

bool FunctionEffects::conflict(const Expression& earlier, const Expression& later) {
  const Effects& second = of(later);
  if (!second.emits) return false;
  const Effects& first = of(earlier);
  const auto is_exposed = [&](const model::Variable* variable) { return exposed_.contains(variable); };
  if (second.writes_memory && (first.reads_memory || std::any_of(first.reads.begin(), first.reads.end(), is_exposed))) {
    return true;
  }
  if (first.reads_memory && std::any_of(second.writes.begin(), second.writes.end(), is_exposed)) return true;
  return std::any_of(second.writes.begin(), second.writes.end(),
                     [&](const model::Variable* variable) { return first.reads.contains(variable); });
}

}  // namespace kernelc::source
