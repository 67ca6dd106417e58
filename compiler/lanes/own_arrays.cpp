#include "lanes/own_arrays.hpp"

#include <algorithm>

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/LoopUnrollPass.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Utils/LoopUtils.h>

#include "lanes/item_loop.hpp"

namespace kernelc::lanes {

namespace {

using llvm::Instruction;
using llvm::Value;

constexpr std::uint64_t longest_copy = 128;  // bytes
constexpr std::uint64_t least_element = 4;
constexpr unsigned most_rounds = 16;
constexpr std::size_t most_instructions = 200;  // of all rounds

/// Elements as large as both sides' alignment allows.
std::uint64_t element_of(const llvm::MemIntrinsic& call, std::uint64_t length) {
  std::uint64_t size = std::min<std::uint64_t>(8, call.getDestAlign().valueOrOne().value());
  if (const auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(&call)) {
    size = std::min(size, copy->getSourceAlign().valueOrOne().value());
  }
  while (length % size != 0) size /= 2;
  return size;
}

/// A copy or fill of few elements, none of them narrow: lanes would go through those one by one, each of them.
bool is_short(const llvm::MemIntrinsic& call) {
  const auto* length = llvm::dyn_cast<llvm::ConstantInt>(call.getLength());
  if (length == nullptr || call.isVolatile() || length->getZExtValue() > longest_copy) return false;
  return element_of(call, length->getZExtValue()) >= least_element;
}

void write_out(llvm::MemIntrinsic& call) {
  const std::uint64_t length = llvm::cast<llvm::ConstantInt>(call.getLength())->getZExtValue();
  const std::uint64_t size = element_of(call, length);
  llvm::IRBuilder<> builder(&call);
  llvm::IntegerType* type = builder.getIntNTy(static_cast<unsigned>(8 * size));
  const llvm::Align align(size);
  const auto place = [&](Value* base, std::uint64_t at) {
    return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, at);
  };
  llvm::SmallVector<Value*, 16> elements;
  for (std::uint64_t at = 0; at < length; at += size) {
    if (auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(&call)) {
      elements.push_back(builder.CreateAlignedLoad(type, place(copy->getSource(), at), align));
    } else {
      Value* byte = llvm::cast<llvm::MemSetInst>(call).getValue();
      Value* bytes = llvm::ConstantInt::get(type, llvm::APInt::getSplat(type->getBitWidth(), llvm::APInt(8, 1)));
      elements.push_back(builder.CreateMul(builder.CreateZExt(byte, type), bytes));
    }
  }
  // Both sides may overlap: everything is read before anything is written.
  for (std::size_t k = 0; k < elements.size(); ++k) {
    builder.CreateAlignedStore(elements[k], place(call.getDest(), k * size), align);
  }
  call.eraseFromParent();
}

bool write_copies_out(const llvm::Loop& items) {
  llvm::SmallVector<llvm::MemIntrinsic*, 8> calls;
  for (llvm::BasicBlock* block : items.blocks()) {
    for (Instruction& each : *block) {
      auto* call = llvm::dyn_cast<llvm::MemIntrinsic>(&each);
      if (call != nullptr && is_short(*call)) calls.push_back(call);
    }
  }
  for (llvm::MemIntrinsic* call : calls) write_out(*call);
  return !calls.empty();
}

/// Whether a loop goes through an array of the item's own, element by element.
bool goes_through_own_array(const llvm::Loop& loop) {
  for (const llvm::BasicBlock* block : loop.blocks()) {
    for (const Instruction& each : *block) {
      const auto* address = llvm::dyn_cast_or_null<llvm::GetElementPtrInst>(llvm::getLoadStorePointerOperand(&each));
      if (address == nullptr || address->hasAllConstantIndices() || !loop.contains(address)) continue;
      if (llvm::isa<llvm::AllocaInst>(llvm::getUnderlyingObject(address))) return true;
    }
  }
  return false;
}

bool mark_short_loops(llvm::Loop& items, llvm::ScalarEvolution& evolution) {
  bool has_any = false;
  for (llvm::Loop* loop : items.getLoopsInPreorder()) {
    if (loop == &items || !loop->isInnermost()) continue;
    const unsigned rounds = evolution.getSmallConstantTripCount(loop);
    std::size_t size = 0;
    for (const llvm::BasicBlock* block : loop->blocks()) size += block->size();
    if (rounds == 0 || rounds > most_rounds || size * rounds > most_instructions) continue;
    if (!goes_through_own_array(*loop)) continue;
    llvm::addStringMetadataToLoop(loop, "llvm.loop.unroll.full", 1);
    has_any = true;
  }
  return has_any;
}

}  // namespace

void take_arrays_apart(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
  auto& evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
  bool has_changed = false;
  for (Instruction* latch : item_latches(function)) {
    llvm::Loop* items = loops.getLoopFor(latch->getParent());
    if (items == nullptr || items->isInnermost()) continue;
    has_changed = mark_short_loops(*items, evolution) || has_changed;
    has_changed = write_copies_out(*items) || has_changed;
  }
  if (!has_changed) return;
  llvm::FunctionPassManager passes;
  passes.addPass(
      llvm::createFunctionToLoopPassAdaptor(llvm::LoopFullUnrollPass(/*OptLevel=*/2, /*OnlyWhenForced=*/true)));
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  passes.addPass(llvm::EarlyCSEPass());
  analyses.invalidate(function, llvm::PreservedAnalyses::none());
  analyses.invalidate(function, passes.run(function, analyses));
  tidy(function, analyses);
  restore_item_loops(function, analyses);
}

}  // namespace kernelc::lanes
