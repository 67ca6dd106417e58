#include "lanes/streams.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include "lanes/shapes.hpp"

namespace kernelc::lanes {

namespace {

using llvm::Instruction;
using llvm::Value;

/// Results of a launch that are larger than that are taken not to be found in a cache by whoever reads them: about a
/// last level's size. A choice; where it is best was not measured.
constexpr std::uint64_t least_bytes = std::uint64_t{24} << 20;

/// Shorter rows stay in the caches: the lines that they begin and end in are written in two ways, and by their
/// neighbours. A choice between the two stencils of the suite `kernels`: rows of 1 KiB lose by streams, rows of 16 KiB
/// gain.
constexpr std::uint64_t least_bytes_of_row = 4096;

std::uint64_t size_of(const llvm::StoreInst& store) {
  return store.getDataLayout().getTypeStoreSize(store.getValueOperand()->getType()).getFixedValue();
}

/// Whether a pointer is a span's: those are loaded from the arguments. A group's arrays stay in the cache.
bool is_of_span(const Value* pointer) {
  const auto* load = llvm::dyn_cast<llvm::LoadInst>(llvm::getUnderlyingObject(pointer));
  if (load == nullptr) return false;
  const auto* block = llvm::dyn_cast<llvm::Argument>(llvm::getUnderlyingObject(load->getPointerOperand()));
  return block != nullptr && block->getArgNo() == 0;
}

/// Elements of 4 or 8 bytes in a row: vectors of shorter ones would be shorter than a line.
bool fills_lines(const llvm::StoreInst& store, const Shapes& shapes) {
  const Value* pointer = store.getPointerOperand();
  const std::uint64_t size = size_of(store);
  return (size == 4 || size == 8) && store.getAlign() >= size && !shapes.of(pointer).may_wrap() &&
         shapes.is_in_a_row(pointer, store.getValueOperand()->getType());
}

/// Before a loop, the address at which an item's element would be stored.
class AddressOf {
 public:
  AddressOf(const ItemLoop& items, llvm::IRBuilder<>& builder) : items_(items), builder_(builder) {}

  Value* operator()(Value* pointer, Value* id) {
    copies_.clear();
    copies_[items_.id] = id;
    return builder_.CreatePtrToInt(copy(pointer), builder_.getInt64Ty());
  }

 private:
  Value* copy(Value* value) {
    auto* instruction = llvm::dyn_cast<Instruction>(value);
    if (instruction == nullptr || !items_.loop->contains(instruction)) return value;
    if (Value* known = copies_.lookup(value)) return known;
    Instruction* made = instruction->clone();
    for (llvm::Use& operand : made->operands()) operand.set(copy(operand.get()));
    made->dropPoisonGeneratingFlags();
    builder_.Insert(made);
    copies_[value] = made;
    return made;
  }

  const ItemLoop& items_;
  llvm::IRBuilder<>& builder_;
  llvm::DenseMap<Value*, Value*> copies_;
};

/// Whether a value is computed from the id and what is known before the loop alone.
bool is_computable_before(const Value* value, const ItemLoop& items) {
  const auto* instruction = llvm::dyn_cast<Instruction>(value);
  if (instruction == nullptr || !items.loop->contains(instruction) || value == items.id) return true;
  if (llvm::isa<llvm::PHINode>(instruction) || instruction->mayReadOrWriteMemory()) return false;
  if (llvm::isa<llvm::CallInst>(instruction) || instruction->isIntDivRem()) return false;
  return llvm::all_of(instruction->operand_values(),
                      [&](const Value* each) { return is_computable_before(each, items); });
}

/// Other threads learn of such stores in no order but behind a fence: where the function ends, if there were any.
void add_fences(llvm::Function& function, llvm::AllocaInst* has_streamed) {
  llvm::Function* fence = llvm::Intrinsic::getDeclaration(function.getParent(), llvm::Intrinsic::x86_sse_sfence);
  llvm::SmallVector<Instruction*, 4> ends;
  for (llvm::BasicBlock& block : function) {
    if (llvm::isa<llvm::ReturnInst>(block.getTerminator())) ends.push_back(block.getTerminator());
  }
  for (Instruction* end : ends) {
    llvm::IRBuilder<> builder(end);
    Value* is_needed = builder.CreateLoad(builder.getInt1Ty(), has_streamed);
    builder.SetInsertPoint(llvm::SplitBlockAndInsertIfThen(is_needed, end->getIterator(), false));
    builder.CreateCall(fence);
  }
}

/// The stores of a loop that are to be streamed; none unless reading and writing in a row is all it does, as then
/// memory is what it waits for.
std::vector<llvm::StoreInst*> streamable_stores(const ItemLoop& items, const Shapes& shapes) {
  std::vector<llvm::StoreInst*> stores;
  std::set<const Value*> read;
  for (Instruction& each : *items.first) {
    if (llvm::isa<llvm::CallInst>(each) && !llvm::isa<llvm::IntrinsicInst>(each)) return {};
    const Value* pointer = llvm::getLoadStorePointerOperand(&each);
    if (pointer == nullptr) continue;
    const bool is_in_a_row =
        shapes.of(pointer).is_uniform() || shapes.is_in_a_row(pointer, llvm::getLoadStoreType(&each));
    if (!is_in_a_row || shapes.of(pointer).may_wrap()) return {};
    auto* store = llvm::dyn_cast<llvm::StoreInst>(&each);
    if (store == nullptr) {
      read.insert(llvm::getUnderlyingObject(pointer));
    } else if (is_of_span(pointer) && fills_lines(*store, shapes) && is_computable_before(pointer, items)) {
      stores.push_back(store);
    }
  }
  llvm::erase_if(stores, [&](const llvm::StoreInst* each) {
    return read.contains(llvm::getUnderlyingObject(each->getPointerOperand()));
  });
  return stores;
}

/// Code before the loop for the first item that is streamed: the loop's end if none is.
Value* first_streamed(const ItemLoop& items, llvm::ArrayRef<llvm::StoreInst*> stores, llvm::AllocaInst* has_streamed) {
  llvm::IRBuilder<> builder(items.before->getTerminator());
  const auto number = [&](std::uint64_t value) { return builder.getInt64(value); };
  const auto behind_line = [&](Value* address) { return builder.CreateAnd(address, number(line_bytes - 1)); };
  AddressOf address_of(items, builder);
  Value* missing = behind_line(builder.CreateNeg(address_of(stores[0]->getPointerOperand(), items.begin)));
  Value* first = builder.CreateAdd(items.begin, builder.CreateUDiv(missing, number(size_of(*stores[0]))));
  Value* bytes = number(0);
  Value* streams = builder.CreateICmpULE(first, items.end);
  Value* is_long = builder.CreateICmpUGE(builder.CreateSub(items.end, items.begin),
                                         number(least_bytes_of_row / size_of(*stores[0])));
  streams = builder.CreateAnd(streams, is_long);
  for (llvm::StoreInst* each : stores) {
    Value* misplaced = behind_line(address_of(each->getPointerOperand(), first));
    streams = builder.CreateAnd(streams, builder.CreateICmpEQ(misplaced, number(0)));
    bytes = builder.CreateAdd(bytes, number(size_of(*each)));
  }
  Value* grid = items.header->getParent()->getArg(1);
  for (const unsigned d : {0u, 1u, 2u}) {
    Value* side = builder.CreateConstInBoundsGEP1_64(builder.getInt64Ty(), grid, d);
    bytes = builder.CreateMul(bytes, builder.CreateLoad(builder.getInt64Ty(), side));
  }
  streams = builder.CreateAnd(streams, builder.CreateICmpUGE(bytes, number(least_bytes)));
  Value* before = builder.CreateLoad(builder.getInt1Ty(), has_streamed);
  builder.CreateStore(builder.CreateOr(before, streams), has_streamed);
  return builder.CreateSelect(streams, first, items.end);
}

void stream(const ItemLoop& items, llvm::ArrayRef<llvm::StoreInst*> stores, llvm::AllocaInst* has_streamed) {
  Value* first = first_streamed(items, stores, has_streamed);
  const ItemLoop plain = copy_of(items);
  plain.test->setOperand(1, first);
  items.before->getTerminator()->setSuccessor(0, plain.before);
  llvm::BasicBlock* before = new_block_before(items);
  plain.header->getTerminator()->replaceSuccessorWith(items.after, before);
  items.id->replaceIncomingBlockWith(items.before, before);
  items.id->setIncomingValueForBlock(before, first);
  llvm::LLVMContext& context = before->getContext();
  llvm::Metadata* one = llvm::ConstantAsMetadata::get(llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), 1));
  for (llvm::StoreInst* each : stores) {
    each->setMetadata(llvm::LLVMContext::MD_nontemporal, llvm::MDNode::get(context, one));
  }
}

/// A variable of the function that is false when it begins.
llvm::AllocaInst* flag(llvm::Function& function) {
  llvm::IRBuilder<> builder(&function.getEntryBlock(), function.getEntryBlock().getFirstInsertionPt());
  llvm::AllocaInst* variable = builder.CreateAlloca(builder.getInt1Ty(), nullptr, "streamed");
  builder.CreateStore(builder.getFalse(), variable);
  return variable;
}

bool can_be_streamed(const ItemLoop& items) {
  const bool is_straight = items.first == items.latch && has_lanes(items);
  const bool is_groups_row = llvm::isa<llvm::ConstantInt>(items.end);
  const auto* before = llvm::cast<llvm::BranchInst>(items.before->getTerminator());
  return is_straight && !is_groups_row && items.after->phis().empty() && before->isUnconditional();
}

}  // namespace

void stream_results(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const llvm::Triple triple(function.getParent()->getTargetTriple());
  if (!triple.isX86() || item_latches(function).empty()) return;
  tidy(function, analyses);
  llvm::AllocaInst* has_streamed = nullptr;
  for (Instruction* latch : item_latches(function)) {
    const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
    const std::optional<ItemLoop> items = item_loop(*latch, loops);
    if (!items || !can_be_streamed(*items)) continue;
    const auto& dominators = analyses.getResult<llvm::DominatorTreeAnalysis>(function);
    const OwnSlots none;
    const Shapes shapes(Shapes::Begin::all, *items, loops, dominators, none);
    const std::vector<llvm::StoreInst*> stores = streamable_stores(*items, shapes);
    if (stores.empty()) continue;
    if (has_streamed == nullptr) has_streamed = flag(function);
    stream(*items, stores, has_streamed);
    analyses.invalidate(function, llvm::PreservedAnalyses::none());
  }
  if (has_streamed != nullptr) add_fences(function, has_streamed);
}

bool is_streamed(const llvm::StoreInst& store) { return store.hasMetadata(llvm::LLVMContext::MD_nontemporal); }

unsigned lanes_of_line(const ItemLoop& items) {
  std::uint64_t lanes = 0;
  for (const Instruction& each : *items.first) {
    const auto* store = llvm::dyn_cast<llvm::StoreInst>(&each);
    if (store != nullptr && is_streamed(*store)) lanes = std::max(lanes, line_bytes / size_of(*store));
  }
  return static_cast<unsigned>(lanes);
}

bool has_streams(const ItemLoop& items) { return lanes_of_line(items) != 0; }

void stream_no_more(const ItemLoop& items) {
  for (Instruction& each : *items.first) each.setMetadata(llvm::LLVMContext::MD_nontemporal, nullptr);
}

}  // namespace kernelc::lanes
