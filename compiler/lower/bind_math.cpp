#include <map>
#include <string>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>

#include "lower/lower.hpp"
#include "model/math_functions.hpp"

namespace kernelc {

namespace {

using llvm::CallInst;
using llvm::Value;
namespace intrinsic = llvm::Intrinsic;

/// The C functions whose result is exactly defined, and LLVM's operation for each.
const std::map<std::string, intrinsic::ID>& exact_functions() {
  static const std::map<std::string, intrinsic::ID> functions{
      {"sqrt", intrinsic::sqrt},   {"floor", intrinsic::floor}, {"ceil", intrinsic::ceil},
      {"trunc", intrinsic::trunc}, {"rint", intrinsic::rint},   {"nearbyint", intrinsic::nearbyint},
      {"round", intrinsic::round}, {"fabs", intrinsic::fabs},   {"copysign", intrinsic::copysign},
      {"fma", intrinsic::fma},
  };
  return functions;
}

/// A NaN gives way to the other operand; of two equal ones the second is taken, so that the sign of a zero does not
/// depend on how the comparison is ordered by an optimiser.
Value* minimum_or_maximum(llvm::IRBuilder<>& builder, Value* x, Value* y, bool minimum) {
  Value* first = minimum ? builder.CreateFCmpOLT(x, y) : builder.CreateFCmpOGT(x, y);
  Value* ordered = builder.CreateSelect(first, x, y);
  Value* x_or_y = builder.CreateSelect(builder.CreateFCmpUNO(y, y), x, ordered);
  return builder.CreateSelect(builder.CreateFCmpUNO(x, x), y, x_or_y);
}

/// The double version's name of a C library function on floating-point numbers; empty for any other function.
std::string base_name(const llvm::Function& function) {
  const llvm::StringRef name = function.getName();
  const auto known = model::find_math_function(name.str());
  if (!function.isDeclaration() || !known || *known != name || model::is_integer_function(*known)) return {};
  bool is_float = false;
  return std::string(model::math_function(*known, is_float).name);
}

/// The C library's lgamma writes a variable that all threads share; its sibling gives the sign to the caller.
Value* reentrant_lgamma(llvm::IRBuilder<>& builder, CallInst& call, const llvm::Function& callee) {
  llvm::Function& caller = *call.getFunction();
  llvm::IRBuilder<> entry(&caller.getEntryBlock(), caller.getEntryBlock().begin());
  Value* sign = entry.CreateAlloca(builder.getInt32Ty(), nullptr, "sign");
  auto* type = llvm::FunctionType::get(call.getType(), {call.getType(), builder.getPtrTy()}, false);
  const std::string name = callee.getName().str() + "_r";
  CallInst* result =
      builder.CreateCall(caller.getParent()->getOrInsertFunction(name, type), {call.getArgOperand(0), sign});
  result->addFnAttr(llvm::Attribute::NoUnwind);
  result->setOnlyAccessesArgMemory();
  return result;
}

/// The replacement of a call, or null to leave it as a call.
Value* replacement(CallInst& call, const llvm::Function& callee) {
  llvm::IRBuilder<> builder(&call);
  if (callee.isIntrinsic()) {
    const auto id = callee.getIntrinsicID();
    if (id == intrinsic::fmuladd) {
      return builder.CreateFAdd(builder.CreateFMul(call.getArgOperand(0), call.getArgOperand(1)),
                                call.getArgOperand(2));
    }
    if (id != intrinsic::minnum && id != intrinsic::maxnum) return nullptr;
    return minimum_or_maximum(builder, call.getArgOperand(0), call.getArgOperand(1), id == intrinsic::minnum);
  }
  const std::string name = base_name(callee);
  if (name.empty()) return nullptr;
  if (name == "fmin" || name == "fmax") {
    return minimum_or_maximum(builder, call.getArgOperand(0), call.getArgOperand(1), name == "fmin");
  }
  const auto exact = exact_functions().find(name);
  if (exact != exact_functions().end()) {
    const llvm::SmallVector<Value*, 3> operands(call.args());
    return builder.CreateIntrinsic(exact->second, {call.getType()}, operands);
  }
  if (name == "lgamma") return reentrant_lgamma(builder, call, callee);
  // Not folded, not rewritten: pow(x, 2) stays what the C library computes, in both.
  call.addFnAttr(llvm::Attribute::NoBuiltin);
  call.addFnAttr(llvm::Attribute::NoUnwind);
  const bool writes_memory = name == "frexp" || name == "modf" || name == "remquo";
  if (!writes_memory) call.setMemoryEffects(llvm::MemoryEffects::none());
  return nullptr;
}

}  // namespace

void bind_math(llvm::Module& module) {
  for (llvm::Function& function : module) {
    for (llvm::BasicBlock& block : function) {
      for (auto next = block.begin(); next != block.end();) {
        llvm::Instruction& instruction = *next++;
        // A pragma in the source may allow what strict arithmetic does not.
        if (llvm::isa<llvm::FPMathOperator>(instruction)) instruction.copyFastMathFlags(llvm::FastMathFlags());
        auto* call = llvm::dyn_cast<CallInst>(&instruction);
        const llvm::Function* callee = call != nullptr ? call->getCalledFunction() : nullptr;
        if (callee == nullptr) continue;
        if (Value* value = replacement(*call, *callee)) {
          call->replaceAllUsesWith(value);
          call->eraseFromParent();
        }
      }
    }
  }
}

void allow_fast_math(llvm::Module& module) {
  llvm::FastMathFlags flags;
  flags.setAllowReassoc();
  flags.setAllowContract();
  flags.setAllowReciprocal();
  flags.setApproxFunc();
  flags.setNoSignedZeros();
  for (llvm::Function& function : module) {
    if (!function.hasFnAttribute(fast_math_attribute)) continue;
    for (llvm::BasicBlock& block : function) {
      for (llvm::Instruction& instruction : block) {
        if (llvm::isa<llvm::FPMathOperator>(instruction)) instruction.setFastMathFlags(flags);
        auto* call = llvm::dyn_cast<CallInst>(&instruction);
        // pow(x, 2) may become a product.
        if (call != nullptr && llvm::isa<llvm::FPMathOperator>(call)) call->removeFnAttr(llvm::Attribute::NoBuiltin);
      }
    }
  }
}

}  // namespace kernelc
