#include "lower/hoist_divisions.hpp"

#include <vector>

#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/LoopIterator.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstrTypes.h>

#include "lower/lower.hpp"

namespace kernelc {

namespace {

using llvm::BinaryOperator;
using llvm::Instruction;

/// In program order, so that one that needs another one comes after it.
std::vector<BinaryOperator*> divisions_in(llvm::Loop& loop, const llvm::LoopInfo& loops) {
  llvm::LoopBlocksRPO order(&loop);
  order.perform(&loops);
  std::vector<BinaryOperator*> found;
  for (llvm::BasicBlock* block : order) {
    for (Instruction& instruction : *block) {
      auto* division = llvm::dyn_cast<BinaryOperator>(&instruction);
      if (division != nullptr && division->isIntDivRem()) found.push_back(division);
    }
  }
  return found;
}

bool hoist(BinaryOperator& division, const llvm::Loop& loop, Instruction& place) {
  bool has_moved = false;
  const bool is_fixed = loop.makeLoopInvariant(division.getOperand(0), has_moved, &place) &&
                        loop.makeLoopInvariant(division.getOperand(1), has_moved, &place);
  if (!is_fixed) return has_moved;
  division.moveBefore(&place);
  // What divides a value that is never computed may be anything.
  llvm::IRBuilder<> builder(&division);
  division.setOperand(1, builder.CreateFreeze(division.getOperand(1)));
  division.dropPoisonGeneratingFlags();
  contain_division(division);
  return true;
}

}  // namespace

llvm::PreservedAnalyses HoistDivisions::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
  bool has_changed = false;
  // Inner loops first: what leaves one may leave the next.
  llvm::SmallVector<llvm::Loop*, 8> all = loops.getLoopsInPreorder();
  for (auto loop = all.rbegin(); loop != all.rend(); ++loop) {
    llvm::BasicBlock* before = (*loop)->getLoopPreheader();
    if (before == nullptr) continue;
    Instruction& place = *before->getTerminator();
    for (BinaryOperator* division : divisions_in(**loop, loops)) {
      has_changed = hoist(*division, **loop, place) || has_changed;
    }
  }
  if (!has_changed) return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses kept;
  kept.preserveSet<llvm::CFGAnalyses>();
  return kept;
}

}  // namespace kernelc
