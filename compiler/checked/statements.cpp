#include "checked/rewriter.hpp"
#include "model/walk.hpp"

namespace kernelc::checked {

using model::ScalarType;
using model::TypeKind;

FunctionRewriter::FunctionRewriter(KernelRewriter& kernel, std::uint32_t place)
    : kernel_(kernel), model_(kernel.model()), place_(place) {}

bool FunctionRewriter::run(const model::Function& source, model::Function& copy) {
  survey(*source.body);
  model::StatementList body;
  for (const model::Variable* parameter : source.parameters) {
    copy.parameters.push_back(variable(parameter));
    if (!assigned_.contains(parameter)) continue;
    // What the caller gives is good.
    const model::Variable* is_good = model_.variable("is_good", scalar(ScalarType::boolean));
    goodness_[parameter] = is_good;
    const E yes = model_.expression(is_good->type, false, source.line, model::Literal{1});
    body.push_back(model_.statement(source.line, model::Declare{is_good, yes}));
  }
  words_ = kernel_.faults();
  copy.parameters.push_back(words_);
  if (source.result->kind == TypeKind::pointer) {
    is_good_ = model_.variable("is_good", model_.pointer(scalar(ScalarType::boolean), false));
    copy.parameters.push_back(is_good_);
  }
  append({source.body}, body);
  model_.place = source.body->place;
  copy.body = model_.statement(source.body->line, model::Block{std::move(body)});
  return differs_;
}

/// Finds the pointers that are assigned to, and those that others refer to.
void FunctionRewriter::survey(const model::Statement& source) {
  model::for_each_child(
      source, [&](const model::Statement& child) { survey(child); }, [&](const model::Expression& e) { survey(e); });
  const auto* declared = std::get_if<model::Declare>(&source.node);
  if (declared != nullptr && declared->value == nullptr && declared->variable->type->kind == TypeKind::pointer) {
    assigned_.insert(declared->variable);
  }
}

void FunctionRewriter::survey(const model::Expression& source) {
  const auto note = [&](E object) {
    const auto* use = std::get_if<model::VariableUse>(&object->node);
    if (use != nullptr && use->variable->type->kind == TypeKind::pointer) assigned_.insert(use->variable);
  };
  if (const auto* assign = std::get_if<model::Assign>(&source.node)) note(assign->object);
  if (const auto* update = std::get_if<model::CompoundAssign>(&source.node)) note(update->object);
  if (const auto* step = std::get_if<model::Step>(&source.node)) note(step->object);
  if (const auto* address = std::get_if<model::AddressOf>(&source.node)) {
    const auto* use = std::get_if<model::VariableUse>(&address->object->node);
    if (use != nullptr && use->variable->type->kind == TypeKind::pointer) referred_.insert(use->variable);
  }
  model::for_each_operand(source, [&](const model::Expression& operand) { survey(operand); });
}

void FunctionRewriter::append(const model::StatementList& source, model::StatementList& result) {
  for (S each : source) {
    const S done = statement(*each);
    result.insert(result.end(), pending_.begin(), pending_.end());
    pending_.clear();
    result.push_back(done);
  }
}

S FunctionRewriter::statement(const model::Statement& source) {
  const auto make_statement = [&](auto node) {
    model_.place = source.place;
    return model_.statement(source.line, std::move(node));
  };
  return std::visit(
      model::Overloaded{
          [&](const model::Block& n) -> S {
            model::StatementList body;
            append(n.body, body);
            return make_statement(model::Block{std::move(body)});
          },
          [&](const model::Declare& n) -> S { return declare(n, source); },
          [&](const model::Evaluate& n) -> S { return make_statement(model::Evaluate{effects(n.expression)}); },
          [&](const model::If& n) -> S {
            const E condition = value(n.condition);
            const S yes = statement(*n.yes);
            return make_statement(model::If{condition, yes, n.no != nullptr ? statement(*n.no) : nullptr});
          },
          [&](const model::Loop& n) -> S {
            const E condition = n.condition != nullptr ? value(n.condition) : nullptr;
            const S body = statement(*n.body);
            return make_statement(
                model::Loop{condition, n.step != nullptr ? effects(n.step) : nullptr, body, n.tests_last});
          },
          [&](const model::Switch& n) -> S {
            model::Switch result{value(n.value), {}};
            for (const model::SwitchCase& label : n.cases) {
              result.cases.push_back({label.values, label.is_default, {}});
              append(label.body, result.cases.back().body);
            }
            return make_statement(std::move(result));
          },
          [&](const model::Return& n) -> S { return give_back(n, source); },
          [&](const auto& n) -> S { return make_statement(n); },
      },
      source.node);
}

/// A pointer is declared together with whether it is good.
S FunctionRewriter::declare(const model::Declare& source, const model::Statement& at) {
  const model::Variable* copy = variable(source.variable);
  const auto declaration = [&](const model::Variable* variable, E value) {
    model_.place = at.place;
    return model_.statement(at.line, model::Declare{variable, value});
  };
  if (source.variable->type->kind != TypeKind::pointer) {
    return declaration(copy, source.value != nullptr ? value(source.value) : nullptr);
  }
  Setup setup;
  Pointer given;
  if (source.value != nullptr) given = pointer(source.value, setup);
  if (given.is_good == nullptr && !assigned_.contains(source.variable)) {
    return declaration(copy, source.value != nullptr ? after(setup, given.pointer) : nullptr);
  }
  const model::Variable* is_good = model_.variable("is_good", scalar(ScalarType::boolean));
  goodness_[source.variable] = is_good;
  model_.place = at.place;
  const E yes = model_.expression(is_good->type, false, at.line, model::Literal{1});
  // Both live as long as the block that the declaration is in.
  pending_.push_back(declaration(is_good, yes));
  if (source.value == nullptr) return declaration(copy, nullptr);
  if (given.is_good != nullptr) {
    setup.push_back(assign(*given.pointer, use(*given.pointer, is_good), given.is_good));
  }
  return declaration(copy, after(setup, safe(*given.pointer, given)));
}

S FunctionRewriter::give_back(const model::Return& source, const model::Statement& at) {
  E result = nullptr;
  if (source.value != nullptr && source.value->type->kind == TypeKind::pointer) {
    Setup setup;
    const Pointer given = pointer(source.value, setup);
    if (given.is_good != nullptr) {
      differs_ = true;
      const E where = load(*source.value, use(*source.value, is_good_));
      const E told = make(*source.value, scalar(ScalarType::boolean), true, model::Dereference{where});
      setup.push_back(assign(*source.value, told, given.is_good));
    }
    result = after(setup, safe(*source.value, given));
  } else if (source.value != nullptr) {
    result = value(source.value);
  }
  model_.place = at.place;
  return model_.statement(at.line, model::Return{result});
}

}  // namespace kernelc::checked
