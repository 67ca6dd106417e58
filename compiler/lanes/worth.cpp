#include "lanes/worth.hpp"

#include <llvm/Analysis/ScalarEvolutionExpressions.h>

namespace kernelc::lanes {

namespace {

/// Adding floating-point numbers up in another order changes the sum, so that only one after the other will do.
bool has_recurrence(const llvm::Loop& loop, const Shapes& shapes) {
  return llvm::any_of(loop.getHeader()->phis(), [&](const llvm::PHINode& phi) {
    return phi.getType()->isFloatingPointTy() && shapes.of(&phi).is_varying();
  });
}

struct Accesses {
  unsigned along_items = 0;  // the same or the next element for the next item
  unsigned along_loop = 0;   // the next element for the next round
};

Accesses accesses_of(const llvm::Loop& loop, const Shapes& shapes, llvm::ScalarEvolution& evolution) {
  Accesses accesses;
  const llvm::DataLayout& layout = loop.getHeader()->getDataLayout();
  for (llvm::BasicBlock* block : loop.blocks()) {
    for (llvm::Instruction& instruction : *block) {
      llvm::Value* pointer = llvm::getLoadStorePointerOperand(&instruction);
      if (pointer == nullptr) continue;
      const auto size =
          static_cast<std::int64_t>(layout.getTypeAllocSize(llvm::getLoadStoreType(&instruction)).getFixedValue());
      const Shape shape = shapes.of(pointer);
      if (!shape.is_varying() && (shape.stride() == size || shape.is_uniform())) {
        ++accesses.along_items;
        continue;
      }
      const auto* place = llvm::dyn_cast<llvm::SCEVAddRecExpr>(evolution.getSCEV(pointer));
      if (place == nullptr || place->getLoop() != &loop) continue;
      const auto* step = llvm::dyn_cast<llvm::SCEVConstant>(place->getStepRecurrence(evolution));
      if (step != nullptr && step->getAPInt().getSExtValue() == size) ++accesses.along_loop;
    }
  }
  return accesses;
}

}  // namespace

bool has_inner_loops(const ItemLoop& items) { return !items.loop->getSubLoops().empty(); }

bool is_better_along_inner_loop(const ItemLoop& items, const Shapes& shapes, llvm::ScalarEvolution& evolution) {
  for (const llvm::Loop* loop : items.loop->getLoopsInPreorder()) {
    if (loop == items.loop || !loop->isInnermost() || shapes.is_left_one_by_one(loop)) continue;
    if (has_recurrence(*loop, shapes)) continue;
    const Accesses accesses = accesses_of(*loop, shapes, evolution);
    if (accesses.along_loop > accesses.along_items) return true;
  }
  return false;
}

}  // namespace kernelc::lanes
