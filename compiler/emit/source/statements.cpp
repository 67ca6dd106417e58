#include <utility>

#include "emit/source/function_writer.hpp"
#include "model/walk.hpp"

namespace kernelc::source {

using model::Statement;

namespace {

/// The one statement that a block consists of, through blocks of one.
const Statement* only(const Statement* statement) {
  const auto* block = std::get_if<model::Block>(&statement->node);
  while (block != nullptr && block->body.size() == 1) {
    statement = block->body.front();
    block = std::get_if<model::Block>(&statement->node);
  }
  return statement;
}

bool is_empty(const Statement* statement) {
  const auto* block = std::get_if<model::Block>(&statement->node);
  return block != nullptr && block->body.empty();
}

}  // namespace

bool never_ends(const Statement& statement) {
  if (std::holds_alternative<model::Return>(statement.node)) return true;
  if (const auto* block = std::get_if<model::Block>(&statement.node)) {
    return !block->body.empty() && never_ends(*block->body.back());
  }
  const auto* branch = std::get_if<model::If>(&statement.node);
  return branch != nullptr && branch->no != nullptr && never_ends(*branch->yes) && never_ends(*branch->no);
}

void FunctionWriter::statement(S source) {
  const std::size_t outer_start = unit_start_;
  const int outer_branches = branches_;
  unit_start_ = lines_.size();
  branches_ = 0;
  if (source->line != 0) shop_.line = source->line;
  std::visit(model::Overloaded{
                 [&](const model::Block& n) { statements(n.body); },
                 [&](const model::Declare& n) { declare(n); },
                 [&](const model::Evaluate& n) { discard(n.expression); },
                 [&](const model::If& n) { branch(n); },
                 [&](const model::Loop& n) { loop(n, ""); },
                 [&](const model::Switch& n) { switch_statement(n); },
                 [&](const model::Break&) { add("break;"); },
                 [&](const model::Continue&) { add("continue;"); },
                 [&](const model::Return& n) {
                   if (n.value == nullptr) return add("return;");
                   add("return " + pointer_value(exact(n.value), n.value).code + ";");
                 },
             },
             source->node);
  unit_start_ = outer_start;
  branches_ = outer_branches;
}

/// The statements of a block, without braces: names are unique in all blocks that are open.
void FunctionWriter::statements(const model::StatementList& list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i + 2 == list.size() && for_statement(*list[i], *list[i + 1])) return;
    statement(list[i]);
  }
}

void FunctionWriter::declare(const model::Declare& declared) {
  const model::Variable* variable = declared.variable;
  if (!variables_.contains(variable)) return initialise(declared, type_of(variable));
  if (declared.value == nullptr) return;
  // Declared before: a switch around it, or its own initialiser, needed it.
  if (const auto* made = std::get_if<model::Construct>(&declared.value->node)) {
    return construct(*made, declared.value, variables_[variable]);
  }
  const Text text = pointer_value(exact(declared.value), declared.value);
  add(variables_[variable] + " = " + text.code + ";");
}

/// A declaration at this place.
void FunctionWriter::initialise(const model::Declare& declared, const std::string& type) {
  const model::Variable* variable = declared.variable;
  const auto name = [&] {
    const std::string wanted = variable->name == "this" ? "self" : identifier(variable->name);
    return variables_[variable] = shop_.names.local(wanted);
  };
  E value = declared.value;
  if (variable->is_shared) return add_declaration(std::string(dialect_.shared_prefix()) + type + " " + name() + ";");
  if (value == nullptr) return add_declaration(type + " " + name() + ";");
  const auto* aggregate = std::get_if<model::Aggregate>(&value->node);
  if (const auto* made = std::get_if<model::Construct>(&value->node)) {
    const std::string object = name();
    add_declaration(type + " " + object + ";");
    return construct(*made, value, object);
  }
  if (const auto* change_of = std::get_if<model::Step>(&value->node); change_of != nullptr && !change_of->prefix) {
    const Text place = fixed(this->object(change_of->object), change_of->object, true);
    add_declaration(type + " " + name() + " = " + place.code + ";");
    return change(place, *change_of->object->type, change_of->increment);
  }
  if (aggregate != nullptr && needs_loop(value)) {
    const std::string object = name();
    add_declaration(type + " " + object + ";");
    return fill(*aggregate, *value->type, object);
  }
  std::string initialiser;
  bool is_braced = aggregate != nullptr;
  if (aggregate != nullptr) {
    initialiser = braces(*aggregate, *value->type);
  } else if (std::holds_alternative<model::Zero>(value->node) && !value->type->is_scalar() &&
             value->type->kind != model::TypeKind::pointer) {
    initialiser = zero_braces(*value->type);
    is_braced = true;
  } else {
    initialiser = pointer_value(exact(value), value).code;
    // The braces say as much without the type.
    const std::string literal = make(type, "{").code;
    if (std::holds_alternative<model::MakeSpan>(value->node) && initialiser.starts_with(literal)) {
      initialiser.erase(0, literal.size() - 1);
      is_braced = true;
    }
  }
  const bool is_fixed =
      variable->type->is_scalar() && !effects_.is_assigned(variable) && !effects_.is_exposed(variable);
  // Its own initialiser may have needed it.
  if (const auto known = variables_.find(variable); known != variables_.end()) {
    if (is_braced) initialiser = make(type, initialiser).code;
    return add(known->second + " = " + initialiser + ";");
  }
  add_declaration((is_fixed ? "const " : "") + type + " " + name() + " = " + initialiser + ";");
}

/// `head { statement }`; on one line where it fits and the user wrote it so.
void FunctionWriter::scope(const std::string& head, S source, bool may_fold) {
  add(head + " {");
  const std::size_t at = lines_.size() - 1;
  body(source);
  add("}");
  if (may_fold) fold(at);
}

void FunctionWriter::body(S source) {
  shop_.names.open();
  ++depth_;
  statement(source);
  --depth_;
  shop_.names.close();
}

/// Makes `if (c) {`, one simple statement and `}` one line.
void FunctionWriter::fold(std::size_t head) {
  if (lines_.size() != head + 3) return;
  Line& first = lines_[head];
  const Line& inner = lines_[head + 1];
  const bool is_simple = inner.code.ends_with(';') && inner.code.find(" {") == std::string::npos;
  const bool is_same_line = inner.source == first.source || inner.source == 0;
  const std::string folded = first.code.substr(0, first.code.size() - 1) + inner.code;
  const std::size_t width = folded.size() + static_cast<std::size_t>(first.depth) * 2;
  if (!is_simple || inner.is_declaration || !is_same_line || width > widest) return;
  first.code = folded;
  lines_.resize(head + 1);
}

/// Makes `case 1: {`, simple statements that the user wrote on one line, and `}` one line.
void FunctionWriter::fold_case(std::size_t head) {
  std::string code = lines_[head].code.substr(0, lines_[head].code.size() - 2);
  const std::uint32_t source = lines_[head + 1].source;
  for (std::size_t i = head + 1; i + 1 < lines_.size(); ++i) {
    const Line& line = lines_[i];
    if (!line.code.ends_with(';') || line.is_declaration || line.source != source) return;
    code += " " + line.code;
  }
  if (code.size() + static_cast<std::size_t>(lines_[head].depth) * 2 > widest) return;
  lines_.resize(head + 1);
  lines_[head].code = code;
  lines_[head].source = source;
}

void FunctionWriter::branch(const model::If& source) {
  const Text test = value(source.condition);
  const bool is_inverted = is_empty(source.yes) && source.no != nullptr;
  const std::string condition = is_inverted ? "!" + within(test, Precedence::unary) : test.code;
  S yes = is_inverted ? source.no : source.yes;
  S no = is_inverted ? nullptr : source.no;
  if (no != nullptr && is_empty(no)) no = nullptr;
  const std::size_t head = lines_.size();
  scope("if (" + condition + ")", yes, no == nullptr);
  const bool does_nothing = lines_.size() == head + 2;
  if (no == nullptr) {
    if (does_nothing) lines_.resize(head);  // a check of the library that is an error of the kernel anyway
    return;
  }
  lines_.back().code = "} else {";
  // `else if`, where the condition needs no statements of its own.
  if (const Statement* single = only(no); std::holds_alternative<model::If>(single->node)) {
    const auto& next = std::get<model::If>(single->node);
    if (!emits(next.condition)) {
      lines_.pop_back();
      const std::size_t at = lines_.size();
      if (single->line != 0) shop_.line = single->line;
      branch(next);
      if (lines_.size() == at) return add("}");  // it does nothing
      lines_[at].code = "} else " + lines_[at].code;
      return;
    }
  }
  body(no);
  add("}");
}

void FunctionWriter::switch_statement(const model::Switch& source) {
  const Text selector = exact(source.value);
  // A label must not jump over a declaration that a later one uses.
  for (const model::SwitchCase& label : source.cases) {
    for (S child : label.body) {
      const auto* declared = std::get_if<model::Declare>(&child->node);
      if (declared == nullptr) continue;
      const std::string name = shop_.names.local(identifier(declared->variable->name));
      variables_[declared->variable] = name;
      hoisted_.insert(declared->variable);
      add_declaration(type_of(declared->variable) + " " + name + ";");
    }
  }
  add("switch (" + selector.code + ") {");
  ++depth_;
  for (const model::SwitchCase& label : source.cases) {
    for (const std::uint64_t value : label.values) {
      add("case " + number(value, *source.value->type).code + ":");
      lines_.back().source = 0;
    }
    if (label.is_default) add("default:");
    lines_.back().source = 0;
    const std::size_t at = lines_.size() - 1;
    lines_[at].code += " {";
    shop_.names.open();
    ++depth_;
    statements(label.body);
    // A label stands before a statement; and of statements that do nothing none may be left.
    const bool is_last = &label == &source.cases.back();
    if (is_last && lines_.size() == at + 1) add("break;");
    --depth_;
    shop_.names.close();
    add("}");
    fold_case(at);
  }
  --depth_;
  add("}");
}

}  // namespace kernelc::source
