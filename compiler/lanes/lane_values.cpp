// The operations of lanes.

#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/Intrinsics.h>

#include "lanes/lane_writer.hpp"

namespace kernelc::lanes {

using llvm::Instruction;

llvm::Type* LaneWriter::lane_type(llvm::Type* scalar) const { return llvm::FixedVectorType::get(scalar, lanes_); }

/// What all lanes have, or lane 0 of a value with a stride.
LaneWriter::V LaneWriter::scalar(V value) {
  if (value == items_.id) return first_id_;
  if (const auto own = own_of_lanes_.find(value); own != own_of_lanes_.end()) return own->second;
  const auto* instruction = llvm::dyn_cast<Instruction>(value);
  if (instruction == nullptr || !items_.loop->contains(instruction)) return value;
  V& known = here_[value];
  if (known == nullptr) {
    llvm::AllocaInst* place = slots_.at(value);
    known = builder_.CreateLoad(place->getAllocatedType(), place, value->getName());
  }
  return known;
}

LaneWriter::V LaneWriter::vector(V value) {
  const Shape shape = shapes_.of(value);
  if (shape.is_varying()) return scalar(value);
  V& known = vectors_here_[value];
  if (known != nullptr) return known;
  V base = builder_.CreateVectorSplat(lanes_, scalar(value));
  if (shape.stride() == 0) return known = base;
  const bool is_pointer = value->getType()->isPointerTy();
  llvm::Type* type = is_pointer ? builder_.getInt64Ty() : value->getType();
  llvm::SmallVector<llvm::Constant*, 16> steps;
  for (unsigned lane = 0; lane < lanes_; ++lane) {
    const auto step = static_cast<std::uint64_t>(shape.stride()) * lane;
    steps.push_back(llvm::ConstantInt::get(type, llvm::APInt(64, step).trunc(type->getIntegerBitWidth())));
  }
  V offsets = llvm::ConstantVector::get(steps);
  return known =
             is_pointer ? builder_.CreateGEP(builder_.getInt8Ty(), base, offsets) : builder_.CreateAdd(base, offsets);
}

void LaneWriter::write_instruction(const Instruction& instruction) {
  if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) return write_store(*store);
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction); call != nullptr && call->getType()->isVoidTy()) {
    return;  // lifetimes and assumptions
  }
  V value = shapes_.of(&instruction).is_varying() ? write_vector(instruction) : write_scalar(instruction);
  here_[&instruction] = value;
  if (const auto place = slots_.find(&instruction); place != slots_.end()) builder_.CreateStore(value, place->second);
}

LaneWriter::V LaneWriter::write_scalar(const Instruction& instruction) {
  Instruction* copy = instruction.clone();
  for (llvm::Use& operand : copy->operands()) operand.set(scalar(operand.get()));
  // Lane 0 may not be active: what is computed from its value must not be undefined.
  copy->dropPoisonGeneratingFlags();
  return builder_.Insert(copy, instruction.getName());
}

LaneWriter::V LaneWriter::write_vector(const Instruction& instruction) {
  const auto operand = [&](unsigned index) { return vector(instruction.getOperand(index)); };
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) return write_load(*load);
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) return write_call(*call);
  if (const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction)) return write_address(*address);
  if (const auto* operation = llvm::dyn_cast<llvm::BinaryOperator>(&instruction)) return write_binary(*operation);
  if (const auto* choice = llvm::dyn_cast<llvm::SelectInst>(&instruction)) {
    V condition = choice->getOperand(0);
    condition = shapes_.of(condition).is_uniform() ? scalar(condition) : vector(condition);
    V chosen = builder_.CreateSelect(condition, operand(1), operand(2));
    if (auto* made = llvm::dyn_cast<Instruction>(chosen)) made->copyIRFlags(&instruction);
    return chosen;
  }
  Instruction* made = nullptr;
  if (const auto* cast = llvm::dyn_cast<llvm::CastInst>(&instruction)) {
    made = llvm::CastInst::Create(cast->getOpcode(), operand(0), lane_type(cast->getType()));
  } else if (const auto* test = llvm::dyn_cast<llvm::CmpInst>(&instruction)) {
    made = llvm::CmpInst::Create(test->getOpcode(), test->getPredicate(), operand(0), operand(1));
  } else if (llvm::isa<llvm::FreezeInst>(instruction)) {
    made = new llvm::FreezeInst(operand(0));
  } else {
    made = llvm::UnaryOperator::Create(llvm::cast<llvm::UnaryOperator>(instruction).getOpcode(), operand(0));
  }
  builder_.Insert(made, instruction.getName());
  made->copyIRFlags(&instruction);
  return made;
}

LaneWriter::V LaneWriter::write_address(const llvm::GetElementPtrInst& address) {
  const auto part = [&](V value) { return shapes_.of(value).is_uniform() ? scalar(value) : vector(value); };
  llvm::SmallVector<V, 4> indices;
  for (const llvm::Use& index : address.indices()) indices.push_back(part(index.get()));
  V base = part(const_cast<llvm::Value*>(address.getPointerOperand()));
  return builder_.CreateGEP(address.getSourceElementType(), base, indices, address.getName());
}

LaneWriter::V LaneWriter::write_binary(const llvm::BinaryOperator& operation) {
  V left = vector(operation.getOperand(0));
  V right = vector(operation.getOperand(1));
  // Lanes that are not active must not divide by whatever they have.
  if (operation.isIntDivRem() && !is_everything(active_)) {
    right = builder_.CreateSelect(each(active_), right, llvm::ConstantInt::get(right->getType(), 1));
    left = builder_.CreateSelect(each(active_), left, llvm::ConstantInt::get(left->getType(), 1));
  }
  Instruction* made = llvm::BinaryOperator::Create(operation.getOpcode(), left, right);
  builder_.Insert(made, operation.getName());
  made->copyIRFlags(&operation);
  return made;
}

LaneWriter::V LaneWriter::write_call(const llvm::CallInst& call) {
  const llvm::Intrinsic::ID id = call.getIntrinsicID();
  if (id == llvm::Intrinsic::not_intrinsic) return write_lane_by_lane(call);
  llvm::SmallVector<llvm::Type*, 2> types;
  if (llvm::isVectorIntrinsicWithOverloadTypeAtArg(id, -1)) types.push_back(lane_type(call.getType()));
  llvm::SmallVector<V, 4> arguments;
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    V argument = call.getArgOperand(i);
    const bool is_scalar = llvm::isVectorIntrinsicWithScalarOpAtArg(id, i);
    arguments.push_back(is_scalar ? scalar(argument) : vector(argument));
    if (llvm::isVectorIntrinsicWithOverloadTypeAtArg(id, static_cast<int>(i))) {
      types.push_back(arguments.back()->getType());
    }
  }
  llvm::Function* callee = llvm::Intrinsic::getDeclaration(function_.getParent(), id, types);
  llvm::CallInst* made = builder_.CreateCall(callee, arguments, call.getName());
  made->copyIRFlags(&call);
  return made;
}

LaneWriter::V LaneWriter::write_lane_by_lane(const llvm::CallInst& call) {
  llvm::SmallVector<V, 4> arguments;
  for (const llvm::Use& each_argument : call.args()) {
    V argument = vector(each_argument.get());
    // Nothing is known of the numbers of lanes that are not active, and odd ones can take long.
    if (!is_everything(active_) && argument->getType()->isFPOrFPVectorTy()) {
      argument = builder_.CreateSelect(each(active_), argument, llvm::ConstantFP::get(argument->getType(), 1.0));
    }
    arguments.push_back(argument);
  }
  V result = llvm::PoisonValue::get(lane_type(call.getType()));
  for (unsigned lane = 0; lane < lanes_; ++lane) {
    auto* one = llvm::cast<llvm::CallInst>(call.clone());
    for (unsigned i = 0; i < call.arg_size(); ++i) {
      one->setArgOperand(i, builder_.CreateExtractElement(arguments[i], lane));
    }
    result = builder_.CreateInsertElement(result, builder_.Insert(one), lane);
  }
  return result;
}

bool LaneWriter::is_contiguous(const llvm::Value* pointer, llvm::Type* type) const {
  const Shape shape = shapes_.of(pointer);
  const auto size = static_cast<std::int64_t>(layout_.getTypeAllocSize(type).getFixedValue());
  return !shape.is_varying() && shape.stride() == size && layout_.typeSizeEqualsStoreSize(type);
}

LaneWriter::V LaneWriter::write_load(const llvm::LoadInst& load) {
  V pointer = const_cast<llvm::Value*>(load.getPointerOperand());
  llvm::Type* type = lane_type(load.getType());
  if (!is_contiguous(pointer, load.getType())) {
    return builder_.CreateMaskedGather(type, vector(pointer), load.getAlign(), each(active_), nullptr, load.getName());
  }
  if (is_everything(active_)) return builder_.CreateAlignedLoad(type, scalar(pointer), load.getAlign(), load.getName());
  return builder_.CreateMaskedLoad(type, scalar(pointer), load.getAlign(), each(active_), nullptr, load.getName());
}

void LaneWriter::write_store(const llvm::StoreInst& store) {
  V value = const_cast<llvm::Value*>(store.getValueOperand());
  V pointer = const_cast<llvm::Value*>(store.getPointerOperand());
  if (shapes_.of(pointer).is_uniform()) {
    // One of the items is the last; which one is nobody's concern.
    V last = shapes_.of(value).is_uniform() ? scalar(value) : last_active(vector(value));
    builder_.CreateAlignedStore(last, scalar(pointer), store.getAlign());
  } else if (!is_contiguous(pointer, value->getType())) {
    builder_.CreateMaskedScatter(vector(value), vector(pointer), store.getAlign(), each(active_));
  } else if (is_everything(active_)) {
    builder_.CreateAlignedStore(vector(value), scalar(pointer), store.getAlign());
  } else {
    builder_.CreateMaskedStore(vector(value), scalar(pointer), store.getAlign(), each(active_));
  }
}

LaneWriter::V LaneWriter::last_active(V lanes) {
  if (is_everything(active_)) return builder_.CreateExtractElement(lanes, lanes_ - 1);
  V bits = builder_.CreateBitCast(each(active_), builder_.getIntNTy(lanes_));
  V leading = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, bits, builder_.getTrue());
  V last = builder_.CreateSub(llvm::ConstantInt::get(bits->getType(), lanes_ - 1), leading);
  return builder_.CreateExtractElement(lanes, builder_.CreateZExt(last, builder_.getInt64Ty()));
}

}  // namespace kernelc::lanes
