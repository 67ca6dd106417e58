#pragma once

/// Which pointers point to the same memory: a partition of slots, each class with what is known of it. Union-find after
/// Tarjan (1975), "Efficiency of a good but not linear set union algorithm".

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "emit/source/address_spaces.hpp"

namespace kernelc::source {

/// A pointer whose space is to be found; an index.
using Slot = std::uint32_t;
using Slots = std::vector<Slot>;

/// What is known of a class.
struct SpaceFacts {
  std::optional<Space> space;
  bool is_walked = false;                 ///< More than the object it was made from is reached through it.
  const model::Variable* name = nullptr;  ///< A variable that is in it, for messages; the one declared last.
  std::uint32_t order = 0;                ///< Of the variable's declaration.
};

/// Thrown where a class would have two spaces.
struct SpacesDiffer {
  SpaceFacts left;
  SpaceFacts right;
};

class Partition {
 public:
  Slot add(const SpaceFacts& facts = {});

  /// Throws SpacesDiffer; the partition is then as it was.
  void unify(Slot left, Slot right);

  /// Throws SpacesDiffer.
  void restrict_to(Slot slot, Space space);

  void mark_walked(Slot slot) { facts_[find(slot)].is_walked = true; }

  [[nodiscard]] const SpaceFacts& facts(Slot slot) { return facts_[find(slot)]; }

  /// The slot that stands for the class.
  [[nodiscard]] Slot find(Slot slot);

 private:
  std::vector<Slot> parents_;
  std::vector<SpaceFacts> facts_;  // of the slots that stand for their class
};

}  // namespace kernelc::source
