#include "groups/flatten.hpp"

#include <set>
#include <utility>

#include "groups/rebuild.hpp"
#include "model/walk.hpp"

namespace kernelc::groups {

namespace {

using model::Expression;
using model::Function;
using model::ScalarType;
using model::Statement;
using model::StatementList;
using model::Variable;

using E = const Expression*;

bool has_return(const Statement& statement) {
  if (std::holds_alternative<model::Return>(statement.node)) return true;
  bool found = false;
  model::for_each_child(
      statement, [&](const Statement& child) { found = found || has_return(child); }, [](const Expression&) {});
  return found;
}

/// Whether the only return, if any, is the last statement.
bool returns_at_the_end_only(const Statement& statement, bool is_last) {
  if (std::holds_alternative<model::Return>(statement.node)) return is_last;
  const auto* block = std::get_if<model::Block>(&statement.node);
  if (block == nullptr) return !has_return(statement);
  for (std::size_t i = 0; i < block->body.size(); ++i) {
    if (!returns_at_the_end_only(*block->body[i], is_last && i + 1 == block->body.size())) return false;
  }
  return true;
}

/// The parameters that are used in any other way than by reading them or members of them.
class WrittenParameters {
 public:
  explicit WrittenParameters(const Function& function)
      : known_(function.parameters.begin(), function.parameters.end()) {
    statement(*function.body);
  }
  [[nodiscard]] bool contain(const Variable* parameter) const { return written_.contains(parameter); }

 private:
  void statement(const Statement& source) {
    model::for_each_child(
        source, [&](const Statement& child) { statement(child); }, [&](const Expression& e) { expression(e); });
  }
  void expression(const Expression& source) {
    if (const auto* load = std::get_if<model::Load>(&source.node)) {
      E object = load->object;
      while (const auto* member = std::get_if<model::Member>(&object->node)) object = member->object;
      if (std::holds_alternative<model::VariableUse>(object->node)) return;
    }
    if (const auto* use = std::get_if<model::VariableUse>(&source.node);
        use != nullptr && known_.contains(use->variable)) {
      written_.insert(use->variable);
    }
    model::for_each_operand(source, [&](const Expression& operand) { expression(operand); });
  }

  std::set<const Variable*> known_;
  std::set<const Variable*> written_;
};

class Flattener {
 public:
  Flattener(model::Model& model, Reporter& reporter) : model_(model), reporter_(reporter) {}

  FlatBody run(const Function& kernel) {
    StatementList body;
    const WrittenParameters written(kernel);
    model_.place = kernel.body->place;
    for (const Variable* parameter : kernel.parameters) {
      if (!written.contain(parameter)) continue;
      const Variable* copy = model_.variable(parameter->name, parameter->type);
      body.push_back(model_.statement(kernel.line, model::Declare{copy, load(use(parameter))}));
      variables_[parameter] = copy;
    }
    statement(*kernel.body, body);
    return {model_.statement(kernel.line, model::Block{std::move(body)}), std::move(returns_), publishes_};
  }

 private:
  /// A function whose body is being put in the place of its call.
  struct Inlined {
    const Variable* result = nullptr;    // null where it returns nothing
    bool is_wrapped = false;             // in a loop that runs once and that a return leaves by `continue`
    const Variable* has_left = nullptr;  // set by a return inside an inner loop
    int loops = 0;                       // around the statement being copied, in the function
  };

  // Small makers, at the place that is set.
  E use(const Variable* variable) {
    return model_.expression(variable->type, true, line_, model::VariableUse{variable});
  }
  E load(E object) { return model_.expression(object->type, false, line_, model::Load{object}); }
  E truth(bool value) {
    return model_.expression(model_.scalar(ScalarType::boolean), false, line_, model::Literal{value ? 1u : 0u});
  }
  const Statement* assign(const Variable* variable, E value) {
    return model_.statement(
        line_, model::Evaluate{model_.expression(variable->type, true, line_, model::Assign{use(variable), value})});
  }
  void at(std::uint32_t line, std::uint32_t place) {
    if (operation_ != nullptr) return;
    line_ = line;
    model_.place = place;
  }

  template <class Jump>
  const Statement* jump(Jump node) {
    return *returns_.insert(model_.statement(line_, node)).first;
  }

  [[noreturn]] void reject(const Expression& source, const char* where) {
    std::vector<std::string> values{"a barrier", where};
    if (const Function* operation = operation_in(source)) values[0] = spoken(operation);
    reporter_.reject(clang::SourceLocation::getFromRawEncoding(source.place), Rule::barrier_in_expression, values);
  }

  /// The first operation of the language in an expression that waits.
  const Function* operation_in(const Expression& source) {
    const auto* call = std::get_if<model::Call>(&source.node);
    if (call != nullptr && call->callee->is_of_language && search_.in(*call->callee)) return call->callee;
    const Function* found = nullptr;
    model::for_each_operand(source, [&](const Expression& operand) {
      if (found == nullptr) found = operation_in(operand);
    });
    return found;
  }

  // Expressions: copies without barriers; what they wait for goes to `out` first.
  E expression(E source, StatementList& out) {
    const bool waits = search_.in(*source);
    if (waits) {
      if (std::holds_alternative<model::Barrier>(source->node)) reject(*source, "an expression");
      if (std::holds_alternative<model::Construct>(source->node)) reject(*source, "a constructor");
      if (const auto* call = std::get_if<model::Call>(&source->node); call != nullptr && search_.in(*call->callee)) {
        return inline_call(*call, *source, out);
      }
      if (const auto* sequence = std::get_if<model::Sequence>(&source->node)) {
        evaluate(sequence->first, out);
        return expression(sequence->second, out);
      }
      const auto* logical = std::get_if<model::Logical>(&source->node);
      const auto* choice = std::get_if<model::Conditional>(&source->node);
      if ((logical != nullptr && search_.in(*logical->right)) ||
          (choice != nullptr && (search_.in(*choice->yes) || search_.in(*choice->no)))) {
        reject(*source, "an operand that is not always evaluated");
      }
    }
    return copy(source, out);
  }

  E copy(E source, StatementList& out) {
    if (const auto* load = std::get_if<model::Load>(&source->node)) {
      if (const auto* use = std::get_if<model::VariableUse>(&load->object->node)) {
        const auto found = values_.find(use->variable);
        if (found != values_.end()) return found->second;
      }
    }
    model::ExpressionNode node = rebuilt(*source, [&](E operand) { return expression(operand, out); });
    if (auto* use = std::get_if<model::VariableUse>(&node)) use->variable = mapped(use->variable);
    if (auto* temporary = std::get_if<model::Temporary>(&node)) temporary->variable = declared(temporary->variable);
    if (const auto* object = std::get_if<model::Dereference>(&node)) {
      const auto* address = std::get_if<model::AddressOf>(&object->pointer->node);
      if (address != nullptr && address->object->type == source->type) return address->object;
    }
    at(source->line, source->place);
    return model_.expression(source->type, source->is_lvalue, line_, std::move(node));
  }

  const Variable* mapped(const Variable* variable) {
    publishes_ = publishes_ || variable->is_published;
    const auto found = variables_.find(variable);
    return found != variables_.end() ? found->second : variable;
  }
  /// A local of an inlined function is another variable at each call.
  const Variable* declared(const Variable* variable) {
    if (inlined_ == nullptr) return variable;
    return variables_[variable] = model_.variable(variable->name, variable->type);
  }

  /// The value of the call, for whose arguments and body `out` has room.
  E inline_call(const model::Call& call, const Expression& source, StatementList& out) {
    const Function& callee = *call.callee;
    std::vector<E> arguments;
    for (E argument : call.arguments) arguments.push_back(expression(argument, out));
    at(source.line, source.place);
    const model::Function* const outer_operation = operation_;
    if (operation_ == nullptr && callee.is_of_language) operation_ = &callee;
    Inlined inlined;
    if (callee.result->kind != model::TypeKind::nothing) {
      inlined.result = model_.variable("result of " + callee.name, callee.result);
      out.push_back(model_.statement(line_, model::Declare{inlined.result, nullptr}));
    }
    const WrittenParameters written(callee);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const Variable* parameter = callee.parameters[i];
      const auto* address = std::get_if<model::AddressOf>(&arguments[i]->node);
      if (address != nullptr && std::holds_alternative<model::VariableUse>(address->object->node) &&
          !written.contain(parameter)) {
        values_[parameter] = arguments[i];  // a reference to a variable is that variable
        continue;
      }
      values_.erase(parameter);
      const Variable* local = model_.variable(parameter->name, parameter->type);
      variables_[parameter] = local;
      out.push_back(model_.statement(line_, model::Declare{local, arguments[i]}));
    }
    Inlined* const outer = std::exchange(inlined_, &inlined);
    body_of(callee, inlined, out);
    inlined_ = outer;
    operation_ = outer_operation;
    at(source.line, source.place);
    if (inlined.result == nullptr) {
      return model_.expression(callee.result, false, line_, model::Zero{});
    }
    return load(use(inlined.result));
  }

  void body_of(const Function& callee, Inlined& inlined, StatementList& out) {
    if (returns_at_the_end_only(*callee.body, true)) return statement(*callee.body, out);
    inlined.is_wrapped = true;
    inlined.has_left = model_.variable("left " + callee.name, model_.scalar(ScalarType::boolean));
    StatementList body;
    body.push_back(model_.statement(line_, model::Declare{inlined.has_left, truth(false)}));
    statement(*callee.body, body);
    const Statement* block = model_.statement(line_, model::Block{std::move(body)});
    out.push_back(model_.statement(line_, model::Loop{truth(false), nullptr, block, true}));
  }

  // Statements.
  const Statement* block(const Statement* source) {
    if (source == nullptr) return nullptr;
    StatementList body;
    statement(*source, body);
    at(source->line, source->place);
    return model_.statement(line_, model::Block{std::move(body)});
  }

  template <class Node>
  void add(const Statement& source, StatementList& out, Node node) {
    at(source.line, source.place);
    out.push_back(model_.statement(line_, std::move(node)));
  }

  void statement(const Statement& source, StatementList& out) {
    std::visit(model::Overloaded{
                   [&](const model::Block& n) {
                     for (const Statement* child : n.body) statement(*child, out);
                   },
                   [&](const model::Declare& n) {
                     E value = n.value != nullptr ? expression(n.value, out) : nullptr;
                     add(source, out, model::Declare{n.variable->is_shared ? n.variable : declared(n.variable), value});
                   },
                   [&](const model::Evaluate& n) {
                     at(source.line, source.place);
                     evaluate(n.expression, out);
                   },
                   [&](const model::If& n) {
                     E condition = expression(n.condition, out);
                     const Statement* yes = block(n.yes);
                     const Statement* no = block(n.no);
                     add(source, out, model::If{condition, yes, no});
                   },
                   [&](const model::Loop& n) { loop(n, source, out); },
                   [&](const model::Switch& n) { choice(n, source, out); },
                   [&](const model::Return& n) { leave(n, source, out); },
                   [&](const auto& jump) { add(source, out, jump); },
               },
               source.node);
  }

  /// An expression for its effects.
  void evaluate(E source, StatementList& out) {
    const std::uint32_t line = source->line;
    if (const auto* sequence = std::get_if<model::Sequence>(&source->node)) {
      evaluate(sequence->first, out);
      return evaluate(sequence->second, out);
    }
    if (std::holds_alternative<model::Barrier>(source->node)) {
      at(line, source->place);
      E barrier = model_.expression(source->type, false, line_, model::Barrier{operation_});
      out.push_back(model_.statement(line_, model::Evaluate{barrier}));
      return;
    }
    E result = expression(source, out);
    if (std::holds_alternative<model::Zero>(result->node)) return;
    const auto* read = std::get_if<model::Load>(&result->node);
    if (read != nullptr && std::holds_alternative<model::VariableUse>(read->object->node)) return;
    at(line, source->place);
    out.push_back(model_.statement(line_, model::Evaluate{result}));
  }

  void loop(const model::Loop& source, const Statement& at_statement, StatementList& out) {
    if (source.step != nullptr && search_.in(*source.step)) reject(*source.step, "the step of a loop");
    const bool waits = source.condition != nullptr && search_.in(*source.condition);
    if (waits && source.tests_last) reject(*source.condition, "the condition of a do loop");
    if (inlined_ != nullptr) ++inlined_->loops;
    StatementList body;
    E condition = nullptr;
    if (waits) {
      // while (f()) ...  ->  while (true) { if (f()) {} else break; ... }
      E test = expression(source.condition, body);
      const Statement* nothing = model_.statement(line_, model::Block{});
      body.push_back(model_.statement(line_, model::If{test, nothing, model_.statement(line_, model::Break{})}));
    } else if (source.condition != nullptr) {
      condition = copy_whole(source.condition);
    }
    statement(*source.body, body);
    E step = source.step != nullptr ? copy_whole(source.step) : nullptr;
    if (inlined_ != nullptr) --inlined_->loops;
    at(at_statement.line, at_statement.place);
    const Statement* block = model_.statement(line_, model::Block{std::move(body)});
    out.push_back(model_.statement(line_, model::Loop{condition, step, block, source.tests_last}));
    leave_after(*source.body, out);
  }

  /// A copy of an expression without barriers.
  E copy_whole(E source) {
    StatementList none;
    return expression(source, none);
  }

  void choice(const model::Switch& source, const Statement& at_statement, StatementList& out) {
    model::Switch result{expression(source.value, out), {}};
    for (const model::SwitchCase& label : source.cases) {
      model::SwitchCase copied{label.values, label.is_default, {}};
      for (const Statement* child : label.body) statement(*child, copied.body);
      result.cases.push_back(std::move(copied));
    }
    add(at_statement, out, std::move(result));
    // Inside a loop a return became a `break`, which has left the switch only.
    if (inlined_ != nullptr && inlined_->loops > 0) leave_after(at_statement, out);
  }

  void leave(const model::Return& source, const Statement& at_statement, StatementList& out) {
    if (inlined_ == nullptr) return add(at_statement, out, source);
    if (source.value != nullptr && inlined_->result != nullptr) {
      E value = expression(source.value, out);
      at(at_statement.line, at_statement.place);
      out.push_back(assign(inlined_->result, value));
    }
    if (!inlined_->is_wrapped) return;
    at(at_statement.line, at_statement.place);
    if (inlined_->loops == 0) {
      out.push_back(jump(model::Continue{}));
      return;
    }
    out.push_back(assign(inlined_->has_left, truth(true)));
    out.push_back(jump(model::Break{}));
  }

  /// After a loop or switch of an inlined function: a return inside it leaves what is around it as well.
  void leave_after(const Statement& body, StatementList& out) {
    if (inlined_ == nullptr || !inlined_->is_wrapped || !has_return(body)) return;
    const Statement* go = inlined_->loops == 0 ? jump(model::Continue{}) : jump(model::Break{});
    out.push_back(model_.statement(line_, model::If{load(use(inlined_->has_left)), go, nullptr}));
  }

  model::Model& model_;
  Reporter& reporter_;
  BarrierSearch search_;
  bool publishes_ = false;
  const Function* operation_ =
      nullptr;  // of the language, that is being inlined: all of it is at the place of its call
  std::map<const Variable*, const Variable*> variables_;
  std::map<const Variable*, E> values_;  // of parameters that stand for their arguments
  std::set<const Statement*> returns_;
  Inlined* inlined_ = nullptr;
  std::uint32_t line_ = 0;
};

}  // namespace

std::string spoken(const model::Function* operation) {
  return operation == nullptr ? "a barrier" : "'" + operation->name.substr(0, operation->name.find('<')) + "'";
}

bool BarrierSearch::in(const Function& function) {
  const auto known = functions_.find(&function);
  if (known != functions_.end()) return known->second;
  const bool found = in(*function.body);
  functions_[&function] = found;
  return found;
}

bool BarrierSearch::in(const Statement& statement) {
  bool found = false;
  model::for_each_child(
      statement, [&](const Statement& child) { found = found || in(child); },
      [&](const Expression& e) { found = found || in(e); });
  return found;
}

bool BarrierSearch::in(const Expression& expression) {
  if (std::holds_alternative<model::Barrier>(expression.node)) return true;
  if (const auto* call = std::get_if<model::Call>(&expression.node); call != nullptr && in(*call->callee)) return true;
  if (const auto* call = std::get_if<model::Construct>(&expression.node); call != nullptr && in(*call->constructor)) {
    return true;
  }
  bool found = false;
  model::for_each_operand(expression, [&](const Expression& operand) { found = found || in(operand); });
  return found;
}

FlatBody flatten(model::Model& model, const Function& kernel, Reporter& reporter) {
  return Flattener(model, reporter).run(kernel);
}

}  // namespace kernelc::groups
