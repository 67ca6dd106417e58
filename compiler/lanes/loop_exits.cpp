#include <llvm/IR/PatternMatch.h>

#include "lanes/lane_writer.hpp"

namespace kernelc::lanes {

namespace {

using llvm::Instruction;
namespace pattern = llvm::PatternMatch;

}  // namespace

/// What all lanes of the block's loop leave it by at once, if they do.
std::optional<LaneWriter::CommonExit> LaneWriter::common_exit(Block block) const {
  const llvm::Loop* loop = loops_.getLoopFor(block);
  const auto* branch = llvm::cast<llvm::BranchInst>(block->getTerminator());
  if (loop == items_.loop || branch->isUnconditional() || !has_lanes_of_round(block)) return std::nullopt;
  const bool leaves_if = !loop->contains(branch->getSuccessor(0));
  if (leaves_if != loop->contains(branch->getSuccessor(1))) return std::nullopt;
  V test = branch->getCondition();
  if (shapes_.of(test).is_uniform()) return CommonExit{leaves_if, test, nullptr};
  // The parts of a condition that was made in an earlier block may have no slot.
  const auto* made = llvm::dyn_cast<Instruction>(test);
  if (made == nullptr || made->getParent() != block) return std::nullopt;
  V first = nullptr;
  V rest = nullptr;
  const auto first_of_both = pattern::m_LogicalAnd(pattern::m_Value(first), pattern::m_Value(rest));
  const auto first_of_any = pattern::m_LogicalOr(pattern::m_Value(first), pattern::m_Value(rest));
  const bool is_part = leaves_if ? pattern::match(test, first_of_any) : pattern::match(test, first_of_both);
  if (!is_part || !shapes_.of(first).is_uniform()) return std::nullopt;
  return CommonExit{leaves_if, first, rest};
}

/// Whether lanes leave the loop by such branches only: the loop itself, none in it.
bool LaneWriter::has_common_exits(const llvm::Loop* loop) const {
  llvm::SmallVector<llvm::BasicBlock*, 4> exiting;
  loop->getExitingBlocks(exiting);
  return llvm::all_of(exiting, [&](Block each) {
    if (loops_.getLoopFor(each) != loop) return false;
    const std::optional<CommonExit> exit = common_exit(each);
    return exit && exit->rest == nullptr;
  });
}

/// A branch it stays.
void LaneWriter::write_common_exit(Block block, const CommonExit& exit) {
  llvm::BasicBlock* leave = new_block("leave");
  llvm::BasicBlock* stay = new_block("stay");
  builder_.CreateCondBr(scalar(exit.test), exit.leaves_if ? leave : stay, exit.leaves_if ? stay : leave);
  builder_.SetInsertPoint(leave);
  const Known known = here_;
  write_edge(block, block->getTerminator()->getSuccessor(exit.leaves_if ? 0 : 1), active_);
  here_ = known;  // those that stay do not come by here
  builder_.CreateBr(ends_.at(loops_.getLoopFor(block)));
  builder_.SetInsertPoint(stay);
}

/// What lanes take with them that leave the loop in different rounds, where that is what they began their last round
/// with, whichever way they leave: it is kept for them as the loop's own value, and not put aside in each round.
void LaneWriter::find_kept(const llvm::Loop* loop) {
  const llvm::BasicBlock* exit = loop->getUniqueExitBlock();
  if (exit == nullptr || !shapes_.is_left_one_by_one(loop)) return;
  for (const llvm::PHINode& result : exit->phis()) {
    const auto* value = llvm::dyn_cast_or_null<llvm::PHINode>(result.hasConstantValue());
    if (value == nullptr || value->getParent() != loop->getHeader()) continue;
    if (shapes_.of(value).is_varying()) {
      kept_[value] = slots_.at(value);
    } else if (kept_.contains(value)) {
      // By another result.
    } else if (step_of(*value, loop) != nullptr) {
      kept_.insert({value, slot(lane_type(value->getType()), value->getName() + ".kept")});
    } else {
      continue;
    }
    kept_by_[&result] = value;
  }
}

/// By how much a number grows in each round of its loop, or null.
llvm::ConstantInt* LaneWriter::step_of(const llvm::PHINode& number, const llvm::Loop* loop) {
  const auto* next = llvm::dyn_cast<llvm::BinaryOperator>(number.getIncomingValueForBlock(loop->getLoopLatch()));
  if (next == nullptr || next->getOpcode() != Instruction::Add || next->getOperand(0) != &number) return nullptr;
  return llvm::dyn_cast<llvm::ConstantInt>(next->getOperand(1));
}

/// The numbers that grow alike for all lanes, and stay what they are for those that left.
void LaneWriter::write_kept_numbers(Block from, const llvm::Loop* loop, const Mask& mask) {
  for (const llvm::PHINode& number : loop->getHeader()->phis()) {
    const auto kept = kept_.find(&number);
    if (kept == kept_.end() || shapes_.of(&number).is_varying()) continue;
    llvm::AllocaInst* place = kept->second;
    V value = nullptr;
    if (loop->contains(from)) {
      V old = builder_.CreateLoad(place->getAllocatedType(), place);
      V step = builder_.CreateVectorSplat(lanes_, step_of(number, loop));
      if (!is_everything(mask))
        step = builder_.CreateSelect(each(mask), step, llvm::Constant::getNullValue(step->getType()));
      value = builder_.CreateAdd(old, step);
    } else {
      value = vector(number.getIncomingValueForBlock(from));
    }
    builder_.CreateStore(value, place);
  }
}

/// Behind the loop.
void LaneWriter::write_kept_results(const llvm::Loop* loop) {
  for (const llvm::PHINode& result : loop->getUniqueExitBlock()->phis()) {
    const auto kept = kept_by_.find(&result);
    if (kept == kept_by_.end()) continue;
    llvm::AllocaInst* place = kept_.at(kept->second);
    builder_.CreateStore(builder_.CreateLoad(place->getAllocatedType(), place), slots_.at(&result));
  }
}

}  // namespace kernelc::lanes
