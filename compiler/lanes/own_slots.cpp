#include <optional>
#include <set>

#include <llvm/IR/GetElementPtrTypeIterator.h>
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
    const llvm::DataLayout& layout = slot.getDataLayout();
    const bool is_whole = element_ != 0 && layout.getTypeAllocSize(slot.getAllocatedType()) % element_ == 0;
    const bool has_steps = llvm::all_of(steps_, [this](std::uint64_t step) { return step % element_ == 0; });
    return is_whole && has_steps && is_element_size(element_) && !has_other_uses_ ? element_ : 0;
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
    if (llvm::isa<llvm::LoadInst>(user)) {
      is_used_outside = is_used_outside || !is_inside;
    } else if (store != nullptr && store->getValueOperand() != &pointer) {
      (is_inside ? is_written_inside : is_used_outside) = true;
    } else if (llvm::isa<llvm::GetElementPtrInst>(user) || llvm::isa<llvm::PHINode>(user) ||
               llvm::isa<llvm::SelectInst>(user) || llvm::isa<llvm::FreezeInst>(user)) {
      follow(user);
    } else if (!llvm::isa<llvm::ICmpInst>(user) && !is_for_distance(user)) {
      (is_inside ? has_escaped : is_used_outside) = true;
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
    const llvm::DataLayout& layout = user.getDataLayout();
    if (const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&user)) {
      for (auto index = llvm::gep_type_begin(address), end = llvm::gep_type_end(address); index != end; ++index) {
        if (const llvm::StructType* type = index.getStructTypeOrNull()) {
          const auto* field = llvm::cast<llvm::ConstantInt>(index.getOperand());
          const llvm::StructLayout* fields = layout.getStructLayout(const_cast<llvm::StructType*>(type));
          steps_.insert(fields->getElementOffset(static_cast<unsigned>(field->getZExtValue())));
        } else if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(index.getOperand())) {
          steps_.insert(index.getSequentialElementStride(layout) * constant->getZExtValue());
        } else {
          steps_.insert(index.getSequentialElementStride(layout));
        }
      }
      return;
    }
    if (llvm::getLoadStorePointerOperand(&user) != &pointer) {
      has_other_uses_ = true;
      return;
    }
    llvm::Type* type = llvm::getLoadStoreType(const_cast<llvm::Instruction*>(&user));
    const std::uint64_t size = layout.getTypeStoreSize(type).getFixedValue();
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
