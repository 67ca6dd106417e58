// Atomic operations of lanes. No item comes between another's, and in which order they come nobody can tell: they are
// done one lane after the other, or for all lanes at once where that gives the same.

#include <optional>

#include <llvm/IR/Intrinsics.h>

#include "lanes/lane_writer.hpp"

namespace kernelc::lanes {

namespace {

using llvm::AtomicRMWInst;

/// How the operands of several operations on one object become one, and the operand that changes nothing.
struct Reduction {
  llvm::Intrinsic::ID id;
  llvm::APInt nothing;
};

std::optional<Reduction> reduction_of(const AtomicRMWInst& change) {
  if (!change.getType()->isIntegerTy()) return std::nullopt;
  const unsigned bits = change.getType()->getIntegerBitWidth();
  switch (change.getOperation()) {
    case AtomicRMWInst::Add:
    case AtomicRMWInst::Sub: return Reduction{llvm::Intrinsic::vector_reduce_add, llvm::APInt::getZero(bits)};
    case AtomicRMWInst::Or: return Reduction{llvm::Intrinsic::vector_reduce_or, llvm::APInt::getZero(bits)};
    case AtomicRMWInst::Xor: return Reduction{llvm::Intrinsic::vector_reduce_xor, llvm::APInt::getZero(bits)};
    case AtomicRMWInst::And: return Reduction{llvm::Intrinsic::vector_reduce_and, llvm::APInt::getAllOnes(bits)};
    case AtomicRMWInst::Max:
      return Reduction{llvm::Intrinsic::vector_reduce_smax, llvm::APInt::getSignedMinValue(bits)};
    case AtomicRMWInst::Min:
      return Reduction{llvm::Intrinsic::vector_reduce_smin, llvm::APInt::getSignedMaxValue(bits)};
    case AtomicRMWInst::UMax: return Reduction{llvm::Intrinsic::vector_reduce_umax, llvm::APInt::getZero(bits)};
    case AtomicRMWInst::UMin: return Reduction{llvm::Intrinsic::vector_reduce_umin, llvm::APInt::getAllOnes(bits)};
    default: return std::nullopt;
  }
}

AtomicRMWInst* copy_of(const AtomicRMWInst& change, llvm::Value* object, llvm::Value* operand) {
  auto* copy = llvm::cast<AtomicRMWInst>(change.clone());
  copy->setOperand(0, object);
  copy->setOperand(1, operand);
  return copy;
}

}  // namespace

/// The value before, of each lane, if anybody asks for it.
LaneWriter::V LaneWriter::write_atomic(const AtomicRMWInst& change) {
  if (V made = write_atomic_at_once(change)) return made;
  return is_everything(active_) ? write_atomic_of_all(change) : write_atomic_of_some(change);
}

/// One operation on what the lanes have together; null unless that gives the same.
LaneWriter::V LaneWriter::write_atomic_at_once(const AtomicRMWInst& change) {
  const bool is_one_object = shapes_.of(change.getPointerOperand()).is_uniform();
  const std::optional<Reduction> reduction = reduction_of(change);
  if (!is_one_object || !change.use_empty() || !reduction) return nullptr;
  V operands = vector(change.getOperand(1));
  if (!is_everything(active_)) {
    V nothing = llvm::ConstantInt::get(operands->getType(), reduction->nothing);
    operands = builder_.CreateSelect(each(active_), operands, nothing);
  }
  V operand = builder_.CreateUnaryIntrinsic(reduction->id, operands);
  builder_.Insert(copy_of(change, scalar(change.getOperand(0)), operand));
  return llvm::PoisonValue::get(lane_type(change.getType()));
}

/// The value of one lane, which is active. What it is made of here is made for the lane alone where that is simpler
/// than a vector.
LaneWriter::V LaneWriter::in_lane(V value, unsigned lane, Block home) {
  if (shapes_.of(value).is_uniform()) return scalar(value);
  const auto* from = llvm::dyn_cast<llvm::Instruction>(value);
  if (from != nullptr && from->getParent() == home &&
      (llvm::isa<llvm::GetElementPtrInst>(from) || llvm::isa<llvm::CastInst>(from))) {
    llvm::Instruction* copy = from->clone();
    for (llvm::Use& operand : copy->operands()) operand.set(in_lane(operand.get(), lane, home));
    return builder_.Insert(copy);
  }
  return builder_.CreateExtractElement(vector(value), lane);
}

LaneWriter::V LaneWriter::write_atomic_of_all(const AtomicRMWInst& change) {
  V result = llvm::PoisonValue::get(lane_type(change.getType()));
  for (unsigned lane = 0; lane < lanes_; ++lane) {
    V object = in_lane(change.getOperand(0), lane, change.getParent());
    V operand = in_lane(change.getOperand(1), lane, change.getParent());
    V before = builder_.Insert(copy_of(change, object, operand));
    if (!change.use_empty()) result = builder_.CreateInsertElement(result, before, lane);
  }
  return result;
}

/// A loop over the lanes that are active; there are some, or the block would have been left out.
LaneWriter::V LaneWriter::write_atomic_of_some(const AtomicRMWInst& change) {
  const auto in_memory = [&](V lanes) {
    llvm::AllocaInst* place = slot(lanes->getType(), "lanes");
    builder_.CreateStore(lanes, place);
    return place;
  };
  llvm::AllocaInst* objects = in_memory(vector(change.getOperand(0)));
  llvm::AllocaInst* operands = in_memory(vector(change.getOperand(1)));
  llvm::AllocaInst* results =
      change.use_empty() ? nullptr : in_memory(llvm::PoisonValue::get(lane_type(change.getType())));
  V all = builder_.CreateBitCast(each(active_), builder_.getIntNTy(lanes_));
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* head = new_block("lane");
  llvm::BasicBlock* after = new_block("afterlanes");
  builder_.CreateBr(head);

  builder_.SetInsertPoint(head);
  llvm::PHINode* left = builder_.CreatePHI(all->getType(), 2, "left");
  left->addIncoming(all, before);
  V lane = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, left, builder_.getTrue());
  lane = builder_.CreateZExtOrTrunc(lane, builder_.getInt64Ty());
  const auto of_lane = [&](llvm::Type* type, llvm::AllocaInst* place) { return builder_.CreateGEP(type, place, lane); };
  llvm::Type* pointer = change.getPointerOperand()->getType();
  V object = builder_.CreateLoad(pointer, of_lane(pointer, objects));
  V operand = builder_.CreateLoad(change.getType(), of_lane(change.getType(), operands));
  V result = builder_.Insert(copy_of(change, object, operand));
  if (results != nullptr) builder_.CreateStore(result, of_lane(change.getType(), results));
  V rest = builder_.CreateAnd(left, builder_.CreateSub(left, llvm::ConstantInt::get(all->getType(), 1)));
  left->addIncoming(rest, head);
  builder_.CreateCondBr(builder_.CreateIsNotNull(rest), head, after);

  builder_.SetInsertPoint(after);
  if (results == nullptr) return llvm::PoisonValue::get(lane_type(change.getType()));
  return builder_.CreateLoad(results->getAllocatedType(), results);
}

}  // namespace kernelc::lanes
