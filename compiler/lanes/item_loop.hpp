#pragma once

/// A loop over items as the lanes need it.

#include <optional>
#include <vector>

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Instructions.h>

namespace kernelc::lanes {

/// `for (id = begin; id < end; ++id) body`, with the test in the header and nothing carried from item to item.
struct ItemLoop {
  llvm::Loop* loop = nullptr;
  llvm::PHINode* id = nullptr;
  llvm::Value* begin = nullptr;
  llvm::Value* end = nullptr;
  llvm::Instruction* test = nullptr;   ///< id < end
  llvm::BasicBlock* before = nullptr;  ///< The preheader.
  llvm::BasicBlock* header = nullptr;
  llvm::BasicBlock* first = nullptr;  ///< Of the body.
  llvm::BasicBlock* latch = nullptr;
  llvm::BasicBlock* after = nullptr;  ///< Where all items are done.
  llvm::Instruction* next = nullptr;  ///< id + 1, in the latch.
};

/// The branches that close the loops over items of a function.
[[nodiscard]] std::vector<llvm::Instruction*> item_latches(llvm::Function& function);

/// The loop that a latch closes, if it has the form.
[[nodiscard]] std::optional<ItemLoop> item_loop(llvm::Instruction& latch, const llvm::LoopInfo& loops);

/// Whether values of the type may differ from lane to lane.
[[nodiscard]] bool is_lane_value(const llvm::Type* type);

/// Whether everything in the loop has a form for lanes, if the values that differ are of such types.
[[nodiscard]] bool has_lanes(const ItemLoop& items);

}  // namespace kernelc::lanes
