#include "groups/plan.hpp"

#include <algorithm>
#include <utility>

#include "groups/flatten.hpp"
#include "groups/strided_loops.hpp"
#include "groups/variable_use.hpp"
#include "model/walk.hpp"

namespace kernelc::groups {

namespace {

using model::Expression;
using model::Statement;
using model::StatementList;
using model::Variable;

bool is_barrier(const Statement& statement) {
  const auto* evaluate = std::get_if<model::Evaluate>(&statement.node);
  return evaluate != nullptr && std::holds_alternative<model::Barrier>(evaluate->expression->node);
}

template <class Test>
bool any_statement(const Statement& source, Test&& test) {
  bool found = test(source);
  model::for_each_child(
      source, [&](const Statement& child) { found = found || any_statement(child, test); }, [](const Expression&) {});
  return found;
}

bool has_return(const Statement& source) {
  return any_statement(source, [](const Statement& s) { return std::holds_alternative<model::Return>(s.node); });
}

/// Whether a `continue` in it belongs to a loop around it.
bool has_outer_continue(const Statement& source) {
  if (std::holds_alternative<model::Continue>(source.node)) return true;
  if (std::holds_alternative<model::Loop>(source.node)) return false;
  bool found = false;
  model::for_each_child(
      source, [&](const Statement& child) { found = found || has_outer_continue(child); }, [](const Expression&) {});
  return found;
}

/// The statements that the group runs as a whole: barriers, the jumps that lead past them, and what is around those.
class GroupStatements {
 public:
  explicit GroupStatements(const Statement& body) {
    do {
      changed_ = false;
      mark(body, {});
    } while (changed_);
  }
  [[nodiscard]] bool contain(const Statement& statement) const { return found_.contains(&statement); }

 private:
  struct Around {
    bool waits_after = false;              // a barrier may follow
    bool rest_of_turn = false;             // a statement of the group follows in the innermost loop's body
    const Statement* broken = nullptr;     // what a `break` leaves
    const Statement* continued = nullptr;  // the innermost loop
  };

  bool list(const StatementList& statements, Around around) {
    bool any = false;
    for (auto child = statements.rbegin(); child != statements.rend(); ++child) {
      any = mark(**child, around) || any;
      around.waits_after = around.waits_after || search_.in(**child);
      around.rest_of_turn = around.rest_of_turn || contain(**child);
    }
    return any;
  }

  bool mark(const Statement& statement, const Around& around) {
    const bool is_group = std::visit(
        model::Overloaded{
            [&](const model::Block& n) { return list(n.body, around); },
            [&](const model::If& n) {
              const bool yes = mark(*n.yes, around);
              return (n.no != nullptr && mark(*n.no, around)) || yes;
            },
            [&](const model::Loop& n) {
              return mark(*n.body, {around.waits_after || search_.in(statement), false, &statement, &statement});
            },
            [&](const model::Switch& n) {
              Around within = around;
              within.broken = &statement;
              bool any = false;
              for (auto label = n.cases.rbegin(); label != n.cases.rend(); ++label) {
                any = list(label->body, within) || any;
                for (const Statement* child : label->body) {
                  within.waits_after = within.waits_after || search_.in(*child);
                  within.rest_of_turn = within.rest_of_turn || contain(*child);
                }
              }
              return any;
            },
            [&](const model::Break&) { return around.broken != nullptr && contain(*around.broken); },
            [&](const model::Continue&) {
              return around.rest_of_turn && around.continued != nullptr && contain(*around.continued);
            },
            [&](const model::Return&) { return around.waits_after; },
            [&](const auto&) { return is_barrier(statement); },
        },
        statement.node);
    if (is_group && found_.insert(&statement).second) changed_ = true;
    return is_group;
  }

  BarrierSearch search_;
  std::set<const Statement*> found_;
  bool changed_ = false;
};

class Builder {
 public:
  Builder(model::Model& model, const std::vector<const Variable*>& parameters, const Statement& body,
          const Uniformity& uniformity, const model::GroupUse& use)
      : model_(model),
        parameters_(parameters.begin(), parameters.end()),
        body_(body),
        uniformity_(uniformity),
        values_(only_values(body)),
        taken_(taken_addresses(body)),
        group_statements_(body) {
    // Smaller groups have their lanes side by side in registers, and then the loop need not be taken apart.
    constexpr std::uint64_t least_items = 129;
    const bool is_row = use.fixed_items() == use.fixed_size[0];
    if (is_row && use.fixed_items() >= least_items)
      strided_.emplace(model, parameters_, values_, taken_, use.fixed_items());
  }

  std::shared_ptr<const Plan> run() {
    find_candidates();
    // A variable that items write for themselves is none of the group, and what depends on it no longer either.
    do {
      violators_.clear();
      plan_ = Plan{};
      slots_.clear();
      returned_ = continued_ = skip_returned_ = skip_continued_ = nullptr;
      list({&body_}, plan_.phases);
      for (const Variable* variable : violators_) group_.erase(variable);
    } while (!violators_.empty());
    plan_.group_variables.assign(group_.begin(), group_.end());
    plan_.group_variables.insert(plan_.group_variables.end(), slots_.begin(), slots_.end());
    std::sort(plan_.group_variables.begin(), plan_.group_variables.end(),
              [](const Variable* a, const Variable* b) { return a->id < b->id; });
    find_kept();
    return std::make_shared<const Plan>(std::move(plan_));
  }

 private:
  // Variables of the group.

  void find_candidates() {
    any_statement(body_, [&](const Statement& statement) {
      const auto* declare = std::get_if<model::Declare>(&statement.node);
      if (declare != nullptr && !declare->variable->is_shared && !declare->variable->type->is_aggregate() &&
          uniformity_.is_uniform(declare->variable) && !taken_.contains(declare->variable)) {
        group_.insert(declare->variable);
      }
      return false;
    });
  }

  /// Whether an expression can be evaluated once for the group: it has no effects and needs nothing of an item.
  [[nodiscard]] bool is_once(const Expression& expression) const {
    return uniformity_.is_uniform(expression) && needs_no_item(expression);
  }

  [[nodiscard]] bool needs_no_item(const Expression& expression) const {
    const auto operands = [&] {
      bool all = true;
      model::for_each_operand(expression, [&](const Expression& operand) { all = all && needs_no_item(operand); });
      return all;
    };
    return std::visit(model::Overloaded{
                          [&](const model::VariableUse& n) {
                            return parameters_.contains(n.variable) || group_.contains(n.variable) ||
                                   n.variable->is_shared;
                          },
                          [&](const model::Call& n) {
                            return !expression.type->is_aggregate() &&
                                   std::all_of(n.callee->parameters.begin(), n.callee->parameters.end(),
                                               [](const Variable* p) { return p->type->is_scalar(); }) &&
                                   operands();
                          },
                          [](const model::Temporary&) { return false; },
                          [](const model::Assign&) { return false; },
                          [](const model::CompoundAssign&) { return false; },
                          [](const model::Step&) { return false; },
                          [](const model::Construct&) { return false; },
                          [](const model::Aggregate&) { return false; },
                          [](const model::Barrier&) { return false; },
                          [](const model::Atomic&) { return false; },
                          [&](const auto&) { return operands(); },
                      },
                      expression.node);
  }

  static bool reads_memory(const Expression& expression) {
    bool found = std::holds_alternative<model::Dereference>(expression.node);
    model::for_each_operand(expression, [&](const Expression& operand) { found = found || reads_memory(operand); });
    return found;
  }

  /// The variable of the group that a statement writes and the value it needs, if it can be run once.
  struct OnceWrite {
    const Variable* variable = nullptr;
    const Expression* value = nullptr;
  };
  [[nodiscard]] OnceWrite once_write(const Statement& statement) const {
    if (returned_ != nullptr || continued_ != nullptr) return {};  // not every item comes by
    OnceWrite write;
    if (const auto* declare = std::get_if<model::Declare>(&statement.node)) {
      write = {declare->variable, declare->value};
    } else if (const auto* evaluate = std::get_if<model::Evaluate>(&statement.node)) {
      const auto target = [&](const Expression* object, const Expression* value) {
        const auto* use = std::get_if<model::VariableUse>(&object->node);
        if (use != nullptr) write = {use->variable, value};
      };
      const auto& node = evaluate->expression->node;
      if (const auto* n = std::get_if<model::Assign>(&node)) target(n->object, n->value);
      if (const auto* n = std::get_if<model::CompoundAssign>(&node)) target(n->object, n->value);
      if (const auto* n = std::get_if<model::Step>(&node)) target(n->object, nullptr);
    }
    if (write.variable == nullptr || !group_.contains(write.variable)) return {};
    if (write.value != nullptr && !is_once(*write.value)) return {};
    return write;
  }

  // Phases.

  void list(const StatementList& statements, PhaseList& out) {
    for (const Statement* statement : statements) add(*statement, out);
    flush(out);
  }

  void add(const Statement& statement, PhaseList& out) {
    if (const auto* block = std::get_if<model::Block>(&statement.node)) {
      for (const Statement* child : block->body) add(*child, out);
      return;
    }
    if (group_statements_.contain(statement)) {
      flush(out);
      return add_group(statement, out);
    }
    if (const OnceWrite write = once_write(statement); write.variable != nullptr) {
      const bool is_needed_before = use_of_variables(pending_.statements).mentioned.contains(write.variable);
      if (is_needed_before || (write.value != nullptr && reads_memory(*write.value))) flush(out);
      out.push_back({Once{&statement}});
      return;
    }
    if (add_strided(statement, out)) return;
    pending_.statements.push_back(&statement);
    if (has_return(statement)) {
      if (returned_ == nullptr) returned_ = flag("returned");
      pending_.returned = returned_;
    }
    if (has_outer_continue(statement)) {
      if (continued_ == nullptr) continued_ = flag("continued");
      pending_.continued = continued_;
    }
  }

  /// The rounds of a loop that all items have, one after the other, all items together; the rest of its rounds follow
  /// in the next region.
  bool add_strided(const Statement& statement, PhaseList& out) {
    const auto* source = std::get_if<model::Loop>(&statement.node);
    const bool all_come = returned_ == nullptr && continued_ == nullptr;
    if (source == nullptr || !strided_ || !all_come || pending_.statements.empty()) return false;
    const auto* declare = std::get_if<model::Declare>(&pending_.statements.back()->node);
    if (declare == nullptr) return false;
    const auto loop = strided_->find(*declare, *source, [&](const Expression& e) { return is_once(e); });
    if (!loop || !uniformity_.is_uniform(*loop->bound)) return false;
    pending_.statements.pop_back();
    flush(out);

    model_.place = statement.place;
    const std::uint32_t line = statement.line;
    const model::Type* type = loop->counter->type;
    const Variable* first = model_.variable("first", type);
    slots_.insert(first);
    const Expression* place = model_.expression(type, true, line, model::VariableUse{first});
    const Expression* value = model_.expression(type, false, line, model::Load{place});
    const auto once = [&](auto node) {
      const Expression* effect = model_.expression(type, true, line, std::move(node));
      return Phase{Once{model_.statement(line, model::Evaluate{effect})}};
    };
    out.push_back(once(model::Assign{place, loop->first}));

    GroupLoop rounds{{}, nullptr, {}, {}, false};
    const Expression* bound = condition(loop->bound, rounds.test);
    rounds.condition = strided_->all_have_round(*value, *bound);
    const Statement* counter = model_.statement(line, model::Declare{loop->counter, strided_->counter_of_item(*value)});
    pending_.statements = {counter, source->body};
    pending_.is_round = true;
    flush(rounds.body);
    rounds.step.push_back(once(model::CompoundAssign{model::BinaryOperator::add, place, loop->step, type}));
    out.push_back({std::move(rounds)});
    pending_.statements = {counter, &statement};
    return true;
  }

  const Variable* flag(const char* name) { return model_.variable(name, model_.scalar(model::ScalarType::boolean)); }

  void flush(PhaseList& out) {
    if (pending_.statements.empty()) return;
    for (const Variable* flag : {skip_returned_, skip_continued_}) {
      if (flag == nullptr) continue;
      pending_.skipped_if.push_back(flag);
      plan_.used_flags.insert(flag);
    }
    for (const Variable* written : use_of_variables(pending_.statements).written) {
      if (group_.contains(written)) violators_.insert(written);
    }
    skip_returned_ = returned_;
    skip_continued_ = continued_;
    out.push_back({std::exchange(pending_, Region{})});
  }

  /// A condition of the group: itself, or a variable that a region gives the value to.
  const Expression* condition(const Expression* source, PhaseList& out) {
    if (source == nullptr || is_once(*source)) return source;
    model_.place = source->place;
    const Variable* slot = model_.variable("condition", source->type);
    slots_.insert(slot);
    const Expression* use = model_.expression(source->type, true, source->line, model::VariableUse{slot});
    const Expression* assign = model_.expression(source->type, true, source->line, model::Assign{use, source});
    pending_.statements.push_back(model_.statement(source->line, model::Evaluate{assign}));
    flush(out);
    return model_.expression(source->type, false, source->line, model::Load{use});
  }

  void add_group(const Statement& statement, PhaseList& out) {
    std::visit(model::Overloaded{
                   [&](const model::If& n) {
                     GroupIf result{condition(n.condition, out), {}, {}};
                     list({n.yes}, result.yes);
                     if (n.no != nullptr) list({n.no}, result.no);
                     out.push_back({std::move(result)});
                   },
                   [&](const model::Loop& n) { add_loop(n, out); },
                   [&](const model::Switch& n) {
                     GroupSwitch result{condition(n.value, out), {}, {}, {}};
                     for (const model::SwitchCase& label : n.cases) {
                       result.labels.push_back(label.values);
                       result.is_default.push_back(label.is_default);
                       list(label.body, result.bodies.emplace_back());
                     }
                     out.push_back({std::move(result)});
                   },
                   [&](const model::Break&) { out.push_back({GroupBreak{}}); },
                   [&](const model::Continue&) { out.push_back({GroupContinue{}}); },
                   [&](const model::Return&) { out.push_back({GroupReturn{}}); },
                   [](const auto&) {},  // a barrier: the region before it has ended
               },
               statement.node);
  }

  void add_loop(const model::Loop& loop, PhaseList& out) {
    GroupLoop result{{}, nullptr, {}, {}, loop.tests_last};
    const Variable* const outer = std::exchange(continued_, nullptr);
    const Variable* const skip_outer = std::exchange(skip_continued_, nullptr);
    result.condition = condition(loop.condition, result.test);
    list({loop.body}, result.body);
    if (continued_ != nullptr) result.body.insert(result.body.begin(), {ClearFlag{continued_}});
    continued_ = skip_continued_ = nullptr;
    if (loop.step != nullptr) {
      evaluate(*loop.step, result.step);
      flush(result.step);
    }
    continued_ = outer;
    skip_continued_ = skip_outer;
    out.push_back({std::move(result)});
  }

  /// A loop's step, whose parts may be separate statements.
  void evaluate(const Expression& source, PhaseList& out) {
    if (const auto* sequence = std::get_if<model::Sequence>(&source.node)) {
      evaluate(*sequence->first, out);
      return evaluate(*sequence->second, out);
    }
    if (std::holds_alternative<model::Zero>(source.node)) return;
    model_.place = source.place;
    add(*model_.statement(source.line, model::Evaluate{step_statement(source)}), out);
  }

  /// `i++` whose value nobody needs is the same as `++i`.
  static const Expression* step_statement(const Expression& source) {
    if (const auto* load = std::get_if<model::Load>(&source.node);
        load != nullptr && !std::holds_alternative<model::VariableUse>(load->object->node)) {
      return load->object;
    }
    return &source;
  }

  // What is kept for each item.

  template <class Visit>
  void for_each_region(PhaseList& phases, Visit&& visit) {
    for (Phase& phase : phases) {
      std::visit(model::Overloaded{
                     [&](Region& n) { visit(n); },
                     [&](GroupIf& n) {
                       for_each_region(n.yes, visit);
                       for_each_region(n.no, visit);
                     },
                     [&](GroupLoop& n) {
                       for_each_region(n.test, visit);
                       for_each_region(n.body, visit);
                       for_each_region(n.step, visit);
                     },
                     [&](GroupSwitch& n) {
                       for (PhaseList& body : n.bodies) for_each_region(body, visit);
                     },
                     [](auto&) {},
                 },
                 phase.node);
    }
  }

  [[nodiscard]] bool is_own(const Variable* variable) const {
    return !variable->is_shared && !parameters_.contains(variable) && !group_.contains(variable) &&
           !slots_.contains(variable);
  }

  /// Variables that are given a value once, by arithmetic on ids, sizes, parameters and each other.
  void find_recomputable() {
    // In order of the text, so that what a value is made of comes before it.
    any_statement(body_, [&](const Statement& statement) {
      const auto* declare = std::get_if<model::Declare>(&statement.node);
      if (declare == nullptr || !values_.contains(declare->variable) || taken_.contains(declare->variable))
        return false;
      const auto may_use = [this](const Variable* v) { return may_recompute_with(v); };
      if (declare->variable->type->is_scalar() && is_arithmetic(*declare->value, may_use)) {
        recomputable_[declare->variable] = &statement;
      }
      return false;
    });
  }

  [[nodiscard]] bool may_recompute_with(const Variable* variable) const {
    return parameters_.contains(variable) || recomputable_.contains(variable) ||
           (group_.contains(variable) && values_.contains(variable));
  }

  /// Has a region compute a variable that it reads, and what that is made of.
  void recompute(const Variable* variable, Region& region) {
    const auto found = recomputable_.find(variable);
    if (found == recomputable_.end()) return;
    auto& done = region.recomputed;
    if (std::find(done.begin(), done.end(), found->second) != done.end()) return;
    const auto parts = [&](const auto& self, const Expression& e) -> void {
      if (const auto* use = std::get_if<model::VariableUse>(&e.node)) recompute(use->variable, region);
      model::for_each_operand(e, [&](const Expression& operand) { self(self, operand); });
    };
    parts(parts, *std::get<model::Declare>(found->second->node).value);
    done.push_back(found->second);
  }

  void find_kept() {
    find_recomputable();
    constexpr std::uint64_t largest_copied = 64;
    std::vector<const Variable*> kept;  // in the order in which they are met
    const auto keep = [&](const Variable* variable) {
      if (std::find(kept.begin(), kept.end(), variable) == kept.end()) kept.push_back(variable);
    };
    const std::set<const Variable*> remembered = remembered_addresses(body_);
    std::size_t regions = 0;
    for_each_region(plan_.phases, [&](Region&) { ++regions; });
    for_each_region(plan_.phases, [&](Region& region) {
      const VariableUse use = use_of_variables(region.statements);
      std::vector<const Variable*> found;
      for (const Variable* variable : use.exposed) recompute(variable, region);
      for (const Variable* variable : use.mentioned) {
        if (recomputable_.contains(variable)) continue;
        const bool may_be_reached = regions > 1 && remembered.contains(variable);
        if (is_own(variable) && (use.exposed.contains(variable) || may_be_reached)) found.push_back(variable);
      }
      std::sort(found.begin(), found.end(), [](const Variable* a, const Variable* b) { return a->id < b->id; });
      for (const Variable* variable : found) keep(variable);
    });
    for (const Variable* variable : kept) {
      plan_.kept[variable] = {plan_.item_bytes, remembered.contains(variable) || variable->type->size > largest_copied};
      plan_.item_bytes += variable->type->size;
    }
    for (const Variable* flag : plan_.used_flags) {
      plan_.kept[flag] = {plan_.item_bytes, true};
      plan_.item_bytes += flag->type->size;
    }
    for_each_region(plan_.phases, [&](Region& region) {
      const VariableUse use = use_of_variables(region.statements);
      for (const Variable* variable : kept) {
        if (!use.mentioned.contains(variable)) continue;
        const bool is_written = use.written.contains(variable);
        if (use.exposed.contains(variable) || (is_written && !use.assigned.contains(variable)) ||
            plan_.kept.at(variable).is_addressed) {
          region.kept_before.push_back(variable);
        }
        if (is_written) region.kept_after.push_back(variable);
      }
      if (!plan_.used_flags.contains(region.returned)) region.returned = nullptr;
      if (!plan_.used_flags.contains(region.continued)) region.continued = nullptr;
    });
  }

  model::Model& model_;
  std::set<const Variable*> parameters_;
  const Statement& body_;
  const Uniformity& uniformity_;
  const Values values_;
  const std::set<const Variable*> taken_;
  GroupStatements group_statements_;
  std::optional<StridedLoops> strided_;
  std::set<const Variable*> group_;
  std::set<const Variable*> slots_;                           // of conditions, which every item gives the same value
  std::set<const Variable*> violators_;                       // candidates that items write for themselves
  std::map<const Variable*, const Statement*> recomputable_;  // and their declarations
  Plan plan_;
  Region pending_;
  // Set from the first statement on in which items may leave; regions after its own skip those that did.
  const Variable* returned_ = nullptr;
  const Variable* continued_ = nullptr;
  const Variable* skip_returned_ = nullptr;
  const Variable* skip_continued_ = nullptr;
};

}  // namespace

std::shared_ptr<const Plan> make_plan(model::Model& model, const std::vector<const Variable*>& parameters,
                                      const Statement& body, const Uniformity& uniformity, const model::GroupUse& use) {
  return Builder(model, parameters, body, uniformity, use).run();
}

}  // namespace kernelc::groups
