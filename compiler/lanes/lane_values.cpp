// The operations of lanes.

#include <algorithm>
#include <numeric>

#include <llvm/Analysis/ConstantFolding.h>
#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/Intrinsics.h>

#include "lanes/lane_writer.hpp"
#include "lanes/streams.hpp"
#include "lanes/vector_functions.hpp"

namespace kernelc::lanes {

using llvm::Instruction;

llvm::Type* LaneWriter::lane_type(llvm::Type* scalar) const { return llvm::FixedVectorType::get(scalar, lanes_); }

/// What all lanes have, or lane 0 of a value with a stride.
LaneWriter::V LaneWriter::scalar(V value) {
  if (value == items_.id) return first_id_;
  if (const auto own = own_of_lanes_.find(value); own != own_of_lanes_.end()) return own->second;
  const auto* instruction = llvm::dyn_cast<Instruction>(value);
  if (instruction == nullptr || !items_.loop->contains(instruction)) return value;
  if (const auto known = here_.scalars.find(value); known != here_.scalars.end()) return known->second;
  V made = nullptr;
  if (shapes_.of(value).may_wrap()) {
    made = write_scalar(*instruction);
  } else {
    llvm::AllocaInst* place = slots_.at(value);
    made = builder_.CreateLoad(place->getAllocatedType(), place, value->getName());
  }
  return here_.scalars[value] = made;
}

/// The difference of each lane from lane 0.
LaneWriter::V LaneWriter::steps(llvm::Type* type, std::int64_t stride) const {
  llvm::SmallVector<llvm::Constant*, 16> all;
  for (unsigned lane = 0; lane < lanes_; ++lane) {
    const llvm::APInt step(64, static_cast<std::uint64_t>(stride) * lane);
    all.push_back(llvm::ConstantInt::get(type, step.trunc(type->getIntegerBitWidth())));
  }
  return llvm::ConstantVector::get(all);
}

LaneWriter::V LaneWriter::vector(V value) {
  const Shape shape = shapes_.of(value);
  if (shape.is_varying()) return scalar(value);
  if (const auto known = here_.vectors.find(value); known != here_.vectors.end()) return known->second;
  V made = nullptr;
  if (shape.may_wrap()) {
    made = write_vector(*llvm::cast<Instruction>(value));
  } else {
    made = builder_.CreateVectorSplat(lanes_, scalar(value));
    if (shape.stride() != 0 && value->getType()->isPointerTy()) {
      made = builder_.CreateGEP(builder_.getInt8Ty(), made, steps(builder_.getInt64Ty(), shape.stride()));
    } else if (shape.stride() != 0) {
      made = builder_.CreateAdd(made, steps(value->getType(), shape.stride()));
    }
  }
  return here_.vectors[value] = made;
}

/// Whether the stride of a value that may wrap around holds among the lanes.
LaneWriter::V LaneWriter::holds(V value) {
  if (!shapes_.of(value).may_wrap()) return builder_.getTrue();
  if (const auto known = here_.holds.find(value); known != here_.holds.end()) return known->second;
  const auto& instruction = *llvm::cast<Instruction>(value);
  if (!llvm::isa<llvm::ZExtInst>(instruction) && !llvm::isa<llvm::SExtInst>(instruction)) {
    V all = builder_.getTrue();
    for (const llvm::Use& operand : instruction.operands()) all = builder_.CreateAnd(all, holds(operand.get()));
    return here_.holds[value] = all;
  }
  const std::int64_t last_step = shapes_.of(value).stride() * static_cast<std::int64_t>(lanes_ - 1);
  V last = builder_.CreateAdd(scalar(value), builder_.getInt64(static_cast<std::uint64_t>(last_step)));
  if (llvm::isa<llvm::SExtInst>(instruction))
    last = builder_.CreateAdd(last, builder_.getInt64(std::uint64_t{1} << 31));
  return here_.holds[value] = builder_.CreateICmpULT(last, builder_.getInt64(std::uint64_t{1} << 32));
}

/// One of two values, each of which is computed only where it is the one.
LaneWriter::V LaneWriter::either(V condition, llvm::function_ref<V()> yes, llvm::function_ref<V()> no) {
  llvm::BasicBlock* if_yes = new_block("yes");
  llvm::BasicBlock* if_no = new_block("no");
  llvm::BasicBlock* after = new_block("either");
  builder_.CreateCondBr(condition, if_yes, if_no);
  const auto write_way = [&](llvm::BasicBlock*& block, llvm::function_ref<V()> way) {
    const Known known = here_;
    builder_.SetInsertPoint(block);
    V value = way();
    builder_.CreateBr(after);
    block = builder_.GetInsertBlock();
    here_ = known;  // nobody else comes by here
    return value;
  };
  V first = write_way(if_yes, yes);
  V second = write_way(if_no, no);
  builder_.SetInsertPoint(after);
  if (first == nullptr) return nullptr;
  llvm::PHINode* value = builder_.CreatePHI(first->getType(), 2);
  value->addIncoming(first, if_yes);
  value->addIncoming(second, if_no);
  return value;
}

void LaneWriter::write_instruction(const Instruction& instruction) {
  if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) return write_store(*store);
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction); call != nullptr && call->getType()->isVoidTy()) {
    return;  // lifetimes and assumptions
  }
  // Made where it is used.
  if (shapes_.of(&instruction).may_wrap()) return;
  V value = shapes_.of(&instruction).is_varying() ? write_vector(instruction) : write_scalar(instruction);
  here_.scalars[&instruction] = value;
  if (const auto place = slots_.find(&instruction); place != slots_.end()) builder_.CreateStore(value, place->second);
}

LaneWriter::V LaneWriter::write_scalar(const Instruction& instruction) {
  const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction);
  if (address != nullptr && shapes_.is_interleaved(address)) return write_interleaved_address(*address);
  Instruction* copy = instruction.clone();
  for (llvm::Use& operand : copy->operands()) operand.set(scalar(operand.get()));
  // Lane 0 may not be active: what is computed from its value must not be undefined.
  copy->dropPoisonGeneratingFlags();
  if (llvm::Constant* folded = llvm::ConstantFoldInstruction(copy, layout_)) {
    copy->deleteValue();
    return folded;
  }
  return builder_.Insert(copy, instruction.getName());
}

LaneWriter::V LaneWriter::write_vector(const Instruction& instruction) {
  const auto operand = [&](unsigned index) { return vector(instruction.getOperand(index)); };
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) return write_load(*load);
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) return write_call(*call);
  if (const auto* change = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction)) return write_atomic(*change);
  if (const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction)) return write_address(*address);
  if (const auto* operation = llvm::dyn_cast<llvm::BinaryOperator>(&instruction)) return write_binary(*operation);
  if (const auto* choice = llvm::dyn_cast<llvm::SelectInst>(&instruction)) {
    V condition = choice->getOperand(0);
    condition = shapes_.of(condition).is_uniform() ? scalar(condition) : vector(condition);
    V chosen = builder_.CreateSelect(condition, operand(1), operand(2));
    if (auto* made = llvm::dyn_cast<Instruction>(chosen)) made->copyIRFlags(&instruction);
    return chosen;
  }
  if (const auto* cast = llvm::dyn_cast<llvm::CastInst>(&instruction)) return write_cast(*cast);
  if (const auto* test = llvm::dyn_cast<llvm::CmpInst>(&instruction)) return write_test(*test);
  Instruction* made = nullptr;
  if (llvm::isa<llvm::FreezeInst>(instruction)) {
    made = new llvm::FreezeInst(operand(0));
  } else {
    made = llvm::UnaryOperator::Create(llvm::cast<llvm::UnaryOperator>(instruction).getOpcode(), operand(0));
  }
  builder_.Insert(made, instruction.getName());
  made->copyIRFlags(&instruction);
  return made;
}

/// Elements of a slot are as many elements apart as there are lanes.
LaneWriter::V LaneWriter::write_interleaved_address(const llvm::GetElementPtrInst& address) {
  const bool is_varying = shapes_.of(&address).is_varying();
  const auto part = [&](V value) { return is_varying ? vector(value) : scalar(value); };
  llvm::Type* word = is_varying ? lane_type(builder_.getInt64Ty()) : builder_.getInt64Ty();
  const auto number = [&](const llvm::APInt& bytes) { return llvm::ConstantInt::get(word, bytes * lanes_); };
  const Offset distance = offset_of(address);
  V offset = number(distance.constant);
  for (const auto& [index, step] : distance.steps) {
    V count = builder_.CreateSExtOrTrunc(part(index), word);
    offset = builder_.CreateAdd(offset, builder_.CreateMul(count, number(step)));
  }
  V base = part(const_cast<llvm::Value*>(address.getPointerOperand()));
  return builder_.CreateGEP(builder_.getInt8Ty(), base, offset, address.getName());
}

LaneWriter::V LaneWriter::write_address(const llvm::GetElementPtrInst& address) {
  if (shapes_.is_interleaved(&address)) return write_interleaved_address(address);
  const auto part = [&](V value) { return shapes_.of(value).is_uniform() ? scalar(value) : vector(value); };
  llvm::SmallVector<V, 4> indices;
  for (const llvm::Use& index : address.indices()) indices.push_back(part(index.get()));
  V base = part(const_cast<llvm::Value*>(address.getPointerOperand()));
  return builder_.CreateGEP(address.getSourceElementType(), base, indices, address.getName());
}

/// Numbers of 64 bits that follow each other are compared with one bound at a quarter of the cost.
LaneWriter::V LaneWriter::write_test(const llvm::CmpInst& test) {
  V number = test.getOperand(0);
  V bound = test.getOperand(1);
  llvm::CmpInst::Predicate predicate = test.getPredicate();
  if (shapes_.of(number).is_uniform()) {
    std::swap(number, bound);
    predicate = test.getSwappedPredicate();
  }
  const auto in_full = [&]() -> V {
    Instruction* made = llvm::CmpInst::Create(test.getOpcode(), test.getPredicate(), vector(test.getOperand(0)),
                                              vector(test.getOperand(1)));
    builder_.Insert(made, test.getName());
    made->copyIRFlags(&test);
    return made;
  };
  const bool is_below = predicate == llvm::CmpInst::ICMP_ULT || predicate == llvm::CmpInst::ICMP_UGE;
  const bool follows = shapes_.of(number) == Shape::strided(1) && number->getType()->isIntegerTy(64);
  if (!is_below || !follows || !shapes_.of(bound).is_uniform()) return in_full();
  V first = scalar(number);
  V end = scalar(bound);
  V goes_up = builder_.CreateICmpULE(first, builder_.getInt64(0 - std::uint64_t{lanes_}));
  return either(
      goes_up,
      [&] {
        V count = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, end, first);
        count = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, count, builder_.getInt64(lanes_));
        count = builder_.CreateVectorSplat(lanes_, builder_.CreateTrunc(count, builder_.getInt32Ty()));
        V is_below_end = builder_.CreateICmpULT(steps(builder_.getInt32Ty(), 1), count);
        return predicate == llvm::CmpInst::ICMP_ULT ? is_below_end : builder_.CreateNot(is_below_end);
      },
      in_full);
}

LaneWriter::V LaneWriter::write_cast(const llvm::CastInst& cast) {
  llvm::Type* type = lane_type(cast.getType());
  V number = cast.getOperand(0);
  const auto in_full = [&] { return builder_.CreateCast(cast.getOpcode(), vector(number), type, cast.getName()); };
  const bool is_from_integer = llvm::isa<llvm::UIToFPInst>(cast) || llvm::isa<llvm::SIToFPInst>(cast);
  const Shape shape = shapes_.of(number);
  constexpr std::int64_t most_stride = std::int64_t{1} << 20;
  const bool is_small_step =
      !shape.is_varying() && !shape.may_wrap() && shape.stride() > 0 && shape.stride() < most_stride;
  if (!is_from_integer || !number->getType()->isIntegerTy(64) || !is_small_step) return in_full();
  // Of 32 bits there is an instruction, and of the same number it makes the same.
  V first = scalar(number);
  const auto last_step = static_cast<std::uint64_t>(shape.stride()) * (lanes_ - 1);
  V is_small = builder_.CreateICmpULT(first, builder_.getInt64((std::uint64_t{1} << 31) - last_step));
  return either(
      is_small,
      [&] {
        V narrow = builder_.CreateVectorSplat(lanes_, builder_.CreateTrunc(first, builder_.getInt32Ty()));
        return builder_.CreateSIToFP(builder_.CreateAdd(narrow, steps(builder_.getInt32Ty(), shape.stride())), type);
      },
      in_full);
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
  if (id == llvm::Intrinsic::not_intrinsic) {
    const auto functions = llvm::VFDatabase::getMappings(call);
    return functions.empty() ? write_lane_by_lane(call) : write_by_vector_function(call, best_for(functions, lanes_));
  }
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

/// The arguments of a call, with numbers that are quick to compute with for the lanes that are not active.
llvm::SmallVector<LaneWriter::V, 4> LaneWriter::arguments_of(const llvm::CallInst& call) {
  llvm::SmallVector<V, 4> arguments;
  for (const llvm::Use& each_argument : call.args()) {
    V argument = vector(each_argument.get());
    if (!is_everything(active_) && argument->getType()->isFPOrFPVectorTy()) {
      argument = builder_.CreateSelect(each(active_), argument, llvm::ConstantFP::get(argument->getType(), 1.0));
    }
    arguments.push_back(argument);
  }
  return arguments;
}

LaneWriter::V LaneWriter::write_lane_by_lane(const llvm::CallInst& call) {
  const llvm::SmallVector<V, 4> arguments = arguments_of(call);
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

/// Calls of a function that computes several lanes at once. The last of its lanes stay unused where it has more.
LaneWriter::V LaneWriter::write_by_vector_function(const llvm::CallInst& call, const llvm::VFInfo& function) {
  const auto width = static_cast<unsigned>(function.Shape.VF.getFixedValue());
  const llvm::SmallVector<V, 4> arguments = arguments_of(call);
  llvm::Function* callee = function_.getParent()->getFunction(function.VectorName);
  llvm::SmallVector<V, 4> parts;
  for (unsigned begin = 0; begin < lanes_; begin += width) {
    llvm::SmallVector<int, 16> numbers;
    for (unsigned i = 0; i < width; ++i) numbers.push_back(static_cast<int>(std::min(begin + i, lanes_ - 1)));
    llvm::SmallVector<V, 4> part;
    for (V argument : arguments) part.push_back(builder_.CreateShuffleVector(argument, numbers));
    llvm::CallInst* made = builder_.CreateCall(callee, part, call.getName());
    made->copyIRFlags(&call);
    parts.push_back(made);
  }
  V result = llvm::concatenateVectors(builder_, parts);
  llvm::SmallVector<int, 16> numbers(lanes_);
  std::iota(numbers.begin(), numbers.end(), 0);
  return parts.size() * width == lanes_ ? result : builder_.CreateShuffleVector(result, numbers);
}

bool LaneWriter::is_contiguous(const llvm::Value* pointer, llvm::Type* type) const {
  return shapes_.is_in_a_row(pointer, type) && layout_.typeSizeEqualsStoreSize(type);
}

LaneWriter::V LaneWriter::write_load(const llvm::LoadInst& load) {
  V pointer = const_cast<llvm::Value*>(load.getPointerOperand());
  llvm::Type* type = lane_type(load.getType());
  if (!is_contiguous(pointer, load.getType())) return write_gather(load);
  V first = scalar(pointer);
  const auto in_a_row = [&]() -> V {
    // Every lane has its own array, and they all mean an element that one of them has.
    const bool is_readable = is_everything(active_) || shapes_.is_interleaved(pointer);
    if (is_readable) return builder_.CreateAlignedLoad(type, first, load.getAlign(), load.getName());
    return builder_.CreateMaskedLoad(type, first, load.getAlign(), each(active_), nullptr, load.getName());
  };
  if (!shapes_.of(pointer).may_wrap()) return in_a_row();
  return either(holds(pointer), in_a_row, [&] { return write_gather(load); });
}

LaneWriter::V LaneWriter::write_gather(const llvm::LoadInst& load) {
  V pointers = vector(const_cast<llvm::Value*>(load.getPointerOperand()));
  return builder_.CreateMaskedGather(lane_type(load.getType()), pointers, load.getAlign(), each(active_), nullptr,
                                     load.getName());
}

void LaneWriter::write_store(const llvm::StoreInst& store) {
  V value = const_cast<llvm::Value*>(store.getValueOperand());
  V pointer = const_cast<llvm::Value*>(store.getPointerOperand());
  if (shapes_.of(pointer).is_uniform()) {
    // One of the items is the last; which one is nobody's concern.
    V last = shapes_.of(value).is_uniform() ? scalar(value) : last_active(vector(value));
    builder_.CreateAlignedStore(last, scalar(pointer), store.getAlign());
    return;
  }
  if (!is_contiguous(pointer, value->getType())) return write_scatter(store);
  V lanes = vector(value);
  V first = scalar(pointer);
  const auto in_a_row = [&]() -> V {
    if (is_everything(active_) && is_streamed(store)) {
      llvm::StoreInst* made = builder_.CreateAlignedStore(lanes, first, llvm::Align(line_bytes));
      made->copyMetadata(store, llvm::LLVMContext::MD_nontemporal);
    } else if (is_everything(active_)) {
      builder_.CreateAlignedStore(lanes, first, store.getAlign());
    } else {
      builder_.CreateMaskedStore(lanes, first, store.getAlign(), each(active_));
    }
    return nullptr;
  };
  if (!shapes_.of(pointer).may_wrap()) return static_cast<void>(in_a_row());
  either(holds(pointer), in_a_row, [&]() -> V {
    write_scatter(store);
    return nullptr;
  });
}

void LaneWriter::write_scatter(const llvm::StoreInst& store) {
  V lanes = vector(const_cast<llvm::Value*>(store.getValueOperand()));
  V pointers = vector(const_cast<llvm::Value*>(store.getPointerOperand()));
  builder_.CreateMaskedScatter(lanes, pointers, store.getAlign(), each(active_));
}

LaneWriter::V LaneWriter::last_active(V lanes) {
  if (is_everything(active_)) return builder_.CreateExtractElement(lanes, lanes_ - 1);
  V bits = builder_.CreateBitCast(each(active_), builder_.getIntNTy(lanes_));
  V leading = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, bits, builder_.getTrue());
  V last = builder_.CreateSub(llvm::ConstantInt::get(bits->getType(), lanes_ - 1), leading);
  return builder_.CreateExtractElement(lanes, builder_.CreateZExtOrTrunc(last, builder_.getInt64Ty()));
}

}  // namespace kernelc::lanes
