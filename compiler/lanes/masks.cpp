#include "lanes/lane_writer.hpp"

namespace kernelc::lanes {

LaneWriter::Mask LaneWriter::everything() { return {builder_.getTrue(), nullptr}; }

bool LaneWriter::is_everything(const Mask& mask) {
  const auto* constant = mask.all_or_none == nullptr ? nullptr : llvm::dyn_cast<llvm::ConstantInt>(mask.all_or_none);
  return constant != nullptr && constant->isOne();
}

/// The lanes of a block, where they are read: in the block itself.
LaneWriter::Mask LaneWriter::mask_of(Block block) {
  while (const Block same = shapes_.same_lanes(block)) block = same;
  if (block == items_.first) return begun_with_;
  // Nothing but the test leads there, and all lanes pass it.
  if (common_test_ && block == common_test_->inside && block->getSinglePredecessor() != nullptr) return everything();
  // A loop goes round only while there are lanes in it.
  if (loops_.isLoopHeader(block) && !shapes_.is_divergent(block)) return everything();
  return load_mask(masks_.lookup(block));
}

LaneWriter::Mask LaneWriter::load_mask(llvm::AllocaInst* place) {
  V value = builder_.CreateLoad(place->getAllocatedType(), place, "lanes");
  if (value->getType()->isVectorTy()) return {nullptr, value};
  return {value, nullptr};
}

LaneWriter::Mask LaneWriter::restricted(const Mask& mask, V condition, bool is_negated) {
  if (is_negated) condition = builder_.CreateNot(condition);
  if (is_everything(mask)) {
    if (condition->getType()->isVectorTy()) return {nullptr, condition};
    return {condition, nullptr};
  }
  // Lanes that are not active may have any condition, none at all even: no plain `and`.
  if (!condition->getType()->isVectorTy() && mask.all_or_none != nullptr) {
    return {builder_.CreateLogicalAnd(mask.all_or_none, condition), nullptr};
  }
  V lanes = each(mask);
  V none = llvm::Constant::getNullValue(lanes->getType());
  if (condition->getType()->isVectorTy()) return {nullptr, builder_.CreateSelect(lanes, condition, none)};
  return {nullptr, builder_.CreateSelect(condition, lanes, none)};
}

LaneWriter::V LaneWriter::any(const Mask& mask) {
  if (mask.all_or_none != nullptr) return mask.all_or_none;
  V bits = builder_.CreateBitCast(mask.each, builder_.getIntNTy(lanes_));
  return builder_.CreateICmpNE(bits, llvm::Constant::getNullValue(bits->getType()));
}

LaneWriter::V LaneWriter::all(const Mask& mask) {
  if (mask.all_or_none != nullptr) return mask.all_or_none;
  V bits = builder_.CreateBitCast(mask.each, builder_.getIntNTy(lanes_));
  return builder_.CreateICmpEQ(bits, llvm::Constant::getAllOnesValue(bits->getType()));
}

LaneWriter::V LaneWriter::each(const Mask& mask) {
  return mask.each != nullptr ? mask.each : builder_.CreateVectorSplat(lanes_, mask.all_or_none);
}

void LaneWriter::add_lanes(llvm::AllocaInst* place, const Mask& mask) {
  V old = builder_.CreateLoad(place->getAllocatedType(), place);
  V added = place->getAllocatedType()->isVectorTy() ? each(mask) : any(mask);
  builder_.CreateStore(builder_.CreateOr(old, added), place);
}

}  // namespace kernelc::lanes
