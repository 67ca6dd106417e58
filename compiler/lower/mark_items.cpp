#include "lower/mark_items.hpp"

#include <algorithm>
#include <set>

#include <llvm/Analysis/AliasAnalysis.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>

#include "lanes/item_loop.hpp"

namespace kernelc {

namespace {

using llvm::Instruction;

/// Whether an access through `pointer` reaches only memory that all items share: none of the item's own slots.
bool is_shared(const llvm::Value* pointer) {
  llvm::SmallVector<const llvm::Value*, 4> objects;
  llvm::getUnderlyingObjects(pointer, objects, nullptr, 0);
  for (const llvm::Value* object : objects) {
    // A pointer that was loaded from the argument block is a span's; anything else might be the item's own.
    const auto* load = llvm::dyn_cast<llvm::LoadInst>(object);
    if (load == nullptr) return false;
    if (!llvm::isa<llvm::Argument>(llvm::getUnderlyingObject(load->getPointerOperand(), 0))) return false;
  }
  return !objects.empty();
}

/// The order of one item's own accesses. LLVM's vectoriser moves accesses with a gap between items (the fields of
/// structs) next to each other, past what lies between them; of a loop that is marked as parallel it believes that
/// nothing there can be the same memory. Between items that is so, but not within one.
class ItemOrder {
 public:
  ItemOrder(llvm::Loop& items, llvm::LoopInfo& loops, llvm::ScalarEvolution& evolution, llvm::AAResults& aliases)
      : items_(items), loops_(loops), evolution_(evolution), aliases_(aliases) {}

  /// Whether moving any of the accesses, which are in program order, could change what an item reads or leaves behind.
  bool matters(const std::vector<Instruction*>& accesses) {
    for (std::size_t i = 0; i < accesses.size(); ++i) {
      if (!has_gaps(*accesses[i])) continue;
      for (std::size_t k = 0; k < accesses.size(); ++k) {
        Instruction& first = *accesses[std::min(i, k)];
        Instruction& second = *accesses[std::max(i, k)];
        // Loads move up and stores move down: only what follows a store can be overtaken.
        if (i != k && (llvm::isa<llvm::StoreInst>(first) || share_inner_loop(first, second)) &&
            conflict(first, second)) {
          return true;
        }
      }
    }
    return false;
  }

 private:
  bool has_gaps(Instruction& access) {
    const auto* place =
        llvm::dyn_cast<llvm::SCEVAddRecExpr>(evolution_.getSCEV(llvm::getLoadStorePointerOperand(&access)));
    // Inside an inner loop, which may yet be unrolled, anything may get a gap.
    if (place == nullptr || place->getLoop() != &items_) return loops_.getLoopFor(access.getParent()) != &items_;
    const auto* step = llvm::dyn_cast<llvm::SCEVConstant>(place->getStepRecurrence(evolution_));
    const std::uint64_t size = access.getModule()->getDataLayout().getTypeStoreSize(llvm::getLoadStoreType(&access));
    return step != nullptr && step->getAPInt().abs().ugt(size);
  }

  bool share_inner_loop(const Instruction& first, const Instruction& second) {
    const llvm::Loop* inner = loops_.getLoopFor(first.getParent());
    for (; inner != nullptr && inner != &items_; inner = inner->getParentLoop()) {
      if (inner->contains(&second)) return true;
    }
    return false;
  }

  bool conflict(Instruction& first, Instruction& second) {
    if (llvm::isa<llvm::LoadInst>(first) && llvm::isa<llvm::LoadInst>(second)) return false;
    if (share_inner_loop(first, second)) return true;
    return !aliases_.isNoAlias(llvm::MemoryLocation::get(&first), llvm::MemoryLocation::get(&second));
  }

  llvm::Loop& items_;
  llvm::LoopInfo& loops_;
  llvm::ScalarEvolution& evolution_;
  llvm::AAResults& aliases_;
};

/// The blocks of a loop, each after those that lead to it, and what follows an inner loop after the loop's blocks.
std::vector<llvm::BasicBlock*> in_program_order(const llvm::Loop& items, const llvm::LoopInfo& loops) {
  std::vector<llvm::BasicBlock*> order;
  std::set<llvm::BasicBlock*> seen;
  const auto visit = [&](const auto& self, llvm::BasicBlock* block) -> void {
    if (!items.contains(block) || !seen.insert(block).second) return;
    const llvm::Loop* inner = loops.getLoopFor(block);
    // What is visited first comes last.
    for (const bool leaves : {true, false}) {
      for (llvm::BasicBlock* next : llvm::successors(block)) {
        if (inner->contains(next) != leaves) self(self, next);
      }
    }
    order.push_back(block);
  };
  visit(visit, items.getHeader());
  std::reverse(order.begin(), order.end());
  return order;
}

void mark_loop(llvm::Function& function, Instruction& latch, llvm::FunctionAnalysisManager& analyses) {
  latch.setMetadata(lanes::items_mark, nullptr);
  llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
  llvm::Loop* items = loops.getLoopFor(latch.getParent());
  if (items == nullptr) return;
  std::vector<Instruction*> accesses;
  for (llvm::BasicBlock* block : in_program_order(*items, loops)) {
    for (Instruction& instruction : *block) {
      // Other items may change its object too: these items are not independent.
      if (instruction.isAtomic()) return;
      const llvm::Value* pointer = llvm::getLoadStorePointerOperand(&instruction);
      if (pointer != nullptr && is_shared(pointer)) accesses.push_back(&instruction);
    }
  }
  ItemOrder order(*items, loops, analyses.getResult<llvm::ScalarEvolutionAnalysis>(function),
                  analyses.getResult<llvm::AAManager>(function));
  if (order.matters(accesses)) return;

  llvm::LLVMContext& context = function.getContext();
  llvm::MDNode* group = llvm::MDNode::getDistinct(context, {});
  for (Instruction* access : accesses) access->setMetadata(llvm::LLVMContext::MD_access_group, group);
  llvm::Metadata* parallel[] = {llvm::MDString::get(context, "llvm.loop.parallel_accesses"), group};
  llvm::SmallVector<llvm::Metadata*, 4> hints{nullptr, llvm::MDNode::get(context, parallel)};
  if (const llvm::MDNode* before = latch.getMetadata(llvm::LLVMContext::MD_loop)) {
    hints.append(std::next(before->op_begin()), before->op_end());
  }
  llvm::MDNode* loop = llvm::MDNode::getDistinct(context, hints);
  loop->replaceOperandWith(0, loop);
  latch.setMetadata(llvm::LLVMContext::MD_loop, loop);
}

}  // namespace

void mark_items(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  for (Instruction* latch : lanes::item_latches(function)) mark_loop(function, *latch, analyses);
}

}  // namespace kernelc
