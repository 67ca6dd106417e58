#include <utility>

#include "emit/source/function_writer.hpp"
#include "model/walk.hpp"

namespace kernelc::source {

using model::Statement;

namespace {

/// Whether a `continue`, or a `break` if `also_breaks`, in the statement belongs to the loop around it.
bool jumps(const Statement& statement, bool also_breaks) {
  if (std::holds_alternative<model::Continue>(statement.node)) return true;
  if (std::holds_alternative<model::Break>(statement.node)) return also_breaks;
  if (std::holds_alternative<model::Loop>(statement.node)) return false;
  bool result = false;
  const bool in_switch = std::holds_alternative<model::Switch>(statement.node);
  model::for_each_child(
      statement, [&](const Statement& child) { result = result || jumps(child, also_breaks && !in_switch); },
      [](const model::Expression&) {});
  return result;
}

bool is_false(const model::Expression* condition) { return condition != nullptr && is_zero(*condition); }

}  // namespace

/// `for (T x = ...; ...)`: a declaration and a loop that end a block.
bool FunctionWriter::for_statement(const model::Statement& first, const model::Statement& second) {
  const auto* declared = std::get_if<model::Declare>(&first.node);
  const auto* repeated = std::get_if<model::Loop>(&second.node);
  if (declared == nullptr || repeated == nullptr || repeated->tests_last || declared->value == nullptr) return false;
  const model::Variable* variable = declared->variable;
  const bool counts = variable->type->is_scalar() && effects_.is_assigned(variable);
  if (!counts || emits(declared->value) || hoisted_.contains(variable) || variables_.contains(variable)) return false;
  if (first.line != 0) shop_.line = first.line;
  shop_.names.open();
  const Text value = exact(declared->value);
  const std::string name = shop_.names.local(identifier(variable->name));
  variables_[variable] = name;
  loop(*repeated, types_.name(*variable->type) + " " + name + " = " + value.code);
  shop_.names.close();
  return true;
}

/// A loop's step as one C expression, if it is one.
std::optional<std::string> FunctionWriter::step_code(const model::Loop& loop) {
  E step = loop.step;
  if (step == nullptr) return "";
  if (const auto* counted = std::get_if<model::Step>(&step->node)) {
    const auto* use = std::get_if<model::VariableUse>(&counted->object->node);
    if (use != nullptr && effects_.is_bounded(loop, use->variable)) {
      return (counted->increment ? "++" : "--") + variable_name(use->variable);
    }
  }
  const std::size_t before = lines_.size();
  const std::map<const model::Variable*, std::string> known = variables_;
  const std::size_t outer_start = unit_start_;
  unit_start_ = before;
  discard(step);
  unit_start_ = outer_start;
  const std::size_t count = lines_.size() - before;
  const bool is_simple =
      variables_.size() == known.size() &&
      (count == 0 || (count == 1 && lines_[before].code.ends_with(';') && !lines_[before].is_declaration));
  std::string code;
  if (is_simple && count == 1) code = lines_[before].code.substr(0, lines_[before].code.size() - 1);
  lines_.resize(before);
  // What was declared is gone with its lines.
  variables_ = known;
  if (!is_simple) return std::nullopt;
  return code;
}

/// `initialiser` is the declaration in a `for`'s head, or empty.
void FunctionWriter::loop(const model::Loop& source, const std::string& initialiser) {
  // `do { ... } while (false)`, as macros are written.
  if (source.tests_last && is_false(source.condition) && !jumps(*source.body, true)) return statement(source.body);
  shop_.names.open();
  const std::uint32_t line = shop_.line;
  const bool tests = source.condition != nullptr;
  const bool is_regular = !emits(source.condition);
  const std::optional<std::string> step = step_code(source);
  shop_.line = line;
  if (!is_regular || !step) {
    irregular_loop(source, initialiser, step.value_or(""));
  } else if (source.tests_last) {
    const std::string test = tests ? condition(source.condition) : "true";
    scope("do", source.body, false);
    lines_.back().code = "} while (" + test + ");";
    lines_.back().source = 0;
  } else if (initialiser.empty() && step->empty() && tests) {
    scope("while (" + condition(source.condition) + ")", source.body, true);
  } else {
    const std::string test = tests ? condition(source.condition) : "";
    scope(
        "for (" + initialiser + ";" + (test.empty() ? "" : " ") + test + ";" + (step->empty() ? "" : " ") + *step + ")",
        source.body, true);
  }
  shop_.names.close();
}

/// A loop whose condition or step needs statements. They stand in the body; a `continue` must still run them, so that
/// they come first in the next turn.
void FunctionWriter::irregular_loop(const model::Loop& source, const std::string& initialiser,
                                    const std::string& step) {
  const bool has_long_step = source.step != nullptr && step.empty();
  const bool has_condition = source.condition != nullptr;
  const bool continues_loop = jumps(*source.body, false);
  const bool defers_step = has_long_step && continues_loop;
  const bool defers_test = source.tests_last && has_condition;
  const bool counts = defers_step || (defers_test && continues_loop);
  const std::string again = counts ? shop_.names.local("again") : "";
  if (counts && !initialiser.empty()) {
    add("{");
    ++depth_;
    add(initialiser + ";");
  }
  if (counts) {
    add("for (int " + again + " = 0;; " + again + " = 1" + (step.empty() ? "" : ", " + step) + ") {");
  } else {
    add("for (" + initialiser + ";;" + (step.empty() ? "" : " ") + step + ") {");
  }
  ++depth_;
  const std::uint32_t line = shop_.line;
  const auto in_unit = [&](auto&& write) {
    const std::size_t outer_start = std::exchange(unit_start_, lines_.size());
    shop_.line = line;
    write();
    unit_start_ = outer_start;
  };
  const auto step_here = [&] { in_unit([&] { discard(source.step); }); };
  const auto test_here = [&] {
    in_unit([&] {
      const Text test = value(source.condition);
      add("if (!" + within(test, Precedence::unary) + ") break;");
    });
  };
  if (counts) {
    add("if (" + again + " != 0) {");
    ++depth_;
    if (defers_step) step_here();
    if (defers_test) test_here();
    --depth_;
    add("}");
  }
  if (has_condition && !source.tests_last) test_here();
  // The step and the test stand in the block of the body and may take none of its names.
  shop_.names.open();
  statement(source.body);
  if (has_long_step && !defers_step) step_here();
  if (defers_test && !counts) test_here();
  shop_.names.close();
  --depth_;
  add("}");
  if (counts && !initialiser.empty()) {
    --depth_;
    add("}");
  }
}

}  // namespace kernelc::source
