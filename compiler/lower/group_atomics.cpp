#include "lower/group_atomics.hpp"

#include <algorithm>
#include <vector>

#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/LowerAtomic.h>

namespace kernelc {

namespace {

const llvm::Value* object_of(const llvm::Instruction& atomic) {
  if (const auto* change = llvm::dyn_cast<llvm::AtomicRMWInst>(&atomic)) return change->getPointerOperand();
  if (const auto* exchange = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&atomic)) return exchange->getPointerOperand();
  return llvm::getLoadStorePointerOperand(&atomic);
}

bool is_group_memory(const llvm::Value* pointer) {
  llvm::SmallVector<const llvm::Value*, 4> objects;
  llvm::getUnderlyingObjects(pointer, objects, nullptr, 0);
  return std::all_of(objects.begin(), objects.end(), [](const llvm::Value* object) {
    const auto* load = llvm::dyn_cast<llvm::LoadInst>(object);
    return load != nullptr && load->hasMetadata(group_memory_mark);
  });
}

void make_plain(llvm::Instruction& atomic) {
  if (auto* change = llvm::dyn_cast<llvm::AtomicRMWInst>(&atomic)) {
    llvm::lowerAtomicRMWInst(change);
  } else if (auto* exchange = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&atomic)) {
    llvm::lowerAtomicCmpXchgInst(exchange);
  } else if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&atomic)) {
    load->setAtomic(llvm::AtomicOrdering::NotAtomic);
  } else {
    llvm::cast<llvm::StoreInst>(atomic).setAtomic(llvm::AtomicOrdering::NotAtomic);
  }
}

}  // namespace

void mark_group_atomics(llvm::Function& function) {
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    const llvm::Value* object = instruction.isAtomic() ? object_of(instruction) : nullptr;
    if (object == nullptr || !is_group_memory(object)) continue;
    instruction.setMetadata(group_memory_mark, llvm::MDNode::get(function.getContext(), {}));
  }
}

void lower_group_atomics(llvm::Function& function) {
  std::vector<llvm::Instruction*> found;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (instruction.isAtomic() && instruction.hasMetadata(group_memory_mark)) found.push_back(&instruction);
  }
  for (llvm::Instruction* atomic : found) make_plain(*atomic);
}

}  // namespace kernelc
