#include "lower/unroll_rotations.hpp"

#include <algorithm>

#include <llvm/ADT/STLExtras.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Support/MathExtras.h>
#include <llvm/Transforms/Utils/LoopUtils.h>

namespace kernelc {

namespace {

/// How many values of a loop become another one of its values in the next round.
unsigned moved_values(const llvm::Loop& loop) {
  const llvm::BasicBlock& header = *loop.getHeader();
  return static_cast<unsigned>(llvm::count_if(header.phis(), [&](const llvm::PHINode& phi) {
    const auto* next = llvm::dyn_cast<llvm::PHINode>(phi.getIncomingValueForBlock(loop.getLoopLatch()));
    return next != nullptr && next != &phi && next->getParent() == &header;
  }));
}

}  // namespace

llvm::PreservedAnalyses UnrollRotations::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  constexpr unsigned least_moved = 3;
  constexpr unsigned most_rounds = 8;
  constexpr std::size_t most_instructions = 1000;  // of the rounds that are written out
  const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
  auto& evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
  for (llvm::Loop* loop : loops.getLoopsInPreorder()) {
    if (!loop->isInnermost() || loop->getLoopLatch() == nullptr) continue;
    const unsigned moved = moved_values(*loop);
    if (moved < least_moved) continue;
    const unsigned rounds = static_cast<unsigned>(std::min<std::uint64_t>(most_rounds, llvm::PowerOf2Ceil(moved + 1)));
    std::size_t size = 0;
    for (const llvm::BasicBlock* block : loop->blocks()) size += block->size();
    if (size * rounds > most_instructions || evolution.getSmallConstantTripMultiple(loop) % rounds != 0) continue;
    llvm::addStringMetadataToLoop(loop, "llvm.loop.unroll.count", rounds);
  }
  return llvm::PreservedAnalyses::all();
}

}  // namespace kernelc
