#include "lanes/row_conditions.hpp"

#include <optional>

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/IRBuilder.h>

#include "lanes/item_loop.hpp"

namespace kernelc::lanes {

namespace {

/// Each one doubles a loop, though mostly one of the two does next to nothing.
constexpr unsigned most_conditions = 8;
constexpr std::size_t most_instructions = 200;

/// A condition on which items go this way or that and that is the same for all of them, computed before the loop; null
/// if there is none.
llvm::Value* fixed_condition(const ItemLoop& items) {
  std::size_t size = 0;
  for (const llvm::BasicBlock* block : items.loop->blocks()) size += block->size();
  if (!items.loop->isInnermost() || size > most_instructions) return nullptr;
  for (llvm::BasicBlock* block : items.loop->blocks()) {
    const auto* branch = llvm::dyn_cast<llvm::BranchInst>(block->getTerminator());
    if (block == items.header || branch == nullptr || !branch->isConditional()) continue;
    llvm::Value* condition = branch->getCondition();
    if (!llvm::isa<llvm::Constant>(condition) && is_fixed(items, condition)) return condition;
  }
  return nullptr;
}

/// A loop for when the condition holds, and a copy for when it does not.
void ask_before(const ItemLoop& items, llvm::Value* condition) {
  llvm::SmallPtrSet<const llvm::User*, 8> known;
  for (const llvm::User* user : condition->users()) known.insert(user);
  const ItemLoop otherwise = copy_of(items);
  llvm::IRBuilder<> builder(items.before->getTerminator());
  for (llvm::Use& use : llvm::make_early_inc_range(condition->uses())) {
    if (!known.contains(use.getUser())) {
      use.set(builder.getFalse());
    } else if (items.loop->contains(llvm::cast<llvm::Instruction>(use.getUser()))) {
      use.set(builder.getTrue());
    }
  }
  // Where no item comes by it may be anything.
  llvm::BasicBlock* before = new_block_before(items);
  builder.CreateCondBr(builder.CreateFreeze(condition), before, otherwise.before);
  items.before->getTerminator()->eraseFromParent();
  items.id->replaceIncomingBlockWith(items.before, before);
}

bool ask_one_before(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
  for (llvm::Instruction* latch : item_latches(function)) {
    const std::optional<ItemLoop> items = item_loop(*latch, loops);
    if (!items || !items->after->phis().empty()) continue;
    llvm::Value* condition = fixed_condition(*items);
    if (condition == nullptr) continue;
    ask_before(*items, condition);
    analyses.invalidate(function, llvm::PreservedAnalyses::none());
    tidy(function, analyses);
    return true;
  }
  return false;
}

}  // namespace

void ask_before_rows(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  if (item_latches(function).empty()) return;
  tidy(function, analyses);
  for (unsigned count = 0; count < most_conditions && ask_one_before(function, analyses); ++count) {
  }
}

}  // namespace kernelc::lanes
