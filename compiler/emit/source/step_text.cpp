#include "emit/source/function_writer.hpp"
#include "emit/source/steps.hpp"
#include "model/walk.hpp"

namespace kernelc::source {

namespace {

std::string number_of(std::size_t step) { return std::to_string(step) + "u"; }

/// Calls `visit` for the variable of each object that an expression makes and that may live longer than it.
template <class Visit>
void for_each_temporary(const model::Expression& expression, Visit&& visit) {
  if (const auto* temporary = std::get_if<model::Temporary>(&expression.node)) visit(temporary->variable);
  model::for_each_operand(expression, [&](const model::Expression& operand) { for_each_temporary(operand, visit); });
}

}  // namespace

/// What is declared in one step may be used in another one.
void FunctionWriter::hoist(const std::vector<Step>& steps) {
  const auto declare_before = [&](const model::Variable* variable) {
    if (variables_.contains(variable)) return;
    if (variable->is_shared) return initialise({variable, nullptr}, type_of(variable));
    const std::string name = shop_.names.local(identifier(variable->name));
    variables_[variable] = name;
    hoisted_.insert(variable);
    add_declaration(type_of(variable) + " " + name + ";");
  };
  for (const Step& step : steps) {
    for (const StepPart& part : step.parts) {
      const auto* statement = std::get_if<S>(&part);
      const auto* declared = statement != nullptr ? std::get_if<model::Declare>(&(*statement)->node) : nullptr;
      if (declared == nullptr) continue;
      shop_.line = (*statement)->line;
      declare_before(declared->variable);
      if (declared->value != nullptr) for_each_temporary(*declared->value, declare_before);
    }
  }
}

/// The body as steps: a loop that walks through them up to a barrier, in a loop with the barrier.
void FunctionWriter::steps(const std::vector<Step>& steps) {
  ++depth_;
  hoist(steps);
  const std::string step = shop_.names.local("next");
  const std::string waits = shop_.names.local("waits");
  const std::string end = number_of(steps.size());
  const auto add_own = [&](const std::string& code) {
    add(code);
    lines_.back().source = 0;
  };
  add_own("uint " + step + " = 0u;");
  // The barrier comes first: PoCL 3.1 goes wrong where the last one stands between the steps and the loop's end.
  add_own("do {");
  ++depth_;
  add_own(std::string(dialect_.barrier()) + ";");
  add_own("int " + waits + " = 0;");
  add_own("do {");
  ++depth_;
  add_own("switch (" + step + ") {");
  ++depth_;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    add_own("case " + number_of(i) + ": {");
    shop_.names.open();
    ++depth_;
    for (const StepPart& part : steps[i].parts) {
      if (const auto* statement = std::get_if<S>(&part)) {
        this->statement(*statement);
      } else {
        unit_start_ = lines_.size();
        discard(std::get<E>(part));
      }
    }
    step_end(steps[i].end, step, waits, end);
    add_own("break;");
    --depth_;
    shop_.names.close();
    add_own("}");
  }
  --depth_;
  add_own("}");
  --depth_;
  add_own("} while (" + waits + " == 0 && " + step + " != " + end + ");");
  --depth_;
  add_own("} while (" + step + " != " + end + ");");
  --depth_;
  add_own("}");
  shop_.names.close();
}

void FunctionWriter::step_end(const StepEnd& end, const std::string& step, const std::string& waits,
                              const std::string& last) {
  unit_start_ = lines_.size();
  if (end.value != nullptr && end.value->line != 0) shop_.line = end.value->line;
  const auto go = [&](const std::string& next) {
    add(step + " = " + next + ";");
    lines_.back().source = 0;
  };
  switch (end.kind) {
    case StepEnd::Kind::go: return go(number_of(end.next));
    case StepEnd::Kind::wait: go(number_of(end.next)); return add(waits + " = 1;");
    case StepEnd::Kind::finish: return go(last);
    case StepEnd::Kind::branch: {
      const Text test = value(end.value);
      return add(step + " = " + within(test, Precedence::logical_or) + " ? " + number_of(end.next) + " : " +
                 number_of(end.otherwise) + ";");
    }
    case StepEnd::Kind::select: break;
  }
  add("switch (" + exact(end.value).code + ") {");
  for (const StepEnd::Case& label : end.cases) {
    if (label.values.empty()) continue;
    std::string labels;
    for (const std::uint64_t each : label.values) labels += "case " + number(each, *end.value->type).code + ": ";
    add("  " + labels + step + " = " + number_of(label.next) + "; break;");
  }
  add("  default: " + step + " = " + number_of(end.next) + ";");
  add("}");
}

}  // namespace kernelc::source
