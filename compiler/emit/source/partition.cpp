#include "emit/source/partition.hpp"

namespace kernelc::source {

Slot Partition::add(const SpaceFacts& facts) {
  parents_.push_back(static_cast<Slot>(parents_.size()));
  facts_.push_back(facts);
  return parents_.back();
}

Slot Partition::find(Slot slot) {
  while (parents_[slot] != slot) slot = parents_[slot] = parents_[parents_[slot]];
  return slot;
}

void Partition::unify(Slot left, Slot right) {
  left = find(left);
  right = find(right);
  if (left == right) return;
  SpaceFacts& kept = facts_[left];
  const SpaceFacts& other = facts_[right];
  if (kept.space && other.space && *kept.space != *other.space) throw SpacesDiffer{kept, other};
  if (!kept.space) kept.space = other.space;
  kept.is_walked = kept.is_walked || other.is_walked;
  if (kept.name == nullptr || (other.name != nullptr && other.order > kept.order)) {
    kept.name = other.name;
    kept.order = other.order;
  }
  parents_[right] = left;
}

void Partition::restrict_to(Slot slot, Space space) {
  SpaceFacts& facts = facts_[find(slot)];
  if (facts.space && *facts.space != space) throw SpacesDiffer{facts, SpaceFacts{.space = space}};
  facts.space = space;
}

}  // namespace kernelc::source
