#include "emit/source/pointer_slots.hpp"

#include <algorithm>

namespace kernelc::source {

namespace {

// Structs of pointers to structs of pointers double the number with each level; nobody means to write this many.
constexpr std::size_t most_slots = 4096;

}  // namespace

std::size_t PointerSlots::count(const model::Type& type) {
  switch (type.kind) {
    case model::TypeKind::nothing:
    case model::TypeKind::scalar: return 0;
    case model::TypeKind::array: return count(*type.element);
    case model::TypeKind::pointer:
    case model::TypeKind::span: return 1 + count(*type.element);
    case model::TypeKind::structure: break;
  }
  if (const auto known = structs_.find(&type); known != structs_.end()) return known->second;
  if (std::find(active_.begin(), active_.end(), &type) != active_.end()) throw EndlessType{&type};
  active_.push_back(&type);
  const std::size_t slots = before(type, static_cast<std::uint32_t>(type.structure->fields.size()));
  active_.pop_back();
  if (slots > most_slots) throw EndlessType{&type};
  return structs_[&type] = slots;
}

std::size_t PointerSlots::before(const model::Type& structure, std::uint32_t field) {
  std::size_t slots = 0;
  for (std::uint32_t i = 0; i < field; ++i) slots += count(*structure.structure->fields[i].type);
  return slots;
}

}  // namespace kernelc::source
