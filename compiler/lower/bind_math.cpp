#include <map>
#include <string>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/VFABIDemangler.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

#include "lanes/vector_functions.hpp"
#include "lower/floats_in_doubles.hpp"
#include "lower/lower.hpp"
#include "lower/math_libraries.hpp"
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

/// Says of the call which functions compute several of its results at once, as LLVM's vectorisers read it.
void offer_vector_functions(CallInst& call, const std::vector<VectorFunction>& functions) {
  llvm::Module& module = *call.getModule();
  const std::string scalar = call.getCalledFunction()->getName().str();
  llvm::SmallVector<std::string, 2> variants;
  for (const VectorFunction& each : functions) {
    auto* type = llvm::FixedVectorType::get(call.getType(), each.lanes);
    const llvm::SmallVector<llvm::Type*, 2> arguments(call.arg_size(), type);
    auto* function = llvm::cast<llvm::Function>(
        module.getOrInsertFunction(each.name, llvm::FunctionType::get(type, arguments, false)).getCallee());
    function->setDoesNotThrow();
    function->setWillReturn();
    function->setDoesNotAccessMemory();
    llvm::appendToCompilerUsed(module, {function});
    variants.push_back("_ZGV_LLVM_N" + std::to_string(each.lanes) + std::string(call.arg_size(), 'v') + "_" + scalar +
                       "(" + each.name + ")");
  }
  llvm::VFABI::setVectorVariantNames(&call, variants);
}

/// SLEEF's exp is infinite from 709.782711 on, the exact result from 709.782713: what is near that is computed for an
/// argument smaller by 64 log(2), in two parts of which the first is subtracted without rounding.
Value* exp_up_to_the_end(CallInst& call) {
  constexpr double near_end = 709.0;
  constexpr double first_part = 0x1.62e42fefa39f0p+5;
  constexpr double second_part = -0x1.950d871319ff0p-48;
  llvm::IRBuilder<> builder(&call);
  const auto number = [&](double value) { return llvm::ConstantFP::get(call.getType(), value); };
  Value* x = call.getArgOperand(0);
  Value* is_near = builder.CreateFCmpOGT(x, number(near_end));
  Value* moved = builder.CreateSelect(is_near, builder.CreateFSub(x, number(first_part)), x);
  CallInst* exp = llvm::cast<CallInst>(builder.Insert(call.clone()));
  exp->setArgOperand(0, moved);
  Value* corrected = builder.CreateFSub(exp, builder.CreateFMul(exp, number(second_part)));
  return builder.CreateSelect(is_near, builder.CreateFMul(corrected, number(0x1p64)), exp);
}

/// Has the call computed in its place or by the library that is meant for it. The replacement of the call, or null to
/// leave it.
Value* choose_library(CallInst& call, const std::string& name) {
  const llvm::Function& caller = *call.getFunction();
  const llvm::StringRef cpu = caller.getFnAttribute("target-cpu").getValueAsString();
  const bool is_float = call.getType()->isFloatTy();
  if (caller.hasFnAttribute(fast_math_attribute)) {
    offer_vector_functions(call, fast_vector_functions(name, is_float, cpu));
    return nullptr;
  }
  if (llvm::Value* result = compute_in_doubles(call, name)) return result;
  const auto strict = strict_function(name, is_float);
  if (!strict) return nullptr;
  call.setCalledFunction(call.getModule()->getOrInsertFunction(*strict, call.getFunctionType()));
  offer_vector_functions(call, strict_vector_functions(name, is_float, cpu));
  return name == "exp" && !is_float ? exp_up_to_the_end(call) : nullptr;
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
  const bool writes_memory = name == "frexp" || name == "modf" || name == "remquo";
  call.addFnAttr(llvm::Attribute::NoUnwind);
  call.addFnAttr(llvm::Attribute::WillReturn);
  if (writes_memory) return nullptr;
  call.setMemoryEffects(llvm::MemoryEffects::none());
  return choose_library(call, name);
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

void compute_in_one_lane(llvm::Function& function) {
  if (function.hasFnAttribute(fast_math_attribute)) return;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(block)) {
      auto* call = llvm::dyn_cast<CallInst>(&instruction);
      if (call == nullptr || call->getType()->isVectorTy()) continue;
      const auto functions = llvm::VFDatabase::getMappings(*call);
      if (functions.empty()) continue;
      const llvm::VFInfo& vectors = lanes::best_for(functions, 1);
      llvm::IRBuilder<> builder(call);
      llvm::SmallVector<Value*, 2> arguments;
      for (const llvm::Use& each : call->args()) arguments.push_back(builder.CreateVectorSplat(vectors.Shape.VF, each));
      Value* vector = builder.CreateCall(function.getParent()->getFunction(vectors.VectorName), arguments);
      call->replaceAllUsesWith(builder.CreateExtractElement(vector, std::uint64_t{0}));
      call->eraseFromParent();
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
