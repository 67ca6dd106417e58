#pragma once

/// Loops in which the items of a group go through memory side by side:
///
///     for (std::size_t k = first + local_id(); k < end; k += step) sum += in[k];
///
/// One item after the other, or one vector of items after the other, such a loop reads a little of each row of the
/// group's and comes back for the next part when all of the memory has gone by. Round by round, all items together, it
/// reads memory in order.

#include <functional>
#include <optional>
#include <set>

#include "groups/variable_use.hpp"
#include "model/model.hpp"

namespace kernelc::groups {

/// What the rounds of such a loop have in common for the group, of the counter's type but for the bound, which the
/// counter is converted for.
struct StridedLoop {
  const model::Variable* counter = nullptr;  ///< One item's is the one before's and 1.
  const model::Expression* first = nullptr;  ///< The first item's counter in the first round.
  const model::Expression* bound = nullptr;  ///< The loop ends where the counter is no longer below it.
  const model::Expression* step = nullptr;
};

class StridedLoops {
 public:
  /// Of a flattened body's variables, for groups of `items` in one row. All that is given has to outlive it.
  StridedLoops(model::Model& model, const std::set<const model::Variable*>& parameters, const Values& values,
               const std::set<const model::Variable*>& taken, std::uint64_t items);

  /// What such a loop is, if all that is to be known of it can be computed for the group and rounds together may pay.
  /// `counter` is declared right before it; `is_once` says whether an expression is one for the group.
  using IsOnce = std::function<bool(const model::Expression&)>;
  [[nodiscard]] std::optional<StridedLoop> find(const model::Declare& counter, const model::Loop& loop,
                                                const IsOnce& is_once) const;

  /// Whether all items have a round, of the first item's counter and the bound.
  [[nodiscard]] const model::Expression* all_have_round(const model::Expression& first,
                                                        const model::Expression& bound) const;
  /// An item's counter, of the first item's.
  [[nodiscard]] const model::Expression* counter_of_item(const model::Expression& first) const;

 private:
  /// A value as the first item has it, and by how much each item's is above the one before's: 0 or 1.
  struct Row {
    const model::Expression* first = nullptr;
    unsigned slope = 0;
  };
  [[nodiscard]] std::optional<Row> row(const model::Expression& value, const IsOnce& is_once) const;
  [[nodiscard]] const model::Expression* without_references(const model::Expression* value) const;
  [[nodiscard]] bool is_lasting(const model::Expression& value) const;
  [[nodiscard]] bool may_pay(const model::Statement& body, const VariableUse& use, const model::Variable* counter,
                             const model::Expression& step) const;

  model::Model& model_;
  const std::set<const model::Variable*>& parameters_;
  const Values& values_;  // of variables that are given one only
  const std::set<const model::Variable*>& taken_;
  std::uint64_t items_;
};

}  // namespace kernelc::groups
