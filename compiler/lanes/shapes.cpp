#include "lanes/shapes.hpp"

#include <llvm/IR/GetElementPtrTypeIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Operator.h>

namespace kernelc::lanes {

namespace {

using llvm::BasicBlock;
using llvm::Instruction;

const llvm::BranchInst& branch_of(const BasicBlock* block) {
  return *llvm::cast<llvm::BranchInst>(block->getTerminator());
}

}  // namespace

Shapes::Shapes(Begin begin, const ItemLoop& items, const llvm::LoopInfo& loops, const llvm::DominatorTree& dominators,
               const OwnSlots& own)
    : begin_(begin), items_(items), loops_(loops), layout_(items.header->getDataLayout()), own_(own) {
  shapes_[items.id] = Shape::strided(1);
  find_same_lanes(dominators);
  while (step()) {
  }
}

/// The block in the loop itself from which lanes come to `block`, which is in it too: one that dominates it, or what
/// leads into an inner loop that does. Null if that is none of the loop's.
const BasicBlock* Shapes::before(const BasicBlock* block, const llvm::DominatorTree& dominators) const {
  const llvm::Loop* loop = loops_.getLoopFor(block);
  const BasicBlock* before = dominators.getNode(block)->getIDom()->getBlock();
  while (loops_.getLoopFor(before) != loop) {
    const llvm::Loop* inner = loops_.getLoopFor(before);
    while (inner != nullptr && inner->getParentLoop() != loop) inner = inner->getParentLoop();
    if (inner == nullptr) return nullptr;
    before = inner->getLoopPreheader();
  }
  return before;
}

/// Whether all lanes that are in `from` come to `to` before the loop that both are in goes round or is left.
/// Post-dominance is not enough: a lane may come there only in a later round.
bool Shapes::all_come(const BasicBlock* from, const BasicBlock* to) const {
  const llvm::Loop* loop = loops_.getLoopFor(from);
  std::set<const BasicBlock*> seen;
  std::vector<const BasicBlock*> open{from};
  while (!open.empty()) {
    const BasicBlock* block = open.back();
    open.pop_back();
    const llvm::Loop* inner = loops_.getLoopFor(block);
    while (inner != loop && inner->getParentLoop() != loop) inner = inner->getParentLoop();
    llvm::SmallVector<const BasicBlock*, 4> next;
    if (inner == loop) {
      next.append(llvm::succ_begin(block), llvm::succ_end(block));
    } else {
      next.push_back(inner->getUniqueExitBlock());
    }
    for (const BasicBlock* each : next) {
      if (each == to || !seen.insert(each).second) continue;
      if (each == loop->getHeader() || !loop->contains(each)) return false;
      open.push_back(each);
    }
  }
  return true;
}

void Shapes::find_same_lanes(const llvm::DominatorTree& dominators) {
  for (const BasicBlock* block : items_.loop->blocks()) {
    if (block == items_.first || is_header(block)) continue;
    const BasicBlock* from = before(block, dominators);
    if (from == nullptr || from == items_.header) continue;
    if (all_come(from, block)) same_lanes_[block] = from;
  }
}

const BasicBlock* Shapes::same_lanes(const BasicBlock* block) const {
  const auto found = same_lanes_.find(block);
  return found == same_lanes_.end() ? nullptr : found->second;
}

Shape Shapes::of(const llvm::Value* value) const {
  const auto* instruction = llvm::dyn_cast<Instruction>(value);
  if (instruction == nullptr) return Shape::uniform();
  if (const auto* slot = llvm::dyn_cast<llvm::AllocaInst>(instruction); slot != nullptr && own_.contains(slot)) {
    const std::uint64_t element = own_.lookup(slot);
    const std::uint64_t size = layout_.getTypeAllocSize(slot->getAllocatedType()).getFixedValue();
    return Shape::strided(static_cast<std::int64_t>(element != 0 ? element : size));
  }
  const auto known = shapes_.find(value);
  if (known != shapes_.end()) return known->second;
  return items_.loop->contains(instruction) ? Shape() : Shape::uniform();
}

bool Shapes::is_interleaved(const llvm::Value* pointer) const {
  while (const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(pointer)) pointer = address->getPointerOperand();
  const auto* slot = llvm::dyn_cast<llvm::AllocaInst>(pointer);
  return slot != nullptr && own_.lookup(slot) != 0;
}

bool Shapes::is_in_a_row(const llvm::Value* pointer, llvm::Type* type) const {
  const Shape shape = of(pointer);
  const auto size = static_cast<std::int64_t>(layout_.getTypeAllocSize(type).getFixedValue());
  return !shape.is_varying() && shape.stride() == size;
}

/// Looks at everything once; whether anything changed.
bool Shapes::step() {
  bool has_changed = false;
  for (const BasicBlock* block : items_.loop->blocks()) {
    if (block == items_.header) continue;
    has_changed = update_block(block) || has_changed;
    for (const Instruction& instruction : *block) {
      if (instruction.getType()->isVoidTy()) continue;
      Shape& known = shapes_[&instruction];
      const Shape next = known.meet(compute(instruction));
      if (next == known) continue;
      known = next;
      has_changed = true;
    }
  }
  return has_changed;
}

/// Whether lanes that come to the block from its loop's header may leave it in different directions, or did part
/// before.
bool Shapes::parts_at(const BasicBlock* from) const {
  const llvm::BranchInst& branch = branch_of(from);
  if (branch.isConditional() && !of(branch.getCondition()).is_uniform() && of(branch.getCondition()).is_known()) {
    return true;
  }
  return parted_.contains(from);
}

bool Shapes::update_block(const BasicBlock* block) {
  const llvm::Loop* loop = loops_.getLoopFor(block);
  bool parted = false;
  if (const BasicBlock* same = same_lanes(block)) {
    parted = parted_.contains(same);
  } else if (!is_header(block) && block != items_.first) {
    for (const BasicBlock* from : llvm::predecessors(block)) {
      const llvm::Loop* inner = loops_.getLoopFor(from);
      if (inner == loop) {
        parted = parted || parts_at(from);
        continue;
      }
      while (inner->getParentLoop() != loop) inner = inner->getParentLoop();
      parted = parted || parted_.contains(inner->getLoopPreheader());
    }
  }
  bool divergent = parted || begin_ == Begin::some;
  for (const llvm::Loop* each = loop; each != items_.loop; each = each->getParentLoop()) {
    divergent = divergent || divergent_loops_.contains(each) || parted_.contains(each->getLoopPreheader());
  }
  bool has_changed = parted && parted_.insert(block).second;
  has_changed = (divergent && divergent_.insert(block).second) || has_changed;
  if (loop != items_.loop && loop->isLoopExiting(block) && parts_at(block)) {
    has_changed = divergent_loops_.insert(loop).second || has_changed;
  }
  return has_changed;
}

bool Shapes::has_uniform_operands(const Instruction& instruction) const {
  return llvm::all_of(instruction.operand_values(), [&](const llvm::Value* each) { return of(each).is_uniform(); });
}

Shape Shapes::compute(const Instruction& instruction) const {
  const Shape shape = compute_any(instruction);
  if (!shape.may_wrap()) return shape;
  // Only addresses are worth looking whether it holds.
  switch (instruction.getOpcode()) {
    case Instruction::ZExt:
    case Instruction::SExt:
    case Instruction::Add:
    case Instruction::Sub:
    case Instruction::Mul:
    case Instruction::Shl:
    case Instruction::GetElementPtr: return shape.stride() == 0 ? Shape::varying() : shape;
    default: return Shape::varying();
  }
}

Shape Shapes::compute_any(const Instruction& instruction) const {
  if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(&instruction)) return compute_phi(*phi);
  for (const llvm::Value* operand : instruction.operand_values()) {
    if (!of(operand).is_known()) return {};
  }
  // Each lane finds what another left.
  if (instruction.isAtomic()) return Shape::varying();
  if (has_uniform_operands(instruction)) return Shape::uniform();
  if (const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction)) return compute_address(*address);
  if (const auto* choice = llvm::dyn_cast<llvm::SelectInst>(&instruction)) {
    if (!of(choice->getCondition()).is_uniform()) return Shape::varying();
    return of(choice->getTrueValue()).meet(of(choice->getFalseValue()));
  }
  if (instruction.getType()->isIntegerTy()) return compute_integer(instruction);
  if (llvm::isa<llvm::IntToPtrInst>(instruction) || llvm::isa<llvm::FreezeInst>(instruction)) {
    return instruction.getType()->isFloatingPointTy() ? Shape::varying() : of(instruction.getOperand(0));
  }
  return Shape::varying();
}

Shape Shapes::compute_phi(const llvm::PHINode& phi) const {
  const BasicBlock* block = phi.getParent();
  const llvm::Loop* loop = loops_.getLoopFor(block);
  Shape met;
  for (const llvm::Value* value : phi.incoming_values()) met = met.meet(of(value));
  if (is_header(block)) return met;
  const llvm::Value* only = phi.hasConstantValue();
  for (const BasicBlock* from : phi.blocks()) {
    const llvm::Loop* inner = loops_.getLoopFor(from);
    if (inner != loop) {
      // Lanes leave the loop in different rounds, with the value of each one's last.
      while (inner->getParentLoop() != loop) {
        if (divergent_loops_.contains(inner)) return Shape::varying();
        inner = inner->getParentLoop();
      }
      if (divergent_loops_.contains(inner)) return Shape::varying();
    } else if (only == nullptr && parts_at(from)) {
      return Shape::varying();
    }
  }
  return met;
}

Shape Shapes::compute_integer(const Instruction& instruction) const {
  const auto operand = [&](unsigned index) { return of(instruction.getOperand(index)); };
  const auto constant = [&](unsigned index) -> const llvm::ConstantInt* {
    const auto* number = llvm::dyn_cast<llvm::ConstantInt>(instruction.getOperand(index));
    return number != nullptr && number->getBitWidth() <= 64 ? number : nullptr;
  };
  const auto strided = [&](std::int64_t stride) {
    const bool may_wrap =
        llvm::any_of(instruction.operand_values(), [&](const llvm::Value* each) { return of(each).may_wrap(); });
    return may_wrap ? Shape::strided(stride).that_may_wrap() : Shape::strided(stride);
  };
  const auto is_strided = [](const Shape& shape) { return shape.is_known() && !shape.is_varying(); };
  switch (instruction.getOpcode()) {
    case Instruction::Add:
      if (!is_strided(operand(0)) || !is_strided(operand(1))) return Shape::varying();
      return strided(operand(0).stride() + operand(1).stride());
    case Instruction::Sub:
      if (!is_strided(operand(0)) || !is_strided(operand(1))) return Shape::varying();
      return strided(operand(0).stride() - operand(1).stride());
    case Instruction::Mul:
      for (const unsigned side : {0u, 1u}) {
        const llvm::ConstantInt* factor = constant(side);
        if (factor == nullptr || !is_strided(operand(1 - side))) continue;
        std::int64_t stride = 0;
        if (__builtin_mul_overflow(factor->getSExtValue(), operand(1 - side).stride(), &stride)) continue;
        return strided(stride);
      }
      return Shape::varying();
    case Instruction::Shl: {
      const llvm::ConstantInt* count = constant(1);
      if (count == nullptr || count->getZExtValue() > 16 || !is_strided(operand(0))) return Shape::varying();
      return strided(operand(0).stride() * (std::int64_t{1} << count->getZExtValue()));
    }
    case Instruction::ZExt:
    case Instruction::SExt: {
      const bool is_index =
          instruction.getType()->isIntegerTy(64) && instruction.getOperand(0)->getType()->isIntegerTy(32);
      if (!is_index || !is_strided(operand(0))) return Shape::varying();
      return Shape::strided(static_cast<std::int32_t>(operand(0).stride())).that_may_wrap();
    }
    case Instruction::Trunc:
      if (instruction.getType()->isIntegerTy(1) || operand(0).may_wrap()) return Shape::varying();
      return operand(0);
    case Instruction::PtrToInt: return instruction.getType()->isIntegerTy(64) ? operand(0) : Shape::varying();
    case Instruction::Freeze: return operand(0);
    default: return Shape::varying();
  }
}

Shape Shapes::compute_address(const llvm::GetElementPtrInst& address) const {
  Shape base = of(address.getPointerOperand());
  if (base.is_varying()) return base;
  if (is_interleaved(&address)) {
    const bool is_one_place =
        llvm::all_of(address.indices(), [this](const llvm::Use& index) { return of(index.get()).is_uniform(); });
    return is_one_place ? base : Shape::varying();
  }
  std::int64_t stride = base.stride();
  bool may_wrap = base.may_wrap();
  for (auto index = llvm::gep_type_begin(address), last = llvm::gep_type_end(address); index != last; ++index) {
    const Shape shape = of(index.getOperand());
    if (!shape.is_known() || shape.is_uniform()) continue;
    // A narrower index is widened first, and may wrap around between lanes before.
    if (shape.is_varying() || index.isStruct() || !index.getOperand()->getType()->isIntegerTy(64)) {
      return Shape::varying();
    }
    const auto size = static_cast<std::int64_t>(index.getSequentialElementStride(layout_).getFixedValue());
    stride += shape.stride() * size;
    may_wrap = may_wrap || shape.may_wrap();
  }
  return may_wrap ? Shape::strided(stride).that_may_wrap() : Shape::strided(stride);
}

}  // namespace kernelc::lanes
