#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>

#include "lower/lower.hpp"

namespace kernelc {

namespace {

using llvm::BinaryOperator;
using llvm::Instruction;
using llvm::Value;

void contain_shift(BinaryOperator& shift) {
  const unsigned bits = shift.getType()->getScalarSizeInBits();
  if (const auto* count = llvm::dyn_cast<llvm::ConstantInt>(shift.getOperand(1));
      count && count->getValue().ult(bits)) {
    return;
  }
  llvm::IRBuilder<> builder(&shift);
  Value* mask = llvm::ConstantInt::get(shift.getType(), bits - 1);
  // Widths are powers of two, so the count modulo the width is its low bits.
  shift.setOperand(1, builder.CreateAnd(shift.getOperand(1), mask));
}

}  // namespace

void contain_division(BinaryOperator& division) {
  Value* divisor = division.getOperand(1);
  llvm::Type* type = division.getType();
  const bool is_signed = division.getOpcode() == Instruction::SDiv || division.getOpcode() == Instruction::SRem;
  const bool is_remainder = division.getOpcode() == Instruction::SRem || division.getOpcode() == Instruction::URem;
  if (const auto* known = llvm::dyn_cast<llvm::ConstantInt>(divisor);
      known && !known->isZero() && !(is_signed && known->isMinusOne())) {
    return;
  }
  llvm::IRBuilder<> builder(&division);
  Value* one = llvm::ConstantInt::get(type, 1);
  Value* is_special = builder.CreateICmpEQ(divisor, llvm::Constant::getNullValue(type));
  Value* is_minus_one = nullptr;
  if (is_signed) {
    is_minus_one = builder.CreateICmpEQ(divisor, llvm::Constant::getAllOnesValue(type));
    is_special = builder.CreateOr(is_special, is_minus_one);
  }
  division.setOperand(1, builder.CreateSelect(is_special, one, divisor));
  if (!is_signed || is_remainder) return;  // n / 1 == n and n % 1 == 0 are the results already
  builder.SetInsertPoint(division.getNextNode());
  Value* negated = builder.CreateNeg(division.getOperand(0));
  auto* result = llvm::cast<Instruction>(builder.CreateSelect(is_minus_one, negated, &division));
  division.replaceUsesWithIf(result, [&](const llvm::Use& use) { return use.getUser() != result; });
}

namespace {

void contain_conversion(Instruction& conversion) {
  llvm::IRBuilder<> builder(conversion.getNextNode());
  auto* frozen = llvm::cast<Instruction>(builder.CreateFreeze(&conversion));
  conversion.replaceUsesWithIf(frozen, [&](const llvm::Use& use) { return use.getUser() != frozen; });
}

/// What was folded to no value at all when the instruction was made, as `1 / 0` is, becomes zero.
void contain_poison(Instruction& instruction) {
  for (llvm::Use& operand : instruction.operands()) {
    const llvm::Type* type = operand->getType();
    if (llvm::isa<llvm::PoisonValue>(operand) && (type->isIntegerTy() || type->isFloatingPointTy())) {
      operand = llvm::Constant::getNullValue(operand->getType());
    }
  }
}

}  // namespace

void contain_undefined(llvm::Module& module) {
  for (llvm::Function& function : module) {
    for (llvm::BasicBlock& block : function) {
      // The list is taken first: each step inserts instructions that need no containing.
      std::vector<Instruction*> instructions;
      for (Instruction& instruction : block) instructions.push_back(&instruction);
      for (Instruction* instruction : instructions) {
        contain_poison(*instruction);
        switch (instruction->getOpcode()) {
          case Instruction::Shl:
          case Instruction::LShr:
          case Instruction::AShr: contain_shift(*llvm::cast<BinaryOperator>(instruction)); break;
          case Instruction::SDiv:
          case Instruction::UDiv:
          case Instruction::SRem:
          case Instruction::URem: contain_division(*llvm::cast<BinaryOperator>(instruction)); break;
          case Instruction::FPToSI:
          case Instruction::FPToUI: contain_conversion(*instruction); break;
          default: break;
        }
        if (auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(instruction)) {
          const auto id = call->getIntrinsicID();
          if (id == llvm::Intrinsic::ctlz || id == llvm::Intrinsic::cttz || id == llvm::Intrinsic::abs) {
            call->setArgOperand(1, llvm::ConstantInt::getFalse(module.getContext()));
          }
        }
      }
    }
  }
}

}  // namespace kernelc
