#pragma once

/// A loop over items as the lanes need it.

#include <cstdint>
#include <optional>
#include <vector>

#include <llvm/ADT/APInt.h>
#include <llvm/ADT/MapVector.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/PassManager.h>

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

/// The slots of the function that every item has for itself, in the order of the code, so that what is made of them
/// does not depend on where they lie in kernelc's memory; with the size in bytes of the elements by which the slots of
/// several lanes can be interleaved, as every access is to one of them: 0 if there is none.
using OwnSlots = llvm::MapVector<const llvm::AllocaInst*, std::uint64_t>;

/// Stands at the branch that closes a loop over items.
inline constexpr const char* items_mark = "dotcompute.items";

/// The branches that close the loops over items of a function.
[[nodiscard]] std::vector<llvm::Instruction*> item_latches(llvm::Function& function);

/// Takes out branches that are decided and gives loops their preheaders, between changes to the flow.
void tidy(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

/// Undoes what passes over a whole function do to the form of its loops over items. They take the step to the next id
/// from an `id + 1` in the body; and where they make a value of a variable that an item sets piece by piece, they carry
/// what the item before left in it.
void restore_item_loops(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

/// The loop that a latch closes, if it has the form.
[[nodiscard]] std::optional<ItemLoop> item_loop(llvm::Instruction& latch, const llvm::LoopInfo& loops);

/// Whether all items have the same value; it is computed before the loop then.
[[nodiscard]] bool is_fixed(const ItemLoop& items, llvm::Value* value);

/// A block of the loop's own before its header, to which nothing leads yet.
[[nodiscard]] llvm::BasicBlock* new_block_before(const ItemLoop& items);

/// A copy of the loop behind a block of its own, to which nothing leads yet, with copies of the slots that only the
/// loop uses. LLVM's analyses do not know it: its `loop` is null.
[[nodiscard]] ItemLoop copy_of(const ItemLoop& items);

/// The slots of the function that the items use as their own, or nothing if some cannot be told from the group's.
[[nodiscard]] std::optional<OwnSlots> own_slots(const ItemLoop& items);

/// Whether values of the type may differ from lane to lane.
[[nodiscard]] bool is_lane_value(const llvm::Type* type);

/// How far an address is from the pointer that it is made of, in bytes: `constant`, and `step` for each of an index.
struct Offset {
  llvm::APInt constant{64, 0};
  llvm::MapVector<llvm::Value*, llvm::APInt> steps;
};
[[nodiscard]] Offset offset_of(const llvm::GetElementPtrInst& address);

/// Whether numbers are narrower than what machines have masks and gathers for.
[[nodiscard]] bool is_narrow(const llvm::Type* type);

/// Whether everything in the loop has a form for lanes, if the values that differ are of such types.
[[nodiscard]] bool has_lanes(const ItemLoop& items);

}  // namespace kernelc::lanes
