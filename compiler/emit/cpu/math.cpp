#include <limits>

#include <llvm/IR/Intrinsics.h>

#include "emit/cpu/emitter.hpp"
#include "model/math_functions.hpp"

namespace kernelc::cpu {

/// A call of the function by its name in C; lower/bind_math.cpp decides how each is computed.
Emitter::V Emitter::math(const model::MathCall& call, const model::Type& type) {
  std::vector<V> operands;
  for (const model::Expression* argument : call.arguments) operands.push_back(value(argument));
  if (model::is_integer_function(call.function)) {
    return convert(integer_function(call.function, operands[0], *call.arguments[0]->type),
                   call.function == "abs" ? type : *call.arguments[0]->type, type);
  }
  bool is_float = false;
  const model::MathFunction& function = model::math_function(call.function, is_float);
  if (function.signature[0] == 'b') {
    V truth = classification(call.function, operands);
    return type.is_bool() ? truth : builder_.CreateZExt(truth, value_type(type));
  }
  std::vector<llvm::Type*> parameters;
  for (V operand : operands) parameters.push_back(operand->getType());
  const llvm::FunctionCallee callee =
      module_.getOrInsertFunction(call.function, llvm::FunctionType::get(value_type(type), parameters, false));
  return builder_.CreateCall(callee, operands);
}

Emitter::V Emitter::integer_function(const std::string& name, V operand, const model::Type&) {
  const auto unary = [&](llvm::Intrinsic::ID id) { return builder_.CreateUnaryIntrinsic(id, operand); };
  if (name == "abs") return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::abs, operand, builder_.getFalse());
  if (name == "popcount") return unary(llvm::Intrinsic::ctpop);
  if (name == "clz") return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, operand, builder_.getFalse());
  if (name == "ctz") return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, operand, builder_.getFalse());
  return unary(llvm::Intrinsic::bswap);
}

Emitter::V Emitter::classification(const std::string& name, const std::vector<V>& operands) {
  V x = operands[0];
  llvm::Type* type = x->getType();
  const auto magnitude = [&] { return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x); };
  V infinity = llvm::ConstantFP::getInfinity(type);
  if (name == "isnan") return builder_.CreateFCmpUNO(x, x);
  if (name == "isinf") return builder_.CreateFCmpOEQ(magnitude(), infinity);
  if (name == "isfinite") return builder_.CreateFCmpOLT(magnitude(), infinity);
  if (name == "isnormal") {
    V smallest = llvm::ConstantFP::get(context_, llvm::APFloat::getSmallestNormalized(type->getFltSemantics()));
    V size = magnitude();
    return builder_.CreateAnd(builder_.CreateFCmpOGE(size, smallest), builder_.CreateFCmpOLT(size, infinity));
  }
  if (name == "signbit") {
    llvm::Type* bits = builder_.getIntNTy(type->getScalarSizeInBits());
    return builder_.CreateICmpSLT(builder_.CreateBitCast(x, bits), llvm::Constant::getNullValue(bits));
  }
  V y = operands[1];
  if (name == "isgreater") return builder_.CreateFCmpOGT(x, y);
  if (name == "isgreaterequal") return builder_.CreateFCmpOGE(x, y);
  if (name == "isless") return builder_.CreateFCmpOLT(x, y);
  if (name == "islessequal") return builder_.CreateFCmpOLE(x, y);
  if (name == "islessgreater") return builder_.CreateFCmpONE(x, y);
  return builder_.CreateFCmpUNO(x, y);
}

}  // namespace kernelc::cpu
