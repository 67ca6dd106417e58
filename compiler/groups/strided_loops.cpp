#include "groups/strided_loops.hpp"

#include <algorithm>

#include "model/walk.hpp"

namespace kernelc::groups {

namespace {

using model::BinaryOperator;
using model::Expression;
using model::Statement;
using model::Variable;

const Variable* loaded(const Expression& value) {
  const auto* load = std::get_if<model::Load>(&value.node);
  const auto* use = load == nullptr ? nullptr : std::get_if<model::VariableUse>(&load->object->node);
  return use == nullptr ? nullptr : use->variable;
}

/// Without conversions after which every number of an unsigned type is what it was.
const Expression* without_widening(const Expression* value) {
  const auto* convert = std::get_if<model::Convert>(&value->node);
  if (convert == nullptr || !value->type->is_integer()) return value;
  const model::Type& from = *convert->operand->type;
  const bool keeps_all = value->type->size > from.size || (value->type->size == from.size && !value->type->is_signed());
  return from.is_integer() && !from.is_signed() && keeps_all ? without_widening(convert->operand) : value;
}

const Expression* without_conversions(const Expression* value) {
  const auto* convert = std::get_if<model::Convert>(&value->node);
  return convert == nullptr ? value : without_conversions(convert->operand);
}

bool is_zero(const Expression& value) {
  const auto* literal = std::get_if<model::Literal>(&value.node);
  return literal != nullptr && literal->bits == 0;
}

/// Whether an expression only computes: its value may be asked for once more.
bool is_pure(const Expression& expression);

bool is_pure(const Statement& statement) {
  bool is = !std::holds_alternative<model::Loop>(statement.node);
  model::for_each_child(
      statement, [&](const Statement& child) { is = is && is_pure(child); },
      [&](const Expression& child) { is = is && is_pure(child); });
  return is;
}

bool is_pure(const Expression& expression) {
  bool is = std::visit(model::Overloaded{
                           [](const model::Assign&) { return false; },
                           [](const model::CompoundAssign&) { return false; },
                           [](const model::Step&) { return false; },
                           [](const model::Construct&) { return false; },
                           [](const model::Barrier&) { return false; },
                           [](const model::Atomic&) { return false; },
                           [](const model::Call& n) { return n.callee->body != nullptr && is_pure(*n.callee->body); },
                           [](const auto&) { return true; },
                       },
                       expression.node);
  model::for_each_operand(expression, [&](const Expression& operand) { is = is && is_pure(operand); });
  return is;
}

/// What adds to the counter, in the step of a loop.
const Expression* added(const Expression* step, const Variable* counter) {
  const auto* update = step == nullptr ? nullptr : std::get_if<model::CompoundAssign>(&step->node);
  if (update == nullptr || update->op != BinaryOperator::add || update->computation != counter->type) return nullptr;
  const auto* use = std::get_if<model::VariableUse>(&update->object->node);
  return use != nullptr && use->variable == counter && update->value->type == counter->type ? update->value : nullptr;
}

/// What the counter has to be below of, in the condition of a loop.
const Expression* bound_of(const Expression* condition, const Variable* counter) {
  const auto* test = condition == nullptr ? nullptr : std::get_if<model::Binary>(&condition->node);
  if (test == nullptr) return nullptr;
  const auto below = [&](const Expression& lower, const Expression& upper) -> const Expression* {
    return loaded(*without_widening(&lower)) == counter ? &upper : nullptr;
  };
  if (test->op == BinaryOperator::less) return below(*test->left, *test->right);
  if (test->op == BinaryOperator::greater) return below(*test->right, *test->left);
  return nullptr;
}

/// Whether an index is the counter and something that it does not depend on, as far as can be seen.
bool is_in_a_row(const Expression& index, const Variable* counter) {
  const Expression& value = *without_conversions(&index);
  if (loaded(value) == counter) return true;
  const auto* binary = std::get_if<model::Binary>(&value.node);
  if (binary == nullptr) return false;
  if (binary->op == BinaryOperator::subtract) return is_in_a_row(*binary->left, counter);
  return binary->op == BinaryOperator::add &&
         (is_in_a_row(*binary->left, counter) || is_in_a_row(*binary->right, counter));
}

}  // namespace

StridedLoops::StridedLoops(model::Model& model, const std::set<const Variable*>& parameters, const Values& values,
                           const std::set<const Variable*>& taken, std::uint64_t items)
    : model_(model), parameters_(parameters), values_(values), taken_(taken), items_(items) {}

std::optional<StridedLoop> StridedLoops::find(const model::Declare& counter, const model::Loop& loop,
                                              const IsOnce& is_once) const {
  const Variable* const variable = counter.variable;
  const bool is_counter = variable->type->is_integer() && variable->type->size >= 4 && counter.value != nullptr &&
                          !taken_.contains(variable);
  if (!is_counter || loop.tests_last) return std::nullopt;
  const Expression* const step = added(loop.step, variable);
  const Expression* bound = bound_of(loop.condition, variable);
  if (step == nullptr || bound == nullptr || !is_once(*step) || !is_pure(*bound)) return std::nullopt;
  bound = without_references(bound);
  const VariableUse use = use_of_variables({loop.body});
  if (use.written.contains(variable) || !may_pay(*loop.body, use, variable, *step)) return std::nullopt;
  const std::optional<Row> first = row(*counter.value, is_once);
  if (!first || first->slope != 1) return std::nullopt;
  return StridedLoop{variable, first->first, bound, step};
}

/// What std::min and std::max return, without the temporary objects that they may refer to.
const Expression* StridedLoops::without_references(const Expression* value) const {
  const auto* load = std::get_if<model::Load>(&value->node);
  const auto* object = load == nullptr ? nullptr : std::get_if<model::Dereference>(&load->object->node);
  const auto* call = object == nullptr ? nullptr : std::get_if<model::Call>(&object->pointer->node);
  if (call == nullptr || call->arguments.size() != 2) return value;
  const bool is_least = call->callee->symbol.starts_with("_ZSt3minI");
  if (!is_least && !call->callee->symbol.starts_with("_ZSt3maxI")) return value;
  const auto make = [&](const model::Type* type, auto node) {
    return model_.expression(type, false, value->line, std::move(node));
  };
  const auto referred = [&](const Expression& reference) -> const Expression* {
    const auto* address = std::get_if<model::AddressOf>(&reference.node);
    if (address == nullptr) return nullptr;
    if (const auto* temporary = std::get_if<model::Temporary>(&address->object->node)) {
      return without_references(temporary->value);
    }
    return make(value->type, model::Load{address->object});
  };
  const Expression* const a = referred(*call->arguments[0]);
  const Expression* const b = referred(*call->arguments[1]);
  if (a == nullptr || b == nullptr) return value;
  const model::Type* truth = model_.scalar(model::ScalarType::boolean);
  const Expression* const is_second =
      make(truth, model::Binary{BinaryOperator::less, is_least ? b : a, is_least ? a : b});
  return make(value->type, model::Conditional{is_second, b, a});
}

const Expression* StridedLoops::all_have_round(const Expression& first, const Expression& bound) const {
  const auto make = [&](const model::Type* type, auto node) {
    return model_.expression(type, false, first.line, std::move(node));
  };
  const model::Type* type = first.type;
  const Expression* const others = make(type, model::Literal{items_ - 1});
  const Expression* const last = make(type, model::Binary{BinaryOperator::add, &first, others});
  const model::Type* truth = model_.scalar(model::ScalarType::boolean);
  // The items' counters do not wrap around, or those in the middle would be the largest.
  const Expression* const ascends = make(truth, model::Binary{BinaryOperator::greater_equal, last, &first});
  const Expression* const compared = bound.type == type ? last : make(bound.type, model::Convert{last});
  const Expression* const is_below = make(truth, model::Binary{BinaryOperator::less, compared, &bound});
  return make(truth, model::Logical{true, ascends, is_below});
}

const Expression* StridedLoops::counter_of_item(const Expression& first) const {
  const auto make = [&](const model::Type* type, auto node) {
    return model_.expression(type, false, first.line, std::move(node));
  };
  const model::Type* word = model_.scalar(model::ScalarType::uint64);
  const Expression* id = make(word, model::GridQuery{model::Query::local_id, 0});
  if (word != first.type) id = make(first.type, model::Convert{id});
  return make(first.type, model::Binary{BinaryOperator::add, &first, id});
}

/// Whether a value is the same wherever what it is made of has one.
bool StridedLoops::is_lasting(const Expression& value) const {
  return is_arithmetic(value, [this](const Variable* v) { return parameters_.contains(v) || values_.contains(v); });
}

std::optional<StridedLoops::Row> StridedLoops::row(const Expression& value, const IsOnce& is_once) const {
  if (!value.type->is_integer()) return std::nullopt;
  if (is_lasting(value) && is_once(value)) return Row{&value, 0};
  const auto make = [&](auto node) { return model_.expression(value.type, false, value.line, std::move(node)); };
  if (const auto* query = std::get_if<model::GridQuery>(&value.node)) {
    switch (query->query) {
      case model::Query::local_linear_id: return Row{make(model::Literal{0}), 1};
      case model::Query::local_id:
        if (query->dimension == 0) return Row{make(model::Literal{0}), 1};
        return std::nullopt;
      case model::Query::global_id: {
        if (query->dimension != 0) return std::nullopt;
        const Expression* const group = make(model::GridQuery{model::Query::group_id, 0});
        return Row{make(model::Binary{BinaryOperator::multiply, group, make(model::Literal{items_})}), 1};
      }
      default: return std::nullopt;
    }
  }
  if (const Variable* const variable = loaded(value)) {
    const auto only = values_.find(variable);
    return only == values_.end() || taken_.contains(variable) ? std::nullopt : row(*only->second, is_once);
  }
  if (const auto* convert = std::get_if<model::Convert>(&value.node)) {
    const auto of = row(*convert->operand, is_once);
    if (!of) return std::nullopt;
    if (value.type->size <= convert->operand->type->size) return Row{make(model::Convert{of->first}), of->slope};
    // A narrower sum may wrap around on its way through the group; ids alone do not.
    constexpr std::uint64_t holds_all_ids = 2;
    const bool is_id = is_zero(*without_conversions(of->first)) && convert->operand->type->size >= holds_all_ids;
    return is_id ? std::optional(Row{make(model::Literal{0}), of->slope}) : std::nullopt;
  }
  const auto* binary = std::get_if<model::Binary>(&value.node);
  const bool adds = binary != nullptr && binary->op == BinaryOperator::add;
  if (!adds && (binary == nullptr || binary->op != BinaryOperator::subtract)) return std::nullopt;
  const auto left = row(*binary->left, is_once);
  const auto right = row(*binary->right, is_once);
  if (!left || !right || left->slope + right->slope > 1 || (!adds && right->slope != 0)) return std::nullopt;
  return Row{make(model::Binary{binary->op, left->first, right->first}), left->slope + right->slope};
}

/// Whether rounds together may pay: the loop steps over the group at least, reads or writes in a row, and does no more
/// than to go through memory. What items carry from round to round lies in memory then, which pays only where rounds
/// follow each other in memory: the sum of a grid-stride loop, whose rounds lie 64 KiB apart, took twice as long with
/// Zen 5, and products of a part for each group a fifth less with AVX2.
bool StridedLoops::may_pay(const Statement& body, const VariableUse& use, const Variable* counter,
                           const Expression& step) const {
  constexpr std::ptrdiff_t most_carried = 4;
  const auto* rows = std::get_if<model::Literal>(&without_conversions(&step)->node);
  if (rows != nullptr && rows->bits < items_) return false;
  const bool is_next_row = rows != nullptr && rows->bits == items_;
  if (std::any_of(use.mentioned.begin(), use.mentioned.end(),
                  [](const Variable* v) { return v->type->is_aggregate() && !v->is_shared; })) {
    return false;
  }
  // Every one of them is read from memory in each round.
  constexpr std::ptrdiff_t most_kept = 8;
  const auto is_kept = [&](const Variable* v) {
    const auto only = values_.find(v);
    return v != counter && !v->is_shared && !parameters_.contains(v) &&
           !(only != values_.end() && is_lasting(*only->second));
  };
  if (std::count_if(use.exposed.begin(), use.exposed.end(), is_kept) > most_kept) return false;
  const auto is_carried = [&](const Variable* v) { return use.exposed.contains(v) && !v->is_shared; };
  if (std::count_if(use.written.begin(), use.written.end(), is_carried) > (is_next_row ? most_carried : 0))
    return false;
  bool is_plain = true;
  bool goes_in_a_row = false;
  const auto look = [&](const auto& self, const Expression& e) -> void {
    if (const auto* place = std::get_if<model::PointerAdd>(&e.node)) {
      goes_in_a_row = goes_in_a_row || is_in_a_row(*place->index, counter);
    }
    model::for_each_operand(e, [&](const Expression& operand) { self(self, operand); });
  };
  const auto walk = [&](const auto& self, const Statement& s) -> void {
    const bool is_simple = std::holds_alternative<model::Block>(s.node) || std::holds_alternative<model::If>(s.node) ||
                           std::holds_alternative<model::Declare>(s.node) ||
                           std::holds_alternative<model::Evaluate>(s.node);
    is_plain = is_plain && is_simple;
    model::for_each_child(
        s, [&](const Statement& child) { self(self, child); }, [&](const Expression& e) { look(look, e); });
  };
  walk(walk, body);
  return is_plain && goes_in_a_row;
}

}  // namespace kernelc::groups
