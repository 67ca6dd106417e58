#include "groups/control_rules.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "model/walk.hpp"

namespace kernelc::groups {

namespace {

using model::Statement;

clang::SourceLocation location(std::uint32_t place) { return clang::SourceLocation::getFromRawEncoding(place); }

class ControlRules {
 public:
  ControlRules(const FlatBody& kernel, const Uniformity& uniformity, Reporter& reporter)
      : kernel_(kernel), uniformity_(uniformity), reporter_(reporter) {}

  void run() {
    visit(*kernel_.body, {});
    std::sort(found_.begin(), found_.end(),
              [](const Broken& a, const Broken& b) { return a.statement->place < b.statement->place; });
    std::set<const model::Expression*> told;
    for (const Broken& each : found_) {
      // One condition is one mistake, however many jumps come after it.
      if (told.insert(uniformity_.divergence(*each.statement)).second) report(each);
    }
    // A barrier in a loop that items leave at different times is not uniform for that reason, which is told already.
    if (found_.empty()) barriers(*kernel_.body);
  }

 private:
  /// What surrounds a statement.
  struct Around {
    const Statement* barrier_after = nullptr;     // may be reached when the statement is done
    const Statement* barrier_in_turn = nullptr;   // may be reached before the loop's body ends
    bool loop_waits = false;                      // there is a barrier in the innermost loop
    bool break_waits = false;                     // there is a barrier in what a `break` leaves
    const model::Expression* switched = nullptr;  // the value of the switch that a `break` leaves
  };

  struct Broken {
    const Statement* statement = nullptr;
    Rule rule{};
    std::vector<std::string> values;
    const Statement* barrier = nullptr;
  };

  const Statement* first_barrier(const Statement& statement) {
    if (is_barrier(statement)) return &statement;
    const Statement* found = nullptr;
    model::for_each_child(
        statement,
        [&](const Statement& child) {
          if (found == nullptr) found = first_barrier(child);
        },
        [](const model::Expression&) {});
    return found;
  }
  static const model::Barrier* as_barrier(const Statement& statement) {
    const auto* evaluate = std::get_if<model::Evaluate>(&statement.node);
    return evaluate != nullptr ? std::get_if<model::Barrier>(&evaluate->expression->node) : nullptr;
  }
  static bool is_barrier(const Statement& statement) { return as_barrier(statement) != nullptr; }
  static std::string spoken_of(const Statement* barrier) {
    const model::Barrier* known = barrier != nullptr ? as_barrier(*barrier) : nullptr;
    return spoken(known != nullptr ? known->operation : nullptr);
  }

  void list(const model::StatementList& statements, Around around) {
    for (auto child = statements.rbegin(); child != statements.rend(); ++child) {
      visit(**child, around);
      if (const Statement* barrier = first_barrier(**child)) around.barrier_after = around.barrier_in_turn = barrier;
    }
  }

  void visit(const Statement& statement, const Around& around) {
    std::visit(model::Overloaded{
                   [&](const model::Block& n) { list(n.body, around); },
                   [&](const model::If& n) {
                     visit(*n.yes, around);
                     if (n.no != nullptr) visit(*n.no, around);
                   },
                   [&](const model::Loop& n) {
                     const Statement* inside = first_barrier(*n.body);
                     visit(*n.body, {inside != nullptr ? inside : around.barrier_after, nullptr, inside != nullptr,
                                     inside != nullptr});
                   },
                   [&](const model::Switch& n) {
                     Around within = around;
                     within.break_waits = first_barrier(statement) != nullptr;
                     within.switched = n.value;
                     for (auto label = n.cases.rbegin(); label != n.cases.rend(); ++label) {
                       list(label->body, within);
                       for (const Statement* child : label->body) {
                         const Statement* barrier = first_barrier(*child);
                         if (barrier != nullptr) within.barrier_after = within.barrier_in_turn = barrier;
                       }
                     }
                   },
                   [&](const model::Return&) {
                     if (around.barrier_after == nullptr) return;
                     note(statement, Rule::return_before_barrier, {}, around.barrier_after);
                   },
                   [&](const model::Break&) {
                     // Where the switch's value differs, the barrier itself is what is wrong.
                     if (uniformity_.divergence(statement) == around.switched) return;
                     if (around.break_waits) jump(statement, "break", around.barrier_after);
                   },
                   [&](const model::Continue&) {
                     if (around.barrier_in_turn != nullptr) jump(statement, "continue", around.barrier_in_turn);
                   },
                   [](const auto&) {},
               },
               statement.node);
  }

  void jump(const Statement& statement, const char* word, const Statement* barrier) {
    if (kernel_.returns.contains(&statement)) return note(statement, Rule::return_before_barrier, {}, barrier);
    note(statement, Rule::exit_of_barrier_loop, {word}, barrier);
  }

  void note(const Statement& statement, Rule rule, const std::vector<std::string>& values, const Statement* barrier) {
    if (uniformity_.divergence(statement) != nullptr) found_.push_back({&statement, rule, values, barrier});
  }

  void report(const Broken& broken) {
    std::vector<std::string> values = broken.values;
    values.push_back(spoken_of(broken.barrier));
    reporter_.report(location(broken.statement->place), broken.rule, values);
    reasons(*uniformity_.divergence(*broken.statement));
    if (broken.barrier == nullptr) return;
    const model::Function* operation = as_barrier(*broken.barrier)->operation;
    reporter_.note(location(broken.barrier->place),
                   operation == nullptr ? "this barrier comes after it" : spoken(operation) + " comes after it");
  }

  void reasons(const model::Expression& condition) {
    reporter_.note(location(condition.place), "items of one group may differ in this condition");
    for (const Reason& reason : uniformity_.explain(condition)) reporter_.note(location(reason.place), reason.text);
    if (!uniformity_.depends_on_memory(condition)) return;
    reporter_.note(clang::SourceLocation(),
                   "where all items find the same there, 'group_broadcast(value, 0)' makes it one value, and "
                   "'group_any(condition)' decides for the group");
  }

  void barriers(const Statement& statement) {
    if (is_barrier(statement)) {
      const model::Expression* condition = uniformity_.divergence(statement);
      // An operation of the language has several barriers at one place.
      if (condition != nullptr && told_barriers_.insert(statement.place).second) {
        reporter_.report(location(statement.place), Rule::barrier_not_uniform, {spoken_of(&statement)});
        reasons(*condition);
      }
      return;
    }
    model::for_each_child(statement, [&](const Statement& child) { barriers(child); }, [](const model::Expression&) {});
  }

  const FlatBody& kernel_;
  const Uniformity& uniformity_;
  Reporter& reporter_;
  std::vector<Broken> found_;
  std::set<std::uint32_t> told_barriers_;  // their places
};

}  // namespace

void check_control(const FlatBody& kernel, const Uniformity& uniformity, Reporter& reporter) {
  ControlRules(kernel, uniformity, reporter).run();
}

}  // namespace kernelc::groups
