// What all items of a group do together. A shared array is written, each item its own element, or it is read, or
// changed by atomic operations, by all of them anywhere; it changes from one to the other at barriers only. Whatever
// goes around barriers leaves the arrays as it found them, so that it does not matter how often it runs.

#include <algorithm>
#include <array>

#include "generator.hpp"

namespace fuzz {

/// A barrier, after which some of the shared arrays are used the other way.
void Generator::wait(StatementList& list) {
  list.push_back(make_statement(StatementKind::barrier, {}));
  for (const SharedVariable& each : shared_) {
    if (random_.chance(40)) continue;
    const bool is_counter = each.element->is_scalar() && is_integer(each.element->scalar) &&
                            dotcompute::size_bytes(each.element->scalar) >= 4;
    constexpr std::array uses = {SharedUse::own, SharedUse::read, SharedUse::atomic};
    shared_use_[each.name] = uses[random_.below(is_counter && features_.atomics ? 3 : 2)];
  }
}

void Generator::fill_shared(StatementList& list) {
  for (const SharedVariable& each : kernel_.shared) {
    ExpressionPtr own = pinned(make(ExpressionKind::shared_own, each.element, each.name, {}));
    // Nothing of the array may be read before.
    ExpressionPtr value = complete([&] {
      forbidden_.writes.insert(each.name);
      return whole(each.element, 2);
    });
    list.push_back(make_statement(StatementKind::evaluate,
                                  {pinned(make(ExpressionKind::binary, each.element, "=", {own, std::move(value)}))}));
    shared_use_[each.name] = SharedUse::own;
    scope_.push_back({each.name + "[l]", each.element, each.name, true, false});
  }
}

/// Statements in which the item has elements of its own.
StatementPtr Generator::guarded() {
  if (!has_items_) return statement({.depth = 1});
  const auto visible = enter();
  is_active_ = true;
  StatementPtr result = make_statement(StatementKind::guarded, {}, statements(1 + random_.below(2), {.depth = 1}));
  is_active_ = false;
  leave(visible);
  return result;
}

/// A variable with what all items of the group agreed on; kernelc knows that they did.
StatementPtr Generator::group_operation() {
  Statement made{StatementKind::declare};
  made.text = fresh("u");
  ExpressionPtr call;
  if (random_.chance(65)) {
    made.type = scalar_type(ScalarType::boolean);
    const char* name = random_.chance(50) ? "dotcompute::group_any" : "dotcompute::group_all";
    call = make(ExpressionKind::call, made.type, name, {complete([&] { return truth(3); })});
  } else {
    made.type = scalar_type(any_scalar());
    ExpressionPtr all = make(ExpressionKind::variable, scalar_type(ScalarType::uint64), "items", {});
    ExpressionPtr item = uniform([&] { return value(ScalarType::uint32, 1); });
    item = pinned(make(ExpressionKind::binary, all->type, "%", {std::move(item), pinned(all)}));
    ExpressionPtr own = complete([&] { return value(made.type->scalar, 3); });
    call = make(ExpressionKind::call, made.type, "dotcompute::group_broadcast", {std::move(own), std::move(item)});
  }
  made.expressions.push_back(pinned(std::move(call)));
  scope_.push_back({made.text, made.type, made.text, false, true});
  return std::make_shared<const Statement>(std::move(made));
}

/// A variable with what the items of a sub-group made together.
StatementPtr Generator::subgroup_operation() {
  constexpr std::array widths = {"2", "4", "8", "16", "32"};
  constexpr std::array of_numbers = {"add", "min", "max", "inclusive_add", "exclusive_add"};
  constexpr std::array shuffles = {"shuffle", "shuffle_up", "shuffle_down", "shuffle_xor"};
  constexpr std::array votes = {"ballot", "any", "all"};
  Statement made{StatementKind::declare};
  made.text = fresh("v");
  std::string name;
  std::vector<ExpressionPtr> operands;
  if (random_.chance(30)) {
    name = random_.pick(votes);
    made.type = scalar_type(name == "ballot" ? ScalarType::uint32 : ScalarType::boolean);
    operands.push_back(complete([&] { return truth(3); }));
  } else {
    const bool is_shuffle = random_.chance(45);
    name = is_shuffle ? random_.pick(shuffles) : random_.pick(of_numbers);
    made.type = scalar_type(any_scalar());
    complete([&] {
      auto [own, lane] = unordered([&] { return value(made.type->scalar, 3); }, [&] { return index(2); });
      operands.push_back(own);
      if (is_shuffle) operands.push_back(lane);
      return own;
    });
  }
  ExpressionPtr call = make(ExpressionKind::call, made.type,
                            "dotcompute::subgroup_" + name + "<" + random_.pick(widths) + ">", std::move(operands));
  made.expressions.push_back(pinned(std::move(call)));
  scope_.push_back({made.text, made.type, made.text, true, false});
  return std::make_shared<const Statement>(std::move(made));
}

/// Of a function with barriers: a statement of its own, or the first value of a variable.
StatementPtr Generator::group_call() {
  for (const FunctionPtr& function : kernel_.functions) {
    if (!function->is_of_group || random_.chance(40)) continue;
    ExpressionPtr made = complete([&] { return call_of(*function, 2); });
    if (!made) continue;
    if (!function->result || random_.chance(20)) return make_statement(StatementKind::evaluate, {std::move(made)});
    Statement declared{StatementKind::declare};
    declared.text = fresh("v");
    declared.type = function->result;
    declared.expressions.push_back(std::move(made));
    scope_.push_back({declared.text, declared.type, declared.text, true, false});
    return std::make_shared<const Statement>(std::move(declared));
  }
  return statement({.depth = 1});
}

StatementPtr Generator::group_block(std::uint64_t count, int depth, bool in_loop) {
  const auto visible = enter();
  const std::map<std::string, SharedUse> before = shared_use_;
  StatementList list = group_statements(count, depth, in_loop);
  if (shared_use_ != before) {
    list.push_back(make_statement(StatementKind::barrier, {}));
    shared_use_ = before;
  }
  leave(visible);
  return make_statement(StatementKind::block, {}, std::move(list));
}

StatementList Generator::group_statements(std::uint64_t count, int depth, bool in_loop) {
  StatementList list;
  const std::map<std::string, SharedUse> before = shared_use_;
  for (std::uint64_t k = 0; k < count; ++k) {
    switch (random_.below(14)) {
      case 0:
      case 1:
      case 2: wait(list); break;
      case 3: list.push_back(depth > 0 ? group_choice(depth - 1, in_loop) : guarded()); break;
      case 4: list.push_back(depth > 0 ? group_loop(depth - 1) : guarded()); break;
      case 5: list.push_back(depth > 0 ? group_selection(depth - 1) : guarded()); break;
      case 6: list.push_back(guarded()); break;
      case 8: list.push_back(group_operation()); break;
      case 9: list.push_back(subgroup_operation()); break;
      case 10: list.push_back(group_call()); break;
      case 7:
        if (in_loop && shared_use_ == before) list.push_back(group_exit());
        break;
      default: list.push_back(statement({.depth = 2}));
    }
  }
  return list;
}

StatementPtr Generator::group_choice(int depth, bool in_loop) {
  ExpressionPtr condition = uniform([&] { return truth(2); });
  // An exit inside would have to find the arrays as the loop did.
  (void)in_loop;
  StatementList branches = {group_block(1 + random_.below(3), depth, false)};
  if (random_.chance(50)) branches.push_back(group_block(1 + random_.below(3), depth, false));
  return make_statement(StatementKind::choice, {pinned(std::move(condition))}, std::move(branches));
}

StatementPtr Generator::group_loop(int depth) {
  const std::uint64_t turns = 1 + random_.below(4);
  const std::uint64_t outer_turns = std::exchange(turns_, turns_ * turns);
  const auto visible = enter();
  Statement loop{StatementKind::counted};
  loop.text = fresh("c");
  loop.bits = turns;
  if (random_.chance(40)) {
    loop.kind = random_.chance(50) ? StatementKind::conditioned : StatementKind::tested_last;
    loop.expressions.push_back(pinned(uniform([&] { return truth(2); })));
  } else {
    scope_.push_back({loop.text, scalar_type(ScalarType::int32), loop.text, false, true});
  }
  loop.children.push_back(group_block(1 + random_.below(4), depth, true));
  leave(visible);
  turns_ = outer_turns;
  return std::make_shared<const Statement>(std::move(loop));
}

StatementPtr Generator::group_selection(int depth) {
  const std::uint64_t labels = 2 + random_.below(2);
  ExpressionPtr on = uniform([&] {
    ExpressionPtr count = pinned(number(labels, ScalarType::int32));
    return make(ExpressionKind::binary, scalar_type(ScalarType::uint32), "%",
                {value(ScalarType::uint32, 2), std::move(count)});
  });
  StatementList list;
  for (std::uint64_t k = 0; k < labels; ++k) {
    Statement label{StatementKind::label};
    label.bits = k;
    label.children = group_block(1 + random_.below(2), depth, false)->children;
    if (random_.chance(65)) label.children.push_back(make_statement(StatementKind::leave, {}));
    list.push_back(std::make_shared<const Statement>(std::move(label)));
  }
  return make_statement(StatementKind::selection, {pinned(on)}, std::move(list));
}

/// Out of the loop or to its next turn, for all items alike.
StatementPtr Generator::group_exit() {
  StatementPtr way = make_statement(random_.chance(50) ? StatementKind::leave : StatementKind::skip, {});
  StatementPtr block = make_statement(StatementKind::block, {}, {std::move(way)});
  return make_statement(StatementKind::choice, {pinned(uniform([&] { return truth(2); }))}, {std::move(block)});
}

}  // namespace fuzz
