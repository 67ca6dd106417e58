#include "lower/combine_bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/PatternMatch.h>
#include <llvm/IR/ValueHandle.h>
#include <llvm/Transforms/Utils/Local.h>

namespace kernelc {

namespace {

namespace pattern = llvm::PatternMatch;
using llvm::Instruction;
using llvm::LoadInst;

struct Byte {
  LoadInst* load = nullptr;
  std::uint64_t shift = 0;
  std::int64_t offset = 0;  // from the first byte found
};

/// The bytes that a tree of `or` has, or nothing if it has anything else. What is within is used in the tree alone.
bool collect(llvm::Value* value, std::uint64_t shift, bool is_root, std::vector<Byte>& bytes) {
  if (!is_root && !value->hasOneUse()) return false;
  llvm::Value* left = nullptr;
  llvm::Value* right = nullptr;
  std::uint64_t more = 0;
  if (pattern::match(value, pattern::m_Or(pattern::m_Value(left), pattern::m_Value(right)))) {
    return collect(left, shift, false, bytes) && collect(right, shift, false, bytes);
  }
  if (pattern::match(value, pattern::m_Shl(pattern::m_Value(left), pattern::m_ConstantInt(more)))) {
    return collect(left, shift + more, false, bytes);
  }
  if (!pattern::match(value, pattern::m_ZExt(pattern::m_Value(left)))) return false;
  if (!left->getType()->isIntegerTy(8)) {
    const std::size_t first = bytes.size();
    if (!collect(left, shift, false, bytes)) return false;
    // What was shifted out of the narrower number is lost.
    const unsigned width = left->getType()->getScalarSizeInBits();
    return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end(),
                       [&](const Byte& each) { return each.shift - shift + 8 <= width; });
  }
  auto* load = llvm::dyn_cast<LoadInst>(left);
  if (load == nullptr || !load->isSimple() || !load->hasOneUse()) return false;
  bytes.push_back({load, shift});
  return true;
}

/// The last of the loads, if they are in its block and nothing in between writes.
LoadInst* last_of(const std::vector<Byte>& bytes) {
  llvm::SmallPtrSet<const Instruction*, 8> open;
  for (const Byte& each : bytes) open.insert(each.load);
  bool has_begun = false;
  for (Instruction& instruction : *bytes.front().load->getParent()) {
    if (open.erase(&instruction)) {
      has_begun = true;
      if (open.empty()) return llvm::cast<LoadInst>(&instruction);
    } else if (has_begun && instruction.mayWriteToMemory()) {
      return nullptr;
    }
  }
  return nullptr;
}

/// Of a root all of whose bits are given, in ascending order of addresses.
std::optional<std::vector<Byte>> neighbours(Instruction& root, llvm::ScalarEvolution& evolution) {
  std::vector<Byte> bytes;
  const unsigned size = root.getType()->getScalarSizeInBits() / 8;
  if (!collect(&root, 0, true, bytes) || bytes.size() != size) return std::nullopt;
  const llvm::SCEV* first = evolution.getSCEV(bytes.front().load->getPointerOperand());
  for (Byte& each : bytes) {
    const llvm::SCEV* distance = evolution.getMinusSCEV(evolution.getSCEV(each.load->getPointerOperand()), first);
    const auto* offset = llvm::dyn_cast<llvm::SCEVConstant>(distance);
    if (offset == nullptr) return std::nullopt;
    each.offset = offset->getAPInt().getSExtValue();
  }
  llvm::sort(bytes, [](const Byte& a, const Byte& b) { return a.offset < b.offset; });
  return bytes;
}

bool combine(Instruction& root, llvm::ScalarEvolution& evolution) {
  const auto bytes = neighbours(root, evolution);
  if (!bytes) return false;
  bool ascends = true;
  bool descends = true;
  for (std::size_t k = 0; k < bytes->size(); ++k) {
    const Byte& byte = (*bytes)[k];
    if (byte.offset - bytes->front().offset != static_cast<std::int64_t>(k)) return false;
    ascends = ascends && byte.shift == 8 * k;
    descends = descends && byte.shift == 8 * (bytes->size() - 1 - k);
  }
  LoadInst* last = ascends || descends ? last_of(*bytes) : nullptr;
  if (last == nullptr) return false;
  llvm::IRBuilder<> builder(last);
  llvm::Value* number = builder.CreateAlignedLoad(root.getType(), bytes->front().load->getPointerOperand(),
                                                  llvm::Align(1), root.getName());
  if (descends) number = builder.CreateUnaryIntrinsic(llvm::Intrinsic::bswap, number);
  root.replaceAllUsesWith(number);
  return true;
}

bool may_be_put_together(const Instruction& instruction) {
  const llvm::Type* type = instruction.getType();
  return instruction.getOpcode() == Instruction::Or && (type->isIntegerTy(32) || type->isIntegerTy(64));
}

}  // namespace

llvm::PreservedAnalyses CombineBytes::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  llvm::SmallVector<llvm::WeakTrackingVH, 8> roots;
  for (llvm::BasicBlock& block : function) {
    // The last of a tree is its root.
    for (Instruction& instruction : llvm::reverse(block)) {
      if (may_be_put_together(instruction)) roots.emplace_back(&instruction);
    }
  }
  if (roots.empty()) return llvm::PreservedAnalyses::all();
  auto& evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
  bool has_changed = false;
  for (llvm::WeakTrackingVH& each : roots) {
    auto* root = llvm::cast_or_null<Instruction>(static_cast<llvm::Value*>(each));
    if (root == nullptr || !combine(*root, evolution)) continue;
    llvm::RecursivelyDeleteTriviallyDeadInstructions(root);
    has_changed = true;
  }
  if (!has_changed) return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  return preserved;
}

}  // namespace kernelc
