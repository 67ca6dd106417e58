#include "emit/source/steps.hpp"

#include <utility>

#include "model/walk.hpp"

namespace kernelc::source {

namespace {

using model::Expression;
using model::Statement;

bool is_barrier(const Statement& statement) {
  const auto* evaluate = std::get_if<model::Evaluate>(&statement.node);
  return evaluate != nullptr && std::holds_alternative<model::Barrier>(evaluate->expression->node);
}

bool has_barrier(const Statement& statement) {
  bool found = is_barrier(statement);
  model::for_each_child(
      statement, [&](const Statement& child) { found = found || has_barrier(child); }, [](const Expression&) {});
  return found;
}

/// Whether a `return` stands in the statement, or a jump that leaves it: a `continue` or `break` of a loop around it.
bool leaves(const Statement& statement, bool breaks, bool continues) {
  if (std::holds_alternative<model::Return>(statement.node)) return true;
  if (std::holds_alternative<model::Break>(statement.node)) return breaks;
  if (std::holds_alternative<model::Continue>(statement.node)) return continues;
  const bool is_loop = std::holds_alternative<model::Loop>(statement.node);
  const bool is_switch = std::holds_alternative<model::Switch>(statement.node);
  bool found = false;
  model::for_each_child(
      statement,
      [&](const Statement& child) {
        found = found || leaves(child, breaks && !is_loop && !is_switch, continues && !is_loop);
      },
      [](const Expression&) {});
  return found;
}

/// Whether the barriers within are plain. `comes_before`: another barrier may follow the statement.
bool is_plain(const Statement& statement, bool comes_before) {
  if (const auto* block = std::get_if<model::Block>(&statement.node)) {
    for (std::size_t i = block->body.size(); i-- > 0;) {
      if (!is_plain(*block->body[i], comes_before)) return false;
      comes_before = comes_before || has_barrier(*block->body[i]);
    }
    return true;
  }
  if (is_barrier(statement)) return true;
  if (!has_barrier(statement)) return !comes_before || !leaves(statement, true, true);
  const auto* loop = std::get_if<model::Loop>(&statement.node);
  return loop != nullptr && is_plain(*loop->body, true);
}

class Builder {
 public:
  std::vector<Step> run(const Statement& body) {
    current_ = add();
    lower(body);
    steps_[current_].end.kind = StepEnd::Kind::finish;
    return reachable();
  }

 private:
  struct Targets {
    std::size_t on_break;
    std::size_t on_continue;
  };

  std::size_t add() {
    steps_.emplace_back();
    return steps_.size() - 1;
  }

  void end(StepEnd end, std::size_t next_current) {
    steps_[current_].end = std::move(end);
    current_ = next_current;
  }
  void go(std::size_t next, std::size_t next_current) { end({.kind = StepEnd::Kind::go, .next = next}, next_current); }

  void lower(const Statement& source) {
    if (is_barrier(source)) {
      const std::size_t next = add();
      return end({.kind = StepEnd::Kind::wait, .next = next}, next);
    }
    if (!has_barrier(source) && !leaves(source, true, true)) return flat(source);
    std::visit(model::Overloaded{
                   [&](const model::Block& n) {
                     for (const Statement* child : n.body) lower(*child);
                   },
                   [&](const model::If& n) { branch(n); },
                   [&](const model::Loop& n) { loop(n); },
                   [&](const model::Switch& n) { select(n); },
                   [&](const model::Break&) { go(targets_.back().on_break, add()); },
                   [&](const model::Continue&) { go(targets_.back().on_continue, add()); },
                   [&](const model::Return&) { end({.kind = StepEnd::Kind::finish}, add()); },
                   [&](const auto&) { flat(source); },
               },
               source.node);
  }

  /// As it is; but the declarations of a block are seen by what follows, as those of the function are.
  void flat(const Statement& source) { steps_[current_].parts.emplace_back(&source); }

  void branch(const model::If& source) {
    const std::size_t yes = add(), after = add();
    const std::size_t no = source.no != nullptr ? add() : after;
    end({.kind = StepEnd::Kind::branch, .value = source.condition, .next = yes, .otherwise = no}, yes);
    lower(*source.yes);
    go(after, no);
    if (source.no == nullptr) return;
    lower(*source.no);
    go(after, after);
  }

  void loop(const model::Loop& source) {
    const std::size_t body = add(), after = add();
    const std::size_t test = source.condition != nullptr ? add() : body;
    const std::size_t step = source.step != nullptr ? add() : test;
    go(source.tests_last ? body : test, body);
    targets_.push_back({after, step});
    lower(*source.body);
    targets_.pop_back();
    go(step, step);
    if (source.step != nullptr) {
      steps_[current_].parts.emplace_back(source.step);
      go(test, test);
    }
    const auto* constant = source.condition != nullptr ? std::get_if<model::Literal>(&source.condition->node) : nullptr;
    if (constant != nullptr) {
      current_ = test;
      go(constant->bits != 0 ? body : after, after);
    } else if (source.condition != nullptr) {
      current_ = test;
      end({.kind = StepEnd::Kind::branch, .value = source.condition, .next = body, .otherwise = after}, after);
    }
    current_ = after;
  }

  void select(const model::Switch& source) {
    const std::size_t after = add();
    StepEnd choice{.kind = StepEnd::Kind::select, .value = source.value, .next = after};
    for (const model::SwitchCase& label : source.cases) {
      choice.cases.push_back({label.values, add()});
      if (label.is_default) choice.next = choice.cases.back().next;
    }
    const std::vector<StepEnd::Case> cases = choice.cases;
    end(std::move(choice), after);
    // A `continue` in it is of the loop around.
    targets_.push_back({after, targets_.empty() ? after : targets_.back().on_continue});
    for (std::size_t i = 0; i < cases.size(); ++i) {
      current_ = cases[i].next;
      for (const Statement* child : source.cases[i].body) lower(*child);
      go(i + 1 < cases.size() ? cases[i + 1].next : after, after);
    }
    targets_.pop_back();
    current_ = after;
  }

  /// The step that control really goes to: past those that do nothing.
  [[nodiscard]] std::size_t behind(std::size_t step) const {
    for (std::size_t turns = 0; turns < steps_.size(); ++turns) {
      if (!steps_[step].parts.empty() || steps_[step].end.kind != StepEnd::Kind::go) break;
      step = steps_[step].end.next;
    }
    return step;
  }

  [[nodiscard]] bool is_end(std::size_t step) const {
    return steps_[step].parts.empty() && steps_[step].end.kind == StepEnd::Kind::finish;
  }

  /// Calls `visit` for each number of a step in an end.
  template <class Visit>
  static void for_each_target(StepEnd& end, Visit&& visit) {
    if (end.kind != StepEnd::Kind::finish) visit(end.next);
    if (end.kind == StepEnd::Kind::branch) visit(end.otherwise);
    for (StepEnd::Case& label : end.cases) visit(label.next);
  }

  /// The steps that can be reached, in the order of the text.
  std::vector<Step> reachable() {
    std::vector<bool> is_reached(steps_.size());
    std::vector<std::size_t> open{behind(0)};
    is_reached[open.back()] = true;
    while (!open.empty()) {
      Step& step = steps_[open.back()];
      open.pop_back();
      for_each_target(step.end, [&](std::size_t& target) {
        target = behind(target);
        if (is_reached[target] || is_end(target)) return;
        is_reached[target] = true;
        open.push_back(target);
      });
    }
    std::vector<std::size_t> numbers(steps_.size());
    std::vector<Step> result;
    const auto take = [&](std::size_t i) {
      numbers[i] = result.size();
      result.push_back(std::move(steps_[i]));
    };
    const std::size_t first = behind(0);
    take(first);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (is_reached[i] && i != first) take(i);
    }
    const std::size_t end = result.size();
    for (Step& step : result) {
      for_each_target(step.end, [&](std::size_t& target) { target = is_reached[target] ? numbers[target] : end; });
    }
    return result;
  }

  std::vector<Step> steps_;
  std::size_t current_ = 0;
  std::vector<Targets> targets_;
};

}  // namespace

bool has_plain_barriers(const Statement& flat_body) { return is_plain(flat_body, false); }

std::vector<Step> make_steps(const Statement& flat_body) { return Builder().run(flat_body); }

}  // namespace kernelc::source
