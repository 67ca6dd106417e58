#include "lanes/lanes.hpp"

#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/LCSSA.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>
#include <llvm/Transforms/Utils/LowerSwitch.h>
#include <llvm/Transforms/Utils/UnifyLoopExits.h>

#include "lanes/item_loop.hpp"
#include "lanes/lane_writer.hpp"
#include "lanes/shapes.hpp"
#include "lanes/streams.hpp"
#include "lanes/worth.hpp"

namespace kernelc::lanes {

namespace {

/// Loops with a preheader, one latch and one exit block of their own, whose values leave through phis; no switches.
void normalise(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::LowerSwitchPass());
  passes.addPass(llvm::LoopSimplifyPass());
  passes.addPass(llvm::UnifyLoopExitsPass());
  passes.addPass(llvm::LoopSimplifyPass());
  passes.addPass(llvm::LCSSAPass());
  analyses.invalidate(function, passes.run(function, analyses));
}

bool is_normal(const llvm::Loop& loop) {
  if (loop.getLoopPreheader() == nullptr || loop.getLoopLatch() == nullptr) return false;
  if (loop.getUniqueExitBlock() == nullptr || !loop.hasDedicatedExits()) return false;
  return llvm::all_of(loop.getSubLoops(), [](const llvm::Loop* inner) { return is_normal(*inner); });
}

/// Aggregates travel only where all lanes have the same.
bool has_lane_values(const ItemLoop& items, const Shapes& shapes) {
  for (const llvm::BasicBlock* block : items.loop->blocks()) {
    for (const llvm::Instruction& instruction : *block) {
      if (shapes.of(&instruction).is_varying() && !is_lane_value(instruction.getType())) return false;
    }
  }
  return true;
}

/// Whether an item may go round until another one has done something. Lanes that wait keep the others waiting, too.
bool may_wait_for_others(const ItemLoop& items, const Shapes& shapes) {
  const auto tells_of_others = [](const llvm::Instruction& each) { return each.isAtomic() && !each.use_empty(); };
  for (const llvm::Loop* loop : items.loop->getLoopsInPreorder()) {
    if (loop == items.loop || !shapes.is_left_one_by_one(loop)) continue;
    for (const llvm::BasicBlock* block : loop->blocks()) {
      if (llvm::any_of(*block, tells_of_others)) return true;
    }
  }
  return false;
}

/// The machine's vectors.
struct Vectors {
  unsigned lanes = 0;  ///< In one of the numbers that kernels have most of.
  unsigned registers = 0;
  bool has_masked_accesses = false;
};

Vectors vectors_of(const llvm::TargetTransformInfo& machine, llvm::LLVMContext& context) {
  llvm::Type* number = llvm::Type::getFloatTy(context);
  const llvm::Align align(sizeof(float));
  const auto bits = machine.getRegisterBitWidth(llvm::TargetTransformInfo::RGK_FixedWidthVector).getFixedValue();
  return {.lanes = static_cast<unsigned>(bits / number->getPrimitiveSizeInBits()),
          .registers = machine.getNumberOfRegisters(machine.getRegisterClassForType(true, number)),
          .has_masked_accesses = machine.isLegalMaskedLoad(number, align) && machine.isLegalMaskedStore(number, align)};
}

bool vectorise(llvm::Instruction& latch, llvm::FunctionAnalysisManager& analyses) {
  llvm::Function& function = *latch.getFunction();
  const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
  const std::optional<ItemLoop> items = item_loop(latch, loops);
  if (!items || !has_lanes(*items)) return false;
  const bool streams = has_streams(*items);
  if (!streams && !may_pay(*items)) return false;
  if (!llvm::all_of(items->loop->getSubLoops(), [](const llvm::Loop* inner) { return is_normal(*inner); }))
    return false;
  const auto own = own_slots(*items);
  if (!own) return false;
  const auto& dominators = analyses.getResult<llvm::DominatorTreeAnalysis>(function);
  const Shapes shapes(Shapes::Begin::all, *items, loops, dominators, *own);
  if (!has_lane_values(*items, shapes) || may_wait_for_others(*items, shapes)) return false;
  const auto& machine = analyses.getResult<llvm::TargetIRAnalysis>(function);
  const Vectors vectors = vectors_of(machine, function.getContext());
  auto& evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
  if (!streams && !do_pay(*items, shapes, vectors.lanes, machine, evolution)) return false;
  const bool is_masked = vectors.has_masked_accesses && items->after->phis().empty();
  std::optional<Shapes> rest_shapes;
  if (is_masked) rest_shapes.emplace(Shapes::Begin::some, *items, loops, dominators, *own);
  items->before->getTerminator()->eraseFromParent();
  unsigned lanes = vectors.lanes;
  if (streams) {
    lanes = lanes_of_line(*items);
  } else if (is_masked) {
    lanes *= vectors_side_by_side(*items, shapes, vectors.lanes, vectors.registers);
  }
  const LaneWriter::Place rest =
      LaneWriter(*items, loops, shapes, *own, lanes).write_whole({items->before, items->begin});
  if (is_masked) {
    LaneWriter(*items, loops, *rest_shapes, *own, vectors.lanes).write_masked(rest, items->after);
  } else {
    if (streams) stream_no_more(*items);
    llvm::BranchInst::Create(items->header, rest.block);
    items->id->setIncomingValueForBlock(items->before, rest.id);
    items->id->replaceIncomingBlockWith(items->before, rest.block);
  }
  llvm::EliminateUnreachableBlocks(function);
  analyses.invalidate(function, llvm::PreservedAnalyses::none());
  return true;
}

}  // namespace

void vectorise_items(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
  const bool is_worth_a_look = llvm::any_of(item_latches(function), [&](llvm::Instruction* latch) {
    const std::optional<ItemLoop> items = item_loop(*latch, loops);
    return items && has_lanes(*items) && (may_pay(*items) || has_streams(*items));
  });
  if (!is_worth_a_look) return;
  normalise(function, analyses);
  bool has_changed = false;
  for (llvm::Instruction* latch : item_latches(function)) has_changed = vectorise(*latch, analyses) || has_changed;
  if (!has_changed) return;
  llvm::SROAPass(llvm::SROAOptions::ModifyCFG).run(function, analyses);
  analyses.invalidate(function, llvm::PreservedAnalyses::none());
}

}  // namespace kernelc::lanes
