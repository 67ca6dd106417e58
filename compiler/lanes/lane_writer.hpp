#pragma once

/// Writes the loop over vectors of items.

#include <map>
#include <optional>
#include <set>
#include <vector>

#include <llvm/ADT/MapVector.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IRBuilder.h>

#include "lanes/common_rounds.hpp"
#include "lanes/item_loop.hpp"
#include "lanes/shapes.hpp"

namespace kernelc::lanes {

/// One for each loop over items. Control flow becomes straight: each block is gone through once, in an order in which
/// it comes after all that lead to it, if any lane wants to; loops go on while any lane does. What a value is in which
/// lane is kept in slots of the function, which SROA makes registers of: a phi's slot is changed, on each edge that
/// leads to it, for the lanes that take the edge.
class LaneWriter {
 public:
  /// Where code goes on, and with which item. The block has no terminator.
  struct Place {
    llvm::BasicBlock* block;
    llvm::Value* id;
  };

  LaneWriter(const ItemLoop& items, const llvm::LoopInfo& loops, const Shapes& shapes, const OwnSlots& own,
             unsigned lanes);

  /// A loop over whole vectors of items; what is left does not fill one.
  [[nodiscard]] Place write_whole(const Place& before);
  /// A loop over all items, the last vector of which may not be full, and on to `after`. The shapes are those of
  /// vectors where some lanes have an item.
  void write_masked(const Place& before, llvm::BasicBlock* after);

 private:
  using V = llvm::Value*;
  using Block = const llvm::BasicBlock*;

  /// The lanes that are active: all or none of them by a condition, or each by its own.
  struct Mask {
    V all_or_none = nullptr;
    V each = nullptr;
  };
  /// A branch out of a loop that all of its lanes take if `test` is `leaves_if`. Where that is only what is asked
  /// first, as in `while (k < n && x[k] != y)`, the lanes that stay then go on by `rest`, which is null otherwise.
  struct CommonExit {
    bool leaves_if;
    V test;
    V rest;
  };

  /// What is known in the block that is being written.
  struct Known {
    std::map<const llvm::Value*, V> scalars;
    std::map<const llvm::Value*, V> vectors;
    std::map<const llvm::Value*, V> holds;
  };

  // lane_writer.cpp: the flow
  void make_slots();
  [[nodiscard]] Mask lanes_before_end();
  void write_level(const llvm::Loop* loop);
  void write_block(Block block);
  void write_body(Block block);
  [[nodiscard]] bool is_worth_whole(Block block) const;
  void write_whole_or_part(Block block);
  void write_inner_loop(const llvm::Loop* loop);
  void write_edges(Block block);
  void write_common_rounds(const llvm::Loop* loop);
  void write_common_test(Block header);
  void write_edge(Block from, Block to, const Mask& mask);
  void clear_masks(const llvm::Loop* loop);
  [[nodiscard]] std::vector<Block> order_of(const llvm::Loop* loop) const;
  [[nodiscard]] bool goes_round(Block block) const;
  [[nodiscard]] bool has_lanes_of_round(Block block) const;
  [[nodiscard]] bool needs_guard(Block block) const;
  [[nodiscard]] bool is_used_elsewhere(const llvm::Instruction& instruction, Block home) const;
  llvm::BasicBlock* new_block(const char* name);
  llvm::AllocaInst* slot(llvm::Type* type, const llvm::Twine& name);

  // masks.cpp
  [[nodiscard]] Mask everything();
  [[nodiscard]] static bool is_everything(const Mask& mask);
  [[nodiscard]] Mask mask_of(Block block);
  [[nodiscard]] Mask restricted(const Mask& mask, V condition, bool is_negated);
  [[nodiscard]] V any(const Mask& mask);
  [[nodiscard]] V all(const Mask& mask);
  [[nodiscard]] V each(const Mask& mask);
  void add_lanes(llvm::AllocaInst* place, const Mask& mask);
  [[nodiscard]] Mask load_mask(llvm::AllocaInst* place);

  // lane_values.cpp
  [[nodiscard]] V scalar(V value);
  [[nodiscard]] V vector(V value);
  [[nodiscard]] V steps(llvm::Type* type, std::int64_t stride) const;
  [[nodiscard]] V holds(V value);
  void write_instruction(const llvm::Instruction& instruction);
  V write_scalar(const llvm::Instruction& instruction);
  V write_vector(const llvm::Instruction& instruction);
  V write_address(const llvm::GetElementPtrInst& address);
  V write_interleaved_address(const llvm::GetElementPtrInst& address);
  V write_binary(const llvm::BinaryOperator& operation);
  V write_test(const llvm::CmpInst& test);
  V write_cast(const llvm::CastInst& cast);
  V write_call(const llvm::CallInst& call);
  llvm::SmallVector<V, 4> arguments_of(const llvm::CallInst& call);
  V write_lane_by_lane(const llvm::CallInst& call);
  V write_by_vector_function(const llvm::CallInst& call, const llvm::VFInfo& function);
  V write_load(const llvm::LoadInst& load);
  void write_store(const llvm::StoreInst& store);
  V write_gather(const llvm::LoadInst& load);
  void write_scatter(const llvm::StoreInst& store);
  V either(V condition, llvm::function_ref<V()> yes, llvm::function_ref<V()> no);
  [[nodiscard]] V last_active(V lanes);
  [[nodiscard]] bool is_contiguous(const llvm::Value* pointer, llvm::Type* type) const;
  [[nodiscard]] llvm::Type* lane_type(llvm::Type* scalar) const;

  // loop_exits.cpp
  [[nodiscard]] std::optional<CommonExit> common_exit(Block block) const;
  [[nodiscard]] bool has_common_exits(const llvm::Loop* loop) const;
  void write_common_exit(Block block, const CommonExit& exit);
  void find_kept(const llvm::Loop* loop);
  [[nodiscard]] static llvm::ConstantInt* step_of(const llvm::PHINode& number, const llvm::Loop* loop);
  void write_kept_numbers(Block from, const llvm::Loop* loop, const Mask& mask);
  void write_kept_results(const llvm::Loop* loop);

  // atomics.cpp
  V write_atomic(const llvm::AtomicRMWInst& change);
  V write_atomic_at_once(const llvm::AtomicRMWInst& change);
  V write_atomic_of_all(const llvm::AtomicRMWInst& change);
  V write_atomic_of_some(const llvm::AtomicRMWInst& change);
  V in_lane(V value, unsigned lane, Block home);

  const ItemLoop& items_;
  const llvm::LoopInfo& loops_;
  const Shapes& shapes_;
  const unsigned lanes_;
  llvm::Function& function_;
  llvm::LLVMContext& context_;
  const llvm::DataLayout& layout_;
  llvm::IRBuilder<> builder_;

  std::map<const llvm::Value*, llvm::AllocaInst*> slots_;
  llvm::MapVector<Block, llvm::AllocaInst*> masks_;               // of blocks that gather their lanes from edges
  std::map<const llvm::Loop*, llvm::AllocaInst*> next_masks_;     // of the next round
  std::map<const llvm::PHINode*, llvm::AllocaInst*> kept_;        // of headers, for lanes that left
  std::map<const llvm::PHINode*, const llvm::PHINode*> kept_by_;  // after the loop, and the header's
  std::map<const llvm::Loop*, llvm::BasicBlock*> ends_;           // where a loop's lanes go on after it
  std::optional<RowTest> common_test_;                            // of the loop whose common rounds are being written
  llvm::BasicBlock* apart_ = nullptr;                             // where that loop's other rounds begin
  std::set<const llvm::PHINode*> begun_;                          // phis that an edge was written for
  const OwnSlots& own_;
  std::map<const llvm::Value*, V> own_of_lanes_;  // a slot for every lane
  Known here_;
  Mask begun_with_;  // the lanes that have an item
  Mask active_;
  V first_id_ = nullptr;
};

}  // namespace kernelc::lanes
