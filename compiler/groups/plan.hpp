#pragma once

/// How CPU code runs a group without threads or fibers: the body is split at its barriers into regions, each of which
/// is a loop over the group's items; what surrounds barriers (loops, conditions) is run once for the whole group. After
/// MCUDA's deep fission (Stratton, Stone, Hwu: MCUDA: An Efficient Implementation of CUDA Kernels for Multi-core CPUs,
/// 2008), with uniformity decided beforehand.

#include <map>
#include <memory>
#include <set>
#include <variant>
#include <vector>

#include "groups/uniformity.hpp"
#include "model/model.hpp"

namespace kernelc::groups {

struct Phase;
using PhaseList = std::vector<Phase>;

/// Statements that every item runs by itself, without waiting for others.
struct Region {
  model::StatementList statements;
  /// Declarations of variables that cost nothing to compute again, in order, instead of keeping them.
  model::StatementList recomputed;
  std::vector<const model::Variable*> kept_before;  ///< Kept variables whose value the region needs.
  std::vector<const model::Variable*> kept_after;   ///< Kept variables that it writes.
  std::vector<const model::Variable*> skipped_if;   ///< Flags of items that have nothing to do here.
  const model::Variable* returned = nullptr;        ///< The flag that a `return` in it sets.
  const model::Variable* continued = nullptr;       ///< The flag that a `continue` of the loop around it sets.
  bool is_round = false;  ///< One round of a loop that items go through together; see StridedLoops.
};

/// A statement that is run once for the group. It writes a variable of the group.
struct Once {
  const model::Statement* statement;
};
/// Sets a flag to false for every item.
struct ClearFlag {
  const model::Variable* flag;
};
struct GroupIf {
  const model::Expression* condition;
  PhaseList yes;
  PhaseList no;
};
/// `test` is run before each evaluation of the condition, which may be null (true).
struct GroupLoop {
  PhaseList test;
  const model::Expression* condition;
  PhaseList step;
  PhaseList body;
  bool tests_last;
};
struct GroupSwitch {
  const model::Expression* value;
  std::vector<std::vector<std::uint64_t>> labels;
  std::vector<bool> is_default;
  std::vector<PhaseList> bodies;
};
struct GroupBreak {};
struct GroupContinue {};
struct GroupReturn {};

struct Phase {
  std::variant<Region, Once, ClearFlag, GroupIf, GroupLoop, GroupSwitch, GroupBreak, GroupContinue, GroupReturn> node;
};

/// Where a variable lives that is not a region's own.
struct Kept {
  std::uint64_t offset = 0;   ///< Bytes before it in one item's kept variables.
  bool is_addressed = false;  ///< Used in place: its address is remembered, or it is large.
};

struct Plan {
  PhaseList phases;
  std::vector<const model::Variable*> group_variables;  ///< One value for the group.
  std::map<const model::Variable*, Kept> kept;          ///< One value per item, kept across barriers.
  std::set<const model::Variable*> used_flags;
  std::uint64_t item_bytes = 0;  ///< Of all kept variables and used flags.
};

/// The plan of a flattened body that keeps the rules of control flow, for groups of the size that `use` says.
[[nodiscard]] std::shared_ptr<const Plan> make_plan(model::Model& model,
                                                    const std::vector<const model::Variable*>& parameters,
                                                    const model::Statement& body, const Uniformity& uniformity,
                                                    const model::GroupUse& use);

}  // namespace kernelc::groups
