// Statements that each item runs on its own.

#include <array>

#include "generator.hpp"

namespace fuzz {

StatementPtr make_statement(StatementKind kind, std::vector<ExpressionPtr> expressions, StatementList children) {
  Statement statement{kind};
  statement.expressions = std::move(expressions);
  statement.children = std::move(children);
  return std::make_shared<const Statement>(std::move(statement));
}

namespace {

StatementPtr named(StatementKind kind, std::string name, TypePtr type, std::vector<ExpressionPtr> expressions) {
  Statement statement{kind};
  statement.text = std::move(name);
  statement.type = std::move(type);
  statement.expressions = std::move(expressions);
  return std::make_shared<const Statement>(std::move(statement));
}

constexpr std::uint64_t most_turns = 48;

}  // namespace

StatementList Generator::statements(std::uint64_t count, const Around& around) {
  StatementList list;
  for (std::uint64_t k = 0; k < count; ++k) {
    if (StatementPtr made = statement(around)) list.push_back(std::move(made));
  }
  return list;
}

/// A block with a scope of its own.
StatementPtr Generator::block_of(std::uint64_t count, const Around& around) {
  const auto visible = enter();
  Around inside = around;
  --inside.depth;
  StatementPtr block = make_statement(StatementKind::block, {}, statements(count, inside));
  leave(visible);
  return block;
}

StatementPtr Generator::statement(const Around& around) {
  const bool may_nest = around.depth > 0;
  switch (random_.below(17)) {
    case 0:
    case 1: return declaration();
    case 2:
    case 3: return alias();
    case 4: return may_nest ? choice(around) : assignment();
    case 5:
    case 6: return may_nest ? loop(around) : assignment();
    case 7: return may_nest ? selection(around) : assignment();
    case 8: return exit(around);
    case 9: {
      for (const FunctionPtr& function : kernel_.functions) {
        if (function->result || function->is_of_group || random_.chance(50)) continue;
        ExpressionPtr made = complete([&] { return call_of(*function, 2); });
        if (made) return make_statement(StatementKind::evaluate, {std::move(made)});
      }
      return assignment();
    }
    case 10: return whole_assignment();
    case 11: return atomic();
    case 12: return may_nest ? lambda() : assignment();
    case 13: return lambda_call();
    default: return assignment();
  }
}

StatementPtr Generator::declaration() {
  const TypePtr type = any_type(2);
  std::string name = fresh("v");
  std::vector<ExpressionPtr> value;
  if (type->is_scalar()) {
    value.push_back(complete([&] {
      const ScalarType from = random_.chance(70) ? type->scalar : any_scalar();
      return converted(this->value(from, 2), type->scalar, true);
    }));
  } else if (random_.chance(75)) {
    value.push_back(complete([&] { return whole(type, 2); }));
  }
  scope_.push_back({name, type, name, true, false});
  return named(StatementKind::declare, name, type, std::move(value));
}

/// A reference or a pointer to a number in a variable.
StatementPtr Generator::alias() {
  effects_ = {};
  forbidden_ = {};
  for (int attempt = 0; attempt < 4 && !scope_.empty(); ++attempt) {
    const Variable target = random_.pick(scope_);
    if (!is_usable(target, true) || target.type->is_scalar() || target.name.ends_with("[l]")) continue;
    std::string name = fresh("r");
    ExpressionPtr found;
    TypePtr type;
    complete([&] {
      forbidden_.writes.insert(target.root);
      for (int k = 0; k < 8 && !found; ++k) {
        type = scalar_type(any_scalar());
        found = drill(target, type->scalar, true);
      }
      return found;
    });
    if (!found) continue;
    const bool is_pointer = random_.chance(30);
    scope_.push_back({is_pointer ? "(*" + name + ")" : name, type, target.root, true, false});
    return named(is_pointer ? StatementKind::pointer : StatementKind::reference, name, type, {pinned(found)});
  }
  return declaration();
}

StatementPtr Generator::assignment() {
  const ScalarType type = any_scalar();
  ExpressionPtr made = complete([&]() -> ExpressionPtr {
    ExpressionPtr object = place(type, true);
    if (!object) return nullptr;
    object = pinned(std::move(object));
    effects_ = {};
    // The value comes first, the object's indices after it.
    const bool may_have_effects = std::exchange(may_have_effects_, random_.chance(30));
    ExpressionPtr result;
    if (random_.chance(50)) {
      result = compound(object, 3);
    } else {
      ExpressionPtr right = converted(value(random_.chance(70) ? type : any_scalar(), 3), type, true);
      result = make(ExpressionKind::binary, scalar_type(type), "=", {object, std::move(right)});
    }
    may_have_effects_ = may_have_effects;
    return result;
  });
  return made ? make_statement(StatementKind::evaluate, {std::move(made)}) : declaration();
}

/// Of a struct or an array.
StatementPtr Generator::whole_assignment() {
  for (int attempt = 0; attempt < 4 && !scope_.empty(); ++attempt) {
    const Variable target = random_.pick(scope_);
    if (target.type->is_scalar() || !target.is_writable) continue;
    ExpressionPtr made = complete([&]() -> ExpressionPtr {
      ExpressionPtr object = this->object(target.type, true);
      if (!object) return nullptr;
      effects_ = {};
      return make(ExpressionKind::binary, target.type, "=", {pinned(object), whole(target.type, 2)});
    });
    if (made) return make_statement(StatementKind::evaluate, {std::move(made)});
  }
  return assignment();
}

/// On an element that other items change too.
StatementPtr Generator::atomic() {
  std::vector<ExpressionPtr> objects;
  const auto add = [&](ExpressionKind kind, const std::string& name, const TypePtr& type) {
    effects_ = {};
    forbidden_ = {};
    objects.push_back(make(kind, type, name, {index(1)}));
  };
  if (in_kernel_ && is_active_) {
    for (const KernelSpan& span : kernel_.spans) {
      if (span.name == "count") add(ExpressionKind::span_element, span.name, span.element);
    }
  }
  for (const SharedVariable& each : shared_) {
    const auto use = shared_use_.find(each.name);
    const bool is_atomic = use != shared_use_.end() && use->second == SharedUse::atomic;
    if (in_kernel_ && is_atomic) add(ExpressionKind::shared_any, each.name, each.element);
  }
  if (objects.empty()) return assignment();
  ExpressionPtr object = pinned(random_.pick(objects));
  const TypePtr type = object->type;
  // The index does not depend on what the value writes: it writes nothing.
  const bool may_have_effects = std::exchange(may_have_effects_, false);
  ExpressionPtr change = complete([&] { return value(type->scalar, 2); });
  may_have_effects_ = may_have_effects;
  return make_statement(StatementKind::evaluate,
                        {make(ExpressionKind::call, type, atomic_operation_, {std::move(object), std::move(change)})});
}

/// A function object of copies of what is in scope, or of references to it.
StatementPtr Generator::lambda() {
  const bool captures_references = random_.chance(50);
  Lambda made;
  made.is_writing = captures_references && random_.chance(50);
  const auto visible = enter();
  const std::vector<Variable> outside = scope_;
  const std::vector<Lambda> others = std::exchange(lambdas_, {});
  const std::vector<SharedVariable> shared = std::exchange(shared_, {});
  const bool is_active = std::exchange(is_active_, false);
  const std::uint64_t turns = std::exchange(turns_, 4);
  scope_.clear();
  for (Variable each : outside) {
    if (each.name.ends_with("]") || (!captures_references && each.name != each.root)) continue;
    if (captures_references) made.captured.insert(each.root);
    each.is_writable = each.is_writable && made.is_writing;
    each.is_uniform = false;
    scope_.push_back(std::move(each));
  }
  Function function;
  function.name = fresh("call");
  if (!made.is_writing) function.result = scalar_type(any_scalar());
  const std::uint64_t parameters = random_.below(3);
  for (std::uint64_t k = 0; k < parameters; ++k) {
    const auto passing = random_.chance(75) ? Parameter::Passing::value : Parameter::Passing::reference;
    const Parameter& each = function.parameters.emplace_back(Parameter{fresh("q"), scalar_type(any_scalar()), passing});
    scope_.push_back({each.name, each.type, each.name, true, false});
  }
  StatementList body = statements(made.is_writing ? 1 + random_.below(2) : random_.below(3),
                                  {.depth = 0, .may_return = true, .result = function.result});
  if (function.result) {
    ExpressionPtr result = complete([&] { return value(function.result->scalar, 3); });
    body.push_back(make_statement(StatementKind::give_back, {std::move(result)}));
  }
  scope_ = outside;
  lambdas_ = others;
  shared_ = shared;
  is_active_ = is_active;
  turns_ = turns;
  leave(visible);
  Statement statement{StatementKind::lambda};
  statement.text = function.name;
  statement.bits = captures_references ? 1 : 0;
  statement.children.push_back(make_statement(StatementKind::block, {}, std::move(body)));
  statement.function = std::make_shared<const Function>(std::move(function));
  made.function = statement.function;
  lambdas_.push_back(std::move(made));
  return std::make_shared<const Statement>(std::move(statement));
}

/// Of a lambda that writes what it captured.
StatementPtr Generator::lambda_call() {
  for (const Lambda& each : lambdas_) {
    if (!each.is_writing || random_.chance(30)) continue;
    ExpressionPtr made = complete([&] { return call_of(each, 2); });
    if (made) return make_statement(StatementKind::evaluate, {std::move(made)});
  }
  return assignment();
}

StatementPtr Generator::choice(const Around& around) {
  ExpressionPtr condition = complete([&] { return truth(3); });
  StatementList branches = {block_of(1 + random_.below(2), around)};
  if (random_.chance(40)) branches.push_back(block_of(1 + random_.below(2), around));
  return make_statement(StatementKind::choice, {std::move(condition)}, std::move(branches));
}

StatementPtr Generator::loop(const Around& around) {
  const std::uint64_t turns = 1 + random_.below(6);
  if (turns_ * turns > most_turns) return assignment();
  const std::uint64_t outer_turns = std::exchange(turns_, turns_ * turns);
  const auto visible = enter();
  Around inside = around;
  inside.in_loop = true;
  inside.in_switch = false;
  Statement loop{StatementKind::counted};
  loop.text = fresh("c");
  loop.bits = turns;
  constexpr std::array kinds = {StatementKind::counted, StatementKind::counted, StatementKind::conditioned,
                                StatementKind::tested_last, StatementKind::each};
  loop.kind = random_.pick(kinds);
  if (loop.kind == StatementKind::each) {
    std::vector<Variable> arrays;
    for (const Variable& each : scope_) {
      if (each.type->kind == Type::Kind::array && !each.name.ends_with("]")) arrays.push_back(each);
    }
    if (arrays.empty()) {
      loop.kind = StatementKind::counted;
    } else {
      const Variable& array = random_.pick(arrays);
      loop.type = array.type->element;
      loop.expressions.push_back(pinned(make(ExpressionKind::variable, array.type, array.name, {})));
      scope_.push_back({loop.text, loop.type, array.root, false, false});
    }
  }
  if (loop.kind == StatementKind::counted) {
    scope_.push_back({loop.text, scalar_type(ScalarType::int32), loop.text, false, false});
  }
  if (loop.kind == StatementKind::conditioned || loop.kind == StatementKind::tested_last) {
    loop.expressions.push_back(complete([&] { return truth(2); }));
  }
  loop.children.push_back(block_of(1 + random_.below(3), inside));
  leave(visible);
  turns_ = outer_turns;
  return std::make_shared<const Statement>(std::move(loop));
}

StatementPtr Generator::selection(const Around& around) {
  constexpr std::array types = {ScalarType::int32, ScalarType::uint8, ScalarType::int64, ScalarType::uint32};
  const std::uint64_t labels = 2 + random_.below(3);
  ExpressionPtr on = complete([&] {
    const ScalarType type = random_.pick(types);
    ExpressionPtr some = value(type, 2);
    const ScalarType result = common_type(type, ScalarType::int32);
    ExpressionPtr count = pinned(number(labels, ScalarType::int32));
    return make(ExpressionKind::binary, scalar_type(result), "%", {std::move(some), std::move(count)});
  });
  Around inside = around;
  inside.in_switch = true;
  inside.in_loop = false;  // `continue` is of the loop around, which is right, but rare enough without
  StatementList list;
  for (std::uint64_t k = 0; k < labels; ++k) {
    StatementPtr block = block_of(1 + random_.below(2), inside);
    Statement label{StatementKind::label};
    label.bits = k;
    if (k + 1 == labels && random_.chance(60)) label.text = "default";
    label.children = block->children;
    if (random_.chance(65)) label.children.push_back(make_statement(StatementKind::leave, {}));
    list.push_back(std::make_shared<const Statement>(std::move(label)));
  }
  return make_statement(StatementKind::selection, {pinned(on)}, std::move(list));
}

/// An early way out, under a condition.
StatementPtr Generator::exit(const Around& around) {
  StatementPtr way;
  if (around.may_return && random_.chance(30)) {
    std::vector<ExpressionPtr> result;
    if (around.result) result.push_back(complete([&] { return whole(around.result, 2); }));
    way = make_statement(StatementKind::give_back, std::move(result));
  } else if (around.in_loop) {
    way = make_statement(random_.chance(50) ? StatementKind::leave : StatementKind::skip, {});
  } else if (around.in_switch) {
    way = make_statement(StatementKind::leave, {});
  } else {
    return assignment();
  }
  StatementPtr block = make_statement(StatementKind::block, {}, {std::move(way)});
  return make_statement(StatementKind::choice, {complete([&] { return truth(2); })}, {std::move(block)});
}

}  // namespace fuzz
