#include "groups/live_ranges.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "groups/body_copier.hpp"
#include "model/walk.hpp"

namespace kernelc::groups {

namespace {

using model::Expression;
using model::Statement;
using model::StatementList;
using model::Variable;

using E = const Expression*;

/// The variables of which every use is a reading of their value or an assignment to them.
class Candidates {
 public:
  explicit Candidates(const Statement& body) {
    statement(body);
    for (const Variable* variable : excluded_) declared_.erase(variable);
  }
  [[nodiscard]] bool contain(const Variable* variable) const { return declared_.contains(variable); }

 private:
  void statement(const Statement& source) {
    if (const auto* declare = std::get_if<model::Declare>(&source.node)) {
      const model::TypeKind kind = declare->variable->type->kind;
      const bool is_value =
          kind == model::TypeKind::scalar || kind == model::TypeKind::pointer || kind == model::TypeKind::span;
      // What is declared twice, as a function that is inlined twice may do, is not followed.
      if (!is_value || declare->variable->is_shared || !declared_.insert(declare->variable).second) {
        excluded_.insert(declare->variable);
      }
    }
    model::for_each_child(
        source, [&](const Statement& child) { statement(child); }, [&](const Expression& e) { expression(e); });
  }

  void expression(const Expression& source) {
    std::visit(model::Overloaded{
                   [&](const model::VariableUse& n) { excluded_.insert(n.variable); },
                   [&](const model::Temporary& n) {
                     excluded_.insert(n.variable);
                     expression(*n.value);
                   },
                   [&](const model::Load& n) { object(*n.object); },
                   [&](const model::Assign& n) {
                     expression(*n.value);
                     changed(*n.object);
                   },
                   [&](const model::CompoundAssign& n) {
                     expression(*n.value);
                     changed(*n.object);
                   },
                   [&](const model::Step& n) { changed(*n.object); },
                   [&](const model::AddressOf& n) { place(*n.object); },
                   [&](const auto&) {
                     model::for_each_operand(source, [&](const Expression& operand) { expression(operand); });
                   },
               },
               source.node);
  }

  void object(const Expression& source) {
    if (!std::holds_alternative<model::VariableUse>(source.node)) expression(source);
  }
  /// Only the variable itself, not what another assignment leaves.
  void changed(const Expression& source) {
    if (!std::holds_alternative<model::VariableUse>(source.node)) place(source);
  }
  /// An object that is used as one: whatever variable it may be is not followed.
  void place(const Expression& source) {
    std::visit(model::Overloaded{
                   [&](const model::Assign& n) {
                     expression(*n.value);
                     place(*n.object);
                   },
                   [&](const model::CompoundAssign& n) {
                     expression(*n.value);
                     place(*n.object);
                   },
                   [&](const model::Step& n) { place(*n.object); },
                   [&](const model::Sequence& n) {
                     expression(*n.first);
                     place(*n.second);
                   },
                   [&](const model::Conditional& n) {
                     expression(*n.condition);
                     place(*n.yes);
                     place(*n.no);
                   },
                   [&](const auto&) { expression(source); },
               },
               source.node);
  }

  std::set<const Variable*> declared_;
  std::set<const Variable*> excluded_;
};

using Definition = std::size_t;

/// Which definitions of each variable may be the last one, on the paths that come to a point.
struct Reaching {
  std::map<const Variable*, std::set<Definition>> definitions;
  bool is_reached = true;
  bool operator==(const Reaching&) const = default;

  void add(const Reaching& other) {
    if (!other.is_reached) return;
    if (!is_reached) {
      *this = other;
      return;
    }
    for (const auto& [variable, found] : other.definitions) definitions[variable].insert(found.begin(), found.end());
  }
};

Reaching nowhere() { return {{}, false}; }

/// Joins the definitions that have a use in common, along the statements of a body whose nodes are all different.
class Webs {
 public:
  Webs(const Statement& body, const Candidates& candidates) : candidates_(candidates) { statement(body); }

  /// The web of a use or of a declaration; equal numbers, equal webs.
  [[nodiscard]] Definition web(const void* node) { return root(nodes_.at(node)); }
  [[nodiscard]] bool knows(const void* node) const { return nodes_.contains(node); }

 private:
  Definition root(Definition of) {
    while (parents_[of] != of) of = parents_[of] = parents_[parents_[of]];
    return of;
  }
  void join(Definition a, Definition b) { parents_[root(a)] = root(b); }
  Definition definition_at(const void* node) {
    const auto [entry, is_new] = nodes_.try_emplace(node, parents_.size());
    if (is_new) parents_.push_back(parents_.size());
    return entry->second;
  }

  void read(const Expression& use) {
    const Variable* variable = std::get<model::VariableUse>(use.node).variable;
    if (!candidates_.contain(variable)) return;
    const Definition here = definition_at(&use);
    for (const Definition each : now_.definitions[variable]) join(each, here);
  }
  void define(const Variable* variable, const void* node) {
    if (candidates_.contain(variable)) now_.definitions[variable] = {definition_at(node)};
  }
  void assign(const Expression& object, bool is_read) {
    const auto* use = std::get_if<model::VariableUse>(&object.node);
    if (use == nullptr) return expression(object);
    if (is_read) read(object);
    define(use->variable, &object);
  }

  void expression(const Expression& source) {
    std::visit(model::Overloaded{
                   [&](const model::VariableUse&) { read(source); },
                   [&](const model::Assign& n) {
                     expression(*n.value);
                     assign(*n.object, false);
                   },
                   [&](const model::CompoundAssign& n) {
                     expression(*n.value);
                     assign(*n.object, true);
                   },
                   [&](const model::Step& n) { assign(*n.object, true); },
                   [&](const model::Logical& n) {
                     expression(*n.left);
                     const Reaching skipped = now_;
                     expression(*n.right);
                     now_.add(skipped);
                   },
                   [&](const model::Conditional& n) {
                     expression(*n.condition);
                     const Reaching before = now_;
                     expression(*n.yes);
                     const Reaching after_yes = std::exchange(now_, before);
                     expression(*n.no);
                     now_.add(after_yes);
                   },
                   [&](const auto&) {
                     model::for_each_operand(source, [&](const Expression& operand) { expression(operand); });
                   },
               },
               source.node);
  }

  void statement(const Statement& source) {
    std::visit(model::Overloaded{
                   [&](const model::Block& n) {
                     for (const Statement* child : n.body) statement(*child);
                   },
                   [&](const model::Declare& n) {
                     if (n.value != nullptr) expression(*n.value);
                     define(n.variable, &source);
                   },
                   [&](const model::Evaluate& n) { expression(*n.expression); },
                   [&](const model::If& n) {
                     expression(*n.condition);
                     const Reaching before = now_;
                     statement(*n.yes);
                     const Reaching after_yes = std::exchange(now_, before);
                     if (n.no != nullptr) statement(*n.no);
                     now_.add(after_yes);
                   },
                   [&](const model::Loop& n) { loop(n); },
                   [&](const model::Switch& n) { choice(n); },
                   [&](const model::Break&) { leave(broken_); },
                   [&](const model::Continue&) { leave(continued_); },
                   [&](const model::Return& n) {
                     if (n.value != nullptr) expression(*n.value);
                     now_ = nowhere();
                   },
               },
               source.node);
  }

  void leave(Reaching& to) {
    to.add(now_);
    now_ = nowhere();
  }

  /// Until a turn brings no definition to the head that was not there before.
  void loop(const model::Loop& source) {
    const Reaching outer_broken = std::exchange(broken_, nowhere());
    const Reaching outer_continued = std::exchange(continued_, nowhere());
    Reaching head = now_;
    Reaching after;
    for (;;) {
      now_ = head;
      after = nowhere();
      broken_ = continued_ = nowhere();
      if (!source.tests_last) test(source, after);
      statement(*source.body);
      now_.add(continued_);
      if (source.step != nullptr) expression(*source.step);
      if (source.tests_last) test(source, after);
      Reaching next = head;
      next.add(now_);
      if (next == head) break;
      head = std::move(next);
    }
    after.add(broken_);
    now_ = std::move(after);
    broken_ = outer_broken;
    continued_ = outer_continued;
  }

  void test(const model::Loop& source, Reaching& after) {
    if (source.condition == nullptr) return;
    expression(*source.condition);
    after.add(now_);
  }

  void choice(const model::Switch& source) {
    expression(*source.value);
    const Reaching head = now_;
    const Reaching outer = std::exchange(broken_, nowhere());
    now_ = nowhere();
    for (const model::SwitchCase& label : source.cases) {
      now_.add(head);
      for (const Statement* child : label.body) statement(*child);
    }
    now_.add(head);  // also where a label was met: what comes too often only joins
    now_.add(broken_);
    broken_ = outer;
  }

  const Candidates& candidates_;
  std::map<const void*, Definition> nodes_;
  std::vector<Definition> parents_;
  Reaching now_;
  Reaching broken_ = nowhere();
  Reaching continued_ = nowhere();
};

/// Gives each web a variable; the web that is met first keeps the old one.
class Renamer : public BodyCopier {
 public:
  Renamer(model::Model& model, const Statement& body, const Candidates& candidates, Webs& webs)
      : BodyCopier(model), candidates_(candidates), webs_(webs) {
    find(body);
  }

  [[nodiscard]] bool has_any() const {
    return std::any_of(variables_.begin(), variables_.end(), [](const auto& each) { return each.second.size() > 1; });
  }

 private:
  using OfWebs = std::vector<std::pair<Definition, const Variable*>>;

  void meet(const Variable* variable, const void* node) {
    if (!candidates_.contain(variable) || !webs_.knows(node)) return;
    OfWebs& known = variables_[variable];
    const Definition web = webs_.web(node);
    if (std::any_of(known.begin(), known.end(), [&](const auto& each) { return each.first == web; })) return;
    known.emplace_back(web, known.empty() ? variable : model_.variable(variable->name, variable->type));
  }

  void find(const Statement& source) {
    const auto* declare = std::get_if<model::Declare>(&source.node);
    if (declare != nullptr && declare->value != nullptr) meet(declare->variable, &source);
    model::for_each_child(source, [&](const Statement& child) { find(child); }, [&](const Expression& e) { find(e); });
  }
  void find(const Expression& source) {
    if (const auto* use = std::get_if<model::VariableUse>(&source.node)) meet(use->variable, &source);
    model::for_each_operand(source, [&](const Expression& operand) { find(operand); });
  }

  const Variable* of_web(const Variable* variable, const void* node) {
    const auto known = variables_.find(variable);
    if (known == variables_.end() || !webs_.knows(node)) return variable;
    const Definition web = webs_.web(node);
    const auto found =
        std::find_if(known->second.begin(), known->second.end(), [&](const auto& each) { return each.first == web; });
    return found != known->second.end() ? found->second : variable;  // of a declaration without a value: any
  }

  const Variable* used(const Expression& use) override {
    return of_web(std::get<model::VariableUse>(use.node).variable, &use);
  }

  void declare(const Statement& source, StatementList& out) override {
    const auto& declared = std::get<model::Declare>(source.node);
    const Variable* valued = of_web(declared.variable, &source);
    const auto add = [&](const Variable* variable, E value) {
      model_.place = source.place;
      out.push_back(model_.statement(source.line, model::Declare{variable, value}));
    };
    add(valued, value_of(declared.value));
    const auto known = variables_.find(declared.variable);
    if (known == variables_.end()) return;
    for (const auto& [web, variable] : known->second) {
      if (variable != valued) add(variable, nullptr);
    }
  }

  const Candidates& candidates_;
  Webs& webs_;
  std::map<const Variable*, OfWebs> variables_;
};

}  // namespace

FlatBody split_live_ranges(model::Model& model, const FlatBody& flat) {
  const FlatBody distinct = BodyCopier(model).run(flat);
  const Candidates candidates(*distinct.body);
  Webs webs(*distinct.body, candidates);
  Renamer renamer(model, *distinct.body, candidates, webs);
  return renamer.has_any() ? renamer.run(distinct) : flat;
}

}  // namespace kernelc::groups
