#include "emit/cpu/emitter.hpp"

namespace kernelc::cpu {

using model::AtomicOperation;

namespace {

constexpr auto relaxed = llvm::AtomicOrdering::Monotonic;

llvm::AtomicRMWInst::BinOp operation(AtomicOperation op, const model::Type& type) {
  using Rmw = llvm::AtomicRMWInst;
  switch (op) {
    case AtomicOperation::add: return type.is_floating() ? Rmw::FAdd : Rmw::Add;
    case AtomicOperation::subtract: return type.is_floating() ? Rmw::FSub : Rmw::Sub;
    case AtomicOperation::minimum: return type.is_signed() ? Rmw::Min : Rmw::UMin;
    case AtomicOperation::maximum: return type.is_signed() ? Rmw::Max : Rmw::UMax;
    case AtomicOperation::bit_and: return Rmw::And;
    case AtomicOperation::bit_or: return Rmw::Or;
    case AtomicOperation::bit_xor: return Rmw::Xor;
    default: return Rmw::Xchg;
  }
}

}  // namespace

Emitter::V Emitter::atomic(const model::Atomic& source) {
  const model::Type& type = *source.object->type;
  const llvm::Align alignment(type.alignment);
  V place = address(source.object);
  std::vector<V> values;
  for (E each : source.values) values.push_back(value(each));
  switch (source.op) {
    case AtomicOperation::load: {
      llvm::LoadInst* old = builder_.CreateAlignedLoad(value_type(type), place, alignment);
      old->setAtomic(relaxed);
      return old;
    }
    case AtomicOperation::store: {
      builder_.CreateAlignedStore(values[0], place, alignment)->setAtomic(relaxed);
      return nullptr;
    }
    case AtomicOperation::compare_exchange: {
      llvm::Type* bits = builder_.getIntNTy(type.bits());
      V pair = builder_.CreateAtomicCmpXchg(place, builder_.CreateBitCast(values[0], bits),
                                            builder_.CreateBitCast(values[1], bits), alignment, relaxed, relaxed);
      return builder_.CreateBitCast(builder_.CreateExtractValue(pair, 0), value_type(type));
    }
    case AtomicOperation::minimum:
    case AtomicOperation::maximum:
      if (type.is_floating()) return extreme(source, place, values[0]);
      [[fallthrough]];
    default: return builder_.CreateAtomicRMW(operation(source.op, type), place, values[0], alignment, relaxed);
  }
}

/// The smaller or larger of two floating-point numbers: LLVM's operations treat NaNs and zeros in another way.
Emitter::V Emitter::extreme(const model::Atomic& source, V place, V value) {
  const model::Type& type = *source.object->type;
  llvm::Type* number = value_type(type);
  llvm::Type* bits = builder_.getIntNTy(type.bits());
  const llvm::Align alignment(type.alignment);
  llvm::LoadInst* first = builder_.CreateAlignedLoad(number, place, alignment);
  first->setAtomic(relaxed);
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* test = new_block("compare");
  llvm::BasicBlock* change = new_block("replace");
  llvm::BasicBlock* end = new_block("replaced");
  builder_.CreateBr(test);

  builder_.SetInsertPoint(test);
  llvm::PHINode* old = builder_.CreatePHI(number, 2, "old");
  old->addIncoming(first, before);
  const bool is_minimum = source.op == AtomicOperation::minimum;
  builder_.CreateCondBr(is_minimum ? builder_.CreateFCmpOLT(value, old) : builder_.CreateFCmpOLT(old, value), change,
                        end);
  builder_.SetInsertPoint(change);
  V pair = builder_.CreateAtomicCmpXchg(place, builder_.CreateBitCast(old, bits), builder_.CreateBitCast(value, bits),
                                        alignment, relaxed, relaxed);
  old->addIncoming(builder_.CreateBitCast(builder_.CreateExtractValue(pair, 0), number), change);
  builder_.CreateCondBr(builder_.CreateExtractValue(pair, 1), end, test);
  builder_.SetInsertPoint(end);
  return old;
}

}  // namespace kernelc::cpu
