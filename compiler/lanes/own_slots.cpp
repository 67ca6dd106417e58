#include <optional>
#include <set>

#include <llvm/IR/IntrinsicInst.h>

#include "lanes/item_loop.hpp"

namespace kernelc::lanes {

namespace {

/// Goes through everything that may point into a slot.
class SlotUses {
 public:
  explicit SlotUses(const ItemLoop& items) : items_(items) {}

  bool is_written_inside = false;
  bool is_used_outside = false;
  bool has_escaped = false;  ///< Inside, to where it cannot be followed.

  void follow(const llvm::Value& pointer) {
    for (const llvm::User* user : pointer.users()) {
      const auto& instruction = *llvm::cast<llvm::Instruction>(user);
      if (!seen_.insert(&instruction).second) continue;
      look_at(pointer, instruction);
    }
  }

 private:
  void look_at(const llvm::Value& pointer, const llvm::Instruction& user) {
    if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&user); call != nullptr && call->isLifetimeStartOrEnd())
      return;
    const bool is_inside = items_.loop->contains(&user);
    const auto* store = llvm::dyn_cast<llvm::StoreInst>(&user);
    if (llvm::isa<llvm::LoadInst>(user)) {
      is_used_outside = is_used_outside || !is_inside;
    } else if (store != nullptr && store->getValueOperand() != &pointer) {
      (is_inside ? is_written_inside : is_used_outside) = true;
    } else if (llvm::isa<llvm::GetElementPtrInst>(user) || llvm::isa<llvm::PHINode>(user) ||
               llvm::isa<llvm::SelectInst>(user) || llvm::isa<llvm::FreezeInst>(user)) {
      follow(user);
    } else if (!llvm::isa<llvm::ICmpInst>(user)) {
      (is_inside ? has_escaped : is_used_outside) = true;
    }
  }

  const ItemLoop& items_;
  std::set<const llvm::Instruction*> seen_;
};

}  // namespace

std::optional<OwnSlots> own_slots(const ItemLoop& items) {
  OwnSlots own;
  for (const llvm::Instruction& instruction : items.header->getParent()->getEntryBlock()) {
    const auto* slot = llvm::dyn_cast<llvm::AllocaInst>(&instruction);
    if (slot == nullptr) continue;
    SlotUses uses(items);
    uses.follow(*slot);
    if (uses.has_escaped) return std::nullopt;
    if (!uses.is_written_inside) continue;
    if (uses.is_used_outside || slot->isArrayAllocation()) return std::nullopt;
    own.insert(slot);
  }
  return own;
}

}  // namespace kernelc::lanes
