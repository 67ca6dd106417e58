#include <dotcompute/kernel/abi.h>

#include "emit/cpu/emitter.hpp"
#include "lanes/item_loop.hpp"
#include "lower/lower.hpp"

namespace kernelc::cpu {

namespace {

constexpr std::string_view arm = "aarch64";
constexpr std::string_view x86 = "x86_64";

}  // namespace

bool is_architecture(std::string_view name) { return name == arm || name == x86; }

std::string_view own_architecture() {
#ifdef __aarch64__
  return arm;
#else
  return x86;
#endif
}

const std::vector<Target>& targets(std::string_view architecture) {
  static const std::vector<Target> of_x86{{"x86-64-v2", DOTCOMPUTE_ISA_X86_64_V2},
                                          {"x86-64-v3", DOTCOMPUTE_ISA_X86_64_V3},
                                          {"x86-64-v4", DOTCOMPUTE_ISA_X86_64_V4}};
  static const std::vector<Target> of_arm{{"generic", DOTCOMPUTE_ISA_AARCH64}};
  return architecture == arm ? of_arm : of_x86;
}

std::string entry_symbol(std::size_t kernel_index, const Target& target) {
  return "dotcompute_cpu_" + std::to_string(target.isa) + "_" + std::to_string(kernel_index);
}

std::unique_ptr<llvm::Module> emit(llvm::LLVMContext& context, const model::Model& model, const Target& target,
                                   const std::string& triple, const llvm::DataLayout& layout) {
  auto module = std::make_unique<llvm::Module>("dotcompute_" + target.cpu, context);
  module->setTargetTriple(triple);
  module->setDataLayout(layout);
  module->setSourceFileName("dotcompute");
  Emitter emitter(*module, target);
  for (std::size_t i = 0; i < model.kernels.size(); ++i) {
    const model::Kernel& kernel = model.kernels[i];
    if (kernel.plan != nullptr) {
      emitter.group_entry(kernel, entry_symbol(i, target));
    } else {
      emitter.kernel_entry(kernel, entry_symbol(i, target));
    }
  }
  for (llvm::Function& function : *module) {
    if (function.isDeclaration()) continue;
    function.addFnAttr("target-cpu", target.cpu);
    if (target.isa == DOTCOMPUTE_ISA_X86_64_V4) function.addFnAttr("prefer-vector-width", "512");
    function.addFnAttr("no-trapping-math", "true");
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
  return module;
}

Emitter::Emitter(llvm::Module& module, const Target& target)
    : module_(module),
      context_(module.getContext()),
      builder_(context_),
      has_half_(target.isa == DOTCOMPUTE_ISA_X86_64_V3 || target.isa == DOTCOMPUTE_ISA_X86_64_V4) {}

/// void entry(const void* arguments, const dotcompute_grid* grid, const dotcompute_box* items), begun.
llvm::Function* Emitter::make_entry(const std::string& symbol) {
  llvm::Type* pointer = builder_.getPtrTy();
  auto* type = llvm::FunctionType::get(builder_.getVoidTy(), {pointer, pointer, pointer}, false);
  auto* entry = llvm::Function::Create(type, llvm::Function::ExternalLinkage, symbol, module_);
  for (unsigned i = 0; i < 3; ++i) {
    entry->addParamAttr(i, llvm::Attribute::NoAlias);
    entry->addParamAttr(i, llvm::Attribute::ReadOnly);
  }
  if (is_fast_) entry->addFnAttr(fast_math_attribute);
  frame_ = Frame{};
  frame_.function = entry;
  frame_.entry = llvm::BasicBlock::Create(context_, "entry", entry);
  builder_.SetInsertPoint(llvm::BasicBlock::Create(context_, "start", entry));
  return entry;
}

/// The kernel's parameters from the argument block: values, and addresses of aggregates.
std::vector<Emitter::V> Emitter::load_arguments(const model::Kernel& kernel, llvm::Function& entry) {
  std::vector<V> arguments;
  std::uint64_t offset = 0;
  for (const model::Variable* parameter : kernel.function->parameters) {
    offset = llvm::alignTo(offset, parameter->type->alignment);
    V place = builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), entry.getArg(0), offset);
    arguments.push_back(parameter->type->is_aggregate() ? place : load(*parameter->type, place));
    offset += parameter->type->size;
  }
  return arguments;
}

/// Loads the arguments once, then calls the kernel for each item, x innermost.
void Emitter::kernel_entry(const model::Kernel& kernel, const std::string& symbol) {
  has_group_ = false;
  is_fast_ = kernel.is_fast;
  llvm::Function* body = declare(*kernel.function);
  llvm::Type* word = builder_.getInt64Ty();
  llvm::Function* entry = make_entry(symbol);
  llvm::BasicBlock* start = builder_.GetInsertBlock();

  const auto word_at = [&](V base, unsigned index) {
    return builder_.CreateLoad(word, builder_.CreateConstInBoundsGEP1_64(word, base, index));
  };
  std::vector<V> arguments = load_arguments(kernel, *entry);
  std::vector<V> size, begin, end;
  for (unsigned d = 0; d < 3; ++d) {
    size.push_back(word_at(entry->getArg(1), d));
    begin.push_back(word_at(entry->getArg(2), d));
    end.push_back(word_at(entry->getArg(2), 3 + d));
  }

  // Three nested loops; the head of each tests first, so that an empty box runs nothing.
  llvm::PHINode* id[3] = {};
  llvm::BasicBlock* heads[3] = {};
  llvm::BasicBlock* exits[3] = {};
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* done = new_block("done");
  for (int d = 2; d >= 0; --d) {
    heads[d] = new_block("items");
    llvm::BasicBlock* inside = new_block("item");
    exits[d] = d == 2 ? done : new_block("next");
    builder_.CreateBr(heads[d]);
    builder_.SetInsertPoint(heads[d]);
    id[d] = builder_.CreatePHI(word, 2, "id");
    id[d]->addIncoming(begin[static_cast<std::size_t>(d)], before);
    builder_.CreateCondBr(builder_.CreateICmpULT(id[d], end[static_cast<std::size_t>(d)]), inside, exits[d]);
    builder_.SetInsertPoint(inside);
    before = inside;
  }
  arguments.insert(arguments.end(), {id[0], id[1], id[2], size[0], size[1], size[2]});
  builder_.CreateCall(body, arguments);
  for (int d = 0; d < 3; ++d) {
    llvm::BasicBlock* latch = builder_.GetInsertBlock();
    id[d]->addIncoming(builder_.CreateNUWAdd(id[d], builder_.getInt64(1)), latch);
    auto* back = builder_.CreateBr(heads[d]);
    if (d == 0) {
      // lower/optimise.cpp finds the loop over x by this mark.
      back->setMetadata(lanes::items_mark, llvm::MDNode::get(context_, {}));
    }
    builder_.SetInsertPoint(exits[d]);
  }
  builder_.CreateRetVoid();
  builder_.SetInsertPoint(frame_.entry);
  builder_.CreateBr(start);
}

llvm::Function* Emitter::declare(const model::Function& function) {
  const std::tuple key{&function, has_group_, is_fast_};
  if (const auto known = functions_.find(key); known != functions_.end()) return known->second;
  std::vector<llvm::Type*> parameters;
  const bool has_result_address = function.result->is_aggregate();
  if (has_result_address) parameters.push_back(builder_.getPtrTy());
  for (const model::Variable* parameter : function.parameters) {
    parameters.push_back(parameter->type->is_aggregate() ? builder_.getPtrTy() : value_type(*parameter->type));
  }
  parameters.insert(parameters.end(), hidden_arguments(), builder_.getInt64Ty());
  llvm::Type* result = has_result_address ? builder_.getVoidTy() : value_type(*function.result);
  auto* target = llvm::Function::Create(llvm::FunctionType::get(result, parameters, false),
                                        llvm::Function::InternalLinkage, "kernel." + function.symbol, module_);
  target->addFnAttr(llvm::Attribute::AlwaysInline);
  if (is_fast_) target->addFnAttr(fast_math_attribute);
  functions_[key] = target;
  Frame outer = std::move(frame_);
  const auto position = builder_.saveIP();
  if (has_half_ && function.known != model::KnownFunction::none) {
    half_conversion(function, target);
  } else {
    define(function, target);
  }
  bound_inlining(*target);
  frame_ = std::move(outer);
  builder_.restoreIP(position);
  return target;
}

/// Calls are inlined, so that the loop over items can become vectors, unless that would grow without bounds: functions
/// that call each other twice at every level double in size at each.
void Emitter::bound_inlining(llvm::Function& function) {
  constexpr std::size_t largest = 20'000;
  std::size_t size = 0;
  for (const llvm::BasicBlock& block : function) {
    size += block.size();
    for (const llvm::Instruction& instruction : block) {
      const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      const auto callee = call != nullptr ? inlined_sizes_.find(call->getCalledFunction()) : inlined_sizes_.end();
      if (callee != inlined_sizes_.end()) size += callee->second;
    }
  }
  if (size <= largest) {
    inlined_sizes_[&function] = size;
    return;
  }
  function.removeFnAttr(llvm::Attribute::AlwaysInline);
  function.addFnAttr(llvm::Attribute::NoInline);
}

/// The target's own conversion. LLVM may drop a pair of them, and with it what makes a NaN quiet: that is said again.
void Emitter::half_conversion(const model::Function& function, llvm::Function* target) {
  builder_.SetInsertPoint(llvm::BasicBlock::Create(context_, "start", target));
  V operand = target->getArg(0);
  if (function.known == model::KnownFunction::half_to_float) {
    builder_.CreateRet(
        builder_.CreateFPExt(builder_.CreateBitCast(operand, builder_.getHalfTy()), builder_.getFloatTy()));
    return;
  }
  V bits = builder_.CreateBitCast(builder_.CreateFPTrunc(operand, builder_.getHalfTy()), builder_.getInt16Ty());
  V magnitude = builder_.CreateAnd(bits, builder_.getInt16(0x7fff));
  V is_nan = builder_.CreateICmpUGT(magnitude, builder_.getInt16(0x7c00));
  builder_.CreateRet(builder_.CreateSelect(is_nan, builder_.CreateOr(bits, builder_.getInt16(0x0200)), bits));
}

void Emitter::define(const model::Function& function, llvm::Function* target) {
  frame_ = Frame{};
  frame_.function = target;
  frame_.entry = llvm::BasicBlock::Create(context_, "slots", target);
  llvm::BasicBlock* start = llvm::BasicBlock::Create(context_, "start", target);
  builder_.SetInsertPoint(start);
  unsigned next = 0;
  if (function.result->is_aggregate()) frame_.result_address = target->getArg(next++);
  for (const model::Variable* parameter : function.parameters) {
    V place = slot(*parameter->type, parameter->name);
    frame_.variables[parameter] = place;
    // An aggregate arrives by address and is the callee's own copy from here on.
    if (parameter->type->is_aggregate()) {
      copy(*parameter->type, target->getArg(next++), place);
    } else {
      store(*parameter->type, target->getArg(next++), place);
    }
  }
  for (unsigned i = 0; i < hidden_arguments(); ++i) frame_.hidden.push_back(target->getArg(next + i));
  statement(function.body);
  if (builder_.GetInsertBlock()->getTerminator() == nullptr) {
    // Falling off the end of a function with a result is undefined; here it is a value.
    if (target->getReturnType()->isVoidTy()) {
      builder_.CreateRetVoid();
    } else {
      builder_.CreateRet(llvm::Constant::getNullValue(target->getReturnType()));
    }
  }
  builder_.SetInsertPoint(frame_.entry);
  builder_.CreateBr(start);
}

llvm::Type* Emitter::value_type(const model::Type& type) {
  switch (type.kind) {
    case model::TypeKind::nothing: return builder_.getVoidTy();
    case model::TypeKind::pointer: return builder_.getPtrTy();
    case model::TypeKind::span: return llvm::StructType::get(context_, {builder_.getPtrTy(), builder_.getInt64Ty()});
    case model::TypeKind::scalar:
      if (type.scalar == model::ScalarType::float32) return builder_.getFloatTy();
      if (type.scalar == model::ScalarType::float64) return builder_.getDoubleTy();
      return builder_.getIntNTy(type.bits());
    default: return memory_type(type);
  }
}

llvm::Type* Emitter::memory_type(const model::Type& type) {
  if (type.is_aggregate()) return llvm::ArrayType::get(builder_.getInt8Ty(), type.size);
  if (type.is_bool()) return builder_.getInt8Ty();
  return value_type(type);
}

llvm::AllocaInst* Emitter::slot(const model::Type& type, const std::string& name) {
  llvm::IRBuilder<>::InsertPointGuard guard(builder_);
  builder_.SetInsertPoint(frame_.entry, frame_.entry->begin());
  llvm::AllocaInst* result = builder_.CreateAlloca(memory_type(type), nullptr, name);
  result->setAlignment(llvm::Align(type.alignment));
  if (frame_.own_slots != nullptr) frame_.own_slots->push_back(result);
  return result;
}

Emitter::V Emitter::load(const model::Type& type, V address) {
  if (type.kind == model::TypeKind::span) {
    V data = builder_.CreateAlignedLoad(builder_.getPtrTy(), address, llvm::Align(8));
    V size_address = builder_.CreateConstInBoundsGEP1_64(builder_.getInt64Ty(), address, 1);
    V size = builder_.CreateAlignedLoad(builder_.getInt64Ty(), size_address, llvm::Align(8));
    V span = llvm::PoisonValue::get(value_type(type));
    return builder_.CreateInsertValue(builder_.CreateInsertValue(span, data, 0), size, 1);
  }
  V result = builder_.CreateAlignedLoad(memory_type(type), address, llvm::Align(type.alignment));
  return type.is_bool() ? builder_.CreateICmpNE(result, builder_.getInt8(0)) : result;
}

void Emitter::store(const model::Type& type, V value, V address) {
  if (type.kind == model::TypeKind::span) {
    builder_.CreateAlignedStore(builder_.CreateExtractValue(value, 0), address, llvm::Align(8));
    V size_address = builder_.CreateConstInBoundsGEP1_64(builder_.getInt64Ty(), address, 1);
    builder_.CreateAlignedStore(builder_.CreateExtractValue(value, 1), size_address, llvm::Align(8));
    return;
  }
  if (type.is_bool()) value = builder_.CreateZExt(value, builder_.getInt8Ty());
  builder_.CreateAlignedStore(value, address, llvm::Align(type.alignment));
}

void Emitter::copy(const model::Type& type, V from, V to) {
  const llvm::Align alignment(type.alignment);
  // The two may be one object: `a = a`.
  builder_.CreateMemMove(to, alignment, from, alignment, type.size);
}

}  // namespace kernelc::cpu
