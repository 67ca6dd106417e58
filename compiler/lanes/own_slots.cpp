#include <optional>
#include <set>

#include <llvm/IR/DataLayout.h>
#include <llvm/IR/IntrinsicInst.h>

#include "lanes/item_loop.hpp"

namespace kernelc::lanes {

namespace {

/// Elements that vectors are made of.
bool is_element_size(std::uint64_t bytes) { return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8; }

/// Goes through everything that may point into a slot.
class SlotUses {
 public:
  explicit SlotUses(const ItemLoop& items) : items_(items) {}

  bool is_written_inside = false;
  bool is_used_outside = false;
  bool has_escaped = false;  ///< Inside, to where it cannot be followed.

  /// Of every access, if all have one and keep to whole elements; 0 otherwise.
  [[nodiscard]] std::uint64_t element(const llvm::AllocaInst& slot) const {
    if (has_other_uses_ || !is_element_size(element_)) return 0;
    const auto is_whole = [this](std::uint64_t bytes) { return bytes % element_ == 0; };
    const std::uint64_t size = slot.getDataLayout().getTypeAllocSize(slot.getAllocatedType());
    return is_whole(size) && llvm::all_of(steps_, is_whole) ? element_ : 0;
  }

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
    look_at_elements(pointer, user);
    // Outside, an address too is of the one slot, and not of each lane's own.
    is_used_outside = is_used_outside || !is_inside;
    if (llvm::isa<llvm::LoadInst>(user)) return;
    if (store != nullptr && store->getValueOperand() != &pointer) {
      is_written_inside = is_written_inside || is_inside;
    } else if (llvm::isa<llvm::GetElementPtrInst>(user) || llvm::isa<llvm::PHINode>(user) ||
               llvm::isa<llvm::SelectInst>(user) || llvm::isa<llvm::FreezeInst>(user)) {
      follow(user);
    } else if (!llvm::isa<llvm::ICmpInst>(user) && !is_for_distance(user)) {
      has_escaped = has_escaped || is_inside;
    }
  }

  /// How far apart two pointers are is the same wherever the slot lies.
  static bool is_for_distance(const llvm::Instruction& user) {
    return llvm::isa<llvm::PtrToIntInst>(user) && llvm::all_of(user.users(), [](const llvm::User* each) {
             const auto* operation = llvm::dyn_cast<llvm::BinaryOperator>(each);
             return operation != nullptr && operation->getOpcode() == llvm::Instruction::Sub;
           });
  }

  /// What the use says about elements.
  void look_at_elements(const llvm::Value& pointer, const llvm::Instruction& user) {
    if (const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&user)) {
      const Offset offset = offset_of(*address);
      steps_.insert(offset.constant.getZExtValue());
      for (const auto& [index, step] : offset.steps) steps_.insert(step.getZExtValue());
      return;
    }
    if (llvm::getLoadStorePointerOperand(&user) != &pointer) {
      has_other_uses_ = true;
      return;
    }
    llvm::Type* type = llvm::getLoadStoreType(const_cast<llvm::Instruction*>(&user));
    const std::uint64_t size = user.getDataLayout().getTypeStoreSize(type).getFixedValue();
    const bool is_plain = type->isIntegerTy() || type->isFloatingPointTy() || type->isPointerTy();
    has_other_uses_ = has_other_uses_ || !is_plain || (element_ != 0 && element_ != size);
    element_ = size;
  }

  const ItemLoop& items_;
  std::set<const llvm::Instruction*> seen_;
  std::set<std::uint64_t> steps_;  ///< Of addresses, in bytes.
  std::uint64_t element_ = 0;
  bool has_other_uses_ = false;
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
    own[slot] = uses.element(*slot);
  }
  return own;
}

}  // namespace kernelc::lanes
