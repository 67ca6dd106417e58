#include "lanes/worth.hpp"

#include <algorithm>
#include <set>

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

/// Vectors that a loop's values need all the time, those that the lanes carry from round to round or bring along.
unsigned vectors_in(const llvm::Loop& loop, const Shapes& shapes) {
  static constexpr unsigned usual_bits = 32;
  const auto vectors_of = [](const llvm::Value& value) {
    const unsigned bits = value.getType()->isPointerTy() ? 64 : value.getType()->getScalarSizeInBits();
    return std::max(bits, usual_bits) / usual_bits;
  };
  unsigned count = 0;
  std::set<const llvm::Value*> seen;
  for (const llvm::BasicBlock* block : loop.blocks()) {
    for (const llvm::Instruction& instruction : *block) {
      const bool is_carried = block == loop.getHeader() && llvm::isa<llvm::PHINode>(instruction);
      if (is_carried && shapes.of(&instruction).is_varying()) count += vectors_of(instruction);
      for (const llvm::Value* operand : instruction.operand_values()) {
        const auto* from = llvm::dyn_cast<llvm::Instruction>(operand);
        if (from == nullptr || loop.contains(from) || !shapes.of(from).is_varying()) continue;
        if (seen.insert(from).second) count += vectors_of(*from);
      }
    }
  }
  return shapes.is_left_one_by_one(&loop) ? count + 1 : count;  // the mask
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

unsigned vectors_side_by_side(const ItemLoop& items, const Shapes& shapes, unsigned registers) {
  constexpr unsigned for_the_moment = 2;
  constexpr unsigned most = 4;
  unsigned vectors = most;
  for (const llvm::Loop* loop : items.loop->getLoopsInPreorder()) {
    if (loop == items.loop || !loop->isInnermost()) continue;
    while (vectors > 1 && (vectors_in(*loop, shapes) + for_the_moment) * vectors > registers) vectors /= 2;
  }
  return vectors;
}

}  // namespace kernelc::lanes
