#pragma once

/// How the values of an item differ from lane to lane, and where the ways of the lanes part.

#include <cstdint>
#include <map>
#include <set>

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Instructions.h>

#include "lanes/item_loop.hpp"

namespace kernelc::lanes {

/// The value of lane l is that of lane 0 plus l times `stride` (bytes for a pointer), in the arithmetic of its type;
/// or the lanes have nothing to do with each other. It holds among the lanes that are active where the value is made.
class Shape {
 public:
  [[nodiscard]] static Shape uniform() { return strided(0); }
  [[nodiscard]] static Shape strided(std::int64_t stride) { return Shape(Kind::strided, stride); }
  [[nodiscard]] static Shape varying() { return Shape(Kind::varying, 0); }
  /// It holds unless the narrower number that the value is made of wraps around between two lanes.
  [[nodiscard]] Shape that_may_wrap() const {
    Shape shape = *this;
    shape.may_wrap_ = true;
    return shape;
  }
  /// Of a value that was not looked at yet.
  Shape() = default;

  [[nodiscard]] bool is_known() const { return kind_ != Kind::unknown; }
  [[nodiscard]] bool is_varying() const { return kind_ == Kind::varying; }
  [[nodiscard]] bool is_uniform() const { return kind_ == Kind::strided && stride_ == 0; }
  [[nodiscard]] std::int64_t stride() const { return stride_; }
  [[nodiscard]] bool may_wrap() const { return may_wrap_; }
  /// What holds of a value that is one of two.
  [[nodiscard]] Shape meet(const Shape& other) const {
    if (!is_known()) return other;
    if (!other.is_known() || *this == other) return *this;
    return varying();
  }
  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  enum class Kind { unknown, strided, varying };
  Shape(Kind kind, std::int64_t stride) : kind_(kind), stride_(stride) {}

  Kind kind_ = Kind::unknown;
  std::int64_t stride_ = 0;
  bool may_wrap_ = false;
};

/// Of one loop over items: a least fixed point, from everything being alike on. After Karrenberg and Hack
/// (Whole-function vectorization, 2011) and Moll and Hack (Partial control-flow linearization, 2018). The loop's inner
/// loops have preheaders, one latch and one exit block of their own, and are in loop-closed form.
class Shapes {
 public:
  /// Of a vector of items: whether all lanes have one, or only the first few.
  enum class Begin { all, some };

  /// `own` are the slots of which every lane has one.
  Shapes(Begin begin, const ItemLoop& items, const llvm::LoopInfo& loops, const llvm::DominatorTree& dominators,
         const OwnSlots& own);

  [[nodiscard]] Shape of(const llvm::Value* value) const;

  /// Whether each lane's element of the type lies behind that of the lane before it; it may wrap around.
  [[nodiscard]] bool is_in_a_row(const llvm::Value* pointer, llvm::Type* type) const;

  /// Whether a pointer is into slots whose elements are interleaved: those of all lanes lie next to each other.
  [[nodiscard]] bool is_interleaved(const llvm::Value* pointer) const;

  [[nodiscard]] llvm::LLVMContext& context() const { return items_.header->getContext(); }

  /// Whether some lanes may come to the block and others not.
  [[nodiscard]] bool is_divergent(const llvm::BasicBlock* block) const { return divergent_.contains(block); }
  /// Whether lanes may leave the loop in different rounds.
  [[nodiscard]] bool is_left_one_by_one(const llvm::Loop* loop) const { return divergent_loops_.contains(loop); }
  /// The block that has the same lanes as this one, earlier in the same loop; null if they must be gathered from the
  /// edges that lead here.
  [[nodiscard]] const llvm::BasicBlock* same_lanes(const llvm::BasicBlock* block) const;

 private:
  void find_same_lanes(const llvm::DominatorTree& dominators);
  [[nodiscard]] const llvm::BasicBlock* before(const llvm::BasicBlock* block,
                                               const llvm::DominatorTree& dominators) const;
  [[nodiscard]] bool all_come(const llvm::BasicBlock* from, const llvm::BasicBlock* to) const;
  bool step();
  bool update_block(const llvm::BasicBlock* block);
  [[nodiscard]] bool parts_at(const llvm::BasicBlock* from) const;
  [[nodiscard]] Shape compute(const llvm::Instruction& instruction) const;
  [[nodiscard]] Shape compute_phi(const llvm::PHINode& phi) const;
  [[nodiscard]] Shape compute_any(const llvm::Instruction& instruction) const;
  [[nodiscard]] Shape compute_integer(const llvm::Instruction& instruction) const;
  [[nodiscard]] Shape compute_address(const llvm::GetElementPtrInst& address) const;
  [[nodiscard]] bool has_uniform_operands(const llvm::Instruction& instruction) const;
  [[nodiscard]] bool is_header(const llvm::BasicBlock* block) const { return loops_.isLoopHeader(block); }

  const Begin begin_;
  const ItemLoop& items_;
  const llvm::LoopInfo& loops_;
  const llvm::DataLayout& layout_;
  const OwnSlots& own_;
  std::map<const llvm::Value*, Shape> shapes_;
  std::map<const llvm::BasicBlock*, const llvm::BasicBlock*> same_lanes_;
  std::set<const llvm::BasicBlock*> divergent_;  // somewhere on the way from the item loop's begin, or there
  std::set<const llvm::BasicBlock*> parted_;     // since the header of the block's own loop
  std::set<const llvm::Loop*> divergent_loops_;  // that lanes leave in different rounds
};

}  // namespace kernelc::lanes
