#include "checked/rewriter.hpp"

namespace kernelc::checked {

using model::BinaryOperator;
using model::Expression;
using model::ScalarType;

E FunctionRewriter::make(const Expression& at, const model::Type* type, bool is_lvalue, model::ExpressionNode node) {
  model_.place = at.place;
  return model_.expression(type, is_lvalue, at.line, std::move(node));
}

E FunctionRewriter::use(const Expression& at, const model::Variable* variable) {
  return make(at, variable->type, true, model::VariableUse{variable});
}

E FunctionRewriter::load(const Expression& at, E object) { return make(at, object->type, false, model::Load{object}); }

E FunctionRewriter::number(const Expression& at, std::uint64_t value, ScalarType type) {
  return make(at, scalar(type), false, model::Literal{value});
}

E FunctionRewriter::truth(const Expression& at, bool value) { return number(at, value ? 1 : 0, ScalarType::boolean); }

E FunctionRewriter::binary(const Expression& at, BinaryOperator op, E left, E right) {
  return make(at, left->type, false, model::Binary{op, left, right});
}

E FunctionRewriter::compare(const Expression& at, BinaryOperator op, E left, E right) {
  return make(at, scalar(ScalarType::boolean), false, model::Binary{op, left, right});
}

E FunctionRewriter::opposite(const Expression& at, E condition) {
  return make(at, condition->type, false, model::Unary{model::UnaryOperator::logical_not, condition});
}

E FunctionRewriter::both(const Expression& at, E left, E right) {
  if (left == nullptr || right == nullptr) return left == nullptr ? right : left;
  return make(at, scalar(ScalarType::boolean), false, model::Logical{true, left, right});
}

E FunctionRewriter::choose(const Expression& at, E condition, E yes, E no) {
  return make(at, yes->type, false, model::Conditional{condition, yes, no});
}

E FunctionRewriter::converted(const Expression& at, E value, const model::Type* type) {
  const auto* known = std::get_if<model::Literal>(&value->node);
  const bool keeps = known != nullptr && static_cast<std::int64_t>(known->bits) >= 0 && value->type->is_integer() &&
                     type->is_integer() && type->bits() >= value->type->bits();
  if (keeps) return number(at, known->bits, type->scalar);
  return value->type == type ? value : make(at, type, false, model::Convert{value});
}

/// The value's bits, widened to 64.
E FunctionRewriter::word(const Expression& at, E value) {
  if (value->type->is_floating()) {
    const ScalarType bits = value->type->size == 8 ? ScalarType::uint64 : ScalarType::uint32;
    value = make(at, scalar(bits), false, model::BitCast{value});
  }
  return converted(at, value, scalar(ScalarType::uint64));
}

E FunctionRewriter::nothing(const Expression& at) { return make(at, model_.nothing(), false, model::Zero{}); }

E FunctionRewriter::assign(const Expression& at, E object, E value) {
  return make(at, object->type, true, model::Assign{object, value});
}

const model::Variable* FunctionRewriter::flag(const Expression& at, Setup& setup) {
  const model::Variable* variable = model_.variable("is_good", scalar(ScalarType::boolean));
  setup.push_back(make(at, variable->type, true, model::Temporary{variable, truth(at, true)}));
  return variable;
}

E FunctionRewriter::held(const Expression& at, E value, std::string_view name, Setup& setup) {
  if (std::holds_alternative<model::Literal>(value->node)) return value;
  const model::Variable* variable = model_.variable(std::string(name), value->type);
  setup.push_back(make(at, value->type, true, model::Temporary{variable, value}));
  return load(at, use(at, variable));
}

E FunctionRewriter::after(const Setup& setup, E result) {
  for (auto step = setup.rbegin(); step != setup.rend(); ++step) {
    result = make(*result, result->type, result->is_lvalue, model::Sequence{*step, result});
  }
  return result;
}

E FunctionRewriter::all_of(const Expression& at, const Setup& setup) {
  if (setup.empty()) return nothing(at);
  if (setup.size() == 1) return setup.front();
  return after(setup, nothing(at));
}

E FunctionRewriter::guarded(const Expression& at, E is_good, E effect) {
  if (is_good == nullptr) return effect;
  if (effect->type->kind != model::TypeKind::nothing) {
    effect = make(at, model_.nothing(), false, model::Sequence{effect, nothing(at)});
  }
  return choose(at, is_good, effect, nothing(at));
}

E FunctionRewriter::or_zero(const Expression& at, E is_good, E value) {
  if (is_good == nullptr) return value;
  return choose(at, is_good, value, make(at, value->type, false, model::Zero{}));
}

E FunctionRewriter::safe(const Expression& at, const Pointer& pointer) {
  return or_zero(at, pointer.is_good, pointer.pointer);
}

const model::Variable* FunctionRewriter::variable(const model::Variable* source) {
  if (source->is_published) return source;
  const model::Variable*& copy = variables_[source];
  if (copy == nullptr) {
    model::Variable* made = model_.variable(source->name, source->type);
    made->is_shared = source->is_shared;
    copy = made;
  }
  return copy;
}

void FunctionRewriter::check(E at, E holds, std::uint32_t kind, ScalarType type, std::string subject,
                             std::vector<E> values, Setup& setup) {
  const E told = report(at, kind, type, std::move(subject), std::move(values));
  setup.push_back(choose(*at, opposite(*at, holds), told, nothing(*at)));
}

E FunctionRewriter::report(E at, std::uint32_t kind, ScalarType type, std::string subject, std::vector<E> values) {
  differs_ = true;
  const std::uint32_t site = kernel_.add(kind, type, std::move(subject), place_ != 0 ? place_ : at->place);
  std::vector<E> arguments{load(*at, use(*at, words_)), number(*at, site, ScalarType::uint32)};
  for (E value : values) arguments.push_back(word(*at, value));
  while (arguments.size() < 5) arguments.push_back(number(*at, 0));
  return make(*at, model_.nothing(), false, model::Call{&kernel_.report(), std::move(arguments)});
}

}  // namespace kernelc::checked
