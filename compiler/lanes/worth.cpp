#include "lanes/worth.hpp"

#include <algorithm>
#include <set>

#include <llvm/Analysis/IVDescriptors.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/Support/MathExtras.h>

#include "lanes/common_rounds.hpp"
#include "lanes/vector_functions.hpp"

namespace kernelc::lanes {

namespace {

/// Whether a value goes from round to round that only one round after the other can compute: floating-point numbers,
/// which added up in another order have another sum, and integers that are neither counted nor added up.
bool has_recurrence(llvm::Loop& loop, const Shapes& shapes, llvm::ScalarEvolution& evolution) {
  return llvm::any_of(loop.getHeader()->phis(), [&](llvm::PHINode& phi) {
    if (!shapes.of(&phi).is_varying()) return false;
    if (phi.getType()->isFloatingPointTy()) return true;
    llvm::InductionDescriptor induction;
    llvm::RecurrenceDescriptor reduction;
    return !llvm::InductionDescriptor::isInductionPHI(&phi, &loop, &evolution, induction) &&
           !llvm::RecurrenceDescriptor::isReductionPHI(&phi, &loop, reduction);
  });
}

/// Whether the next round of a loop accesses the next element.
bool goes_along(const llvm::Loop& loop, llvm::Value& pointer, llvm::Type* type, llvm::ScalarEvolution& evolution) {
  const llvm::DataLayout& layout = loop.getHeader()->getDataLayout();
  const auto size = static_cast<std::int64_t>(layout.getTypeAllocSize(type).getFixedValue());
  const auto* place = llvm::dyn_cast<llvm::SCEVAddRecExpr>(evolution.getSCEV(&pointer));
  if (place == nullptr || place->getLoop() != &loop) return false;
  const auto* step = llvm::dyn_cast<llvm::SCEVConstant>(place->getStepRecurrence(evolution));
  return step != nullptr && step->getAPInt().getSExtValue() == size;
}

struct Accesses {
  unsigned along_items = 0;  // the same or the next element for the next item
  unsigned along_loop = 0;   // the next element for the next round
};

Accesses accesses_of(const llvm::Loop& loop, const Shapes& shapes, llvm::ScalarEvolution& evolution) {
  Accesses accesses;
  for (llvm::BasicBlock* block : loop.blocks()) {
    for (llvm::Instruction& instruction : *block) {
      llvm::Value* pointer = llvm::getLoadStorePointerOperand(&instruction);
      if (pointer == nullptr) continue;
      llvm::Type* type = llvm::getLoadStoreType(&instruction);
      if (shapes.of(pointer).is_uniform() || shapes.is_in_a_row(pointer, type)) {
        ++accesses.along_items;
      } else if (goes_along(loop, *pointer, type, evolution)) {
        ++accesses.along_loop;
      }
    }
  }
  return accesses;
}

/// What instructions cost as lanes.
class LaneCosts {
 public:
  LaneCosts(const Shapes& shapes, unsigned lanes, const llvm::TargetTransformInfo& machine,
            llvm::ScalarEvolution& evolution)
      : shapes_(shapes), lanes_(lanes), machine_(machine), evolution_(evolution) {}

  /// Of an instruction in `loop`.
  [[nodiscard]] llvm::InstructionCost of(llvm::Instruction& instruction, const llvm::Loop& loop, bool is_masked) const {
    const bool is_varying = shapes_.of(&instruction).is_varying();
    if (llvm::Value* pointer = llvm::getLoadStorePointerOperand(&instruction)) {
      return of_access(instruction, *pointer, loop, is_masked);
    }
    if (instruction.isAtomic()) return one(instruction) * lanes_;
    if (!is_varying && !instruction.getType()->isVoidTy()) return one(instruction);
    if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) return of_call(*call);
    if (llvm::isa<llvm::GetElementPtrInst>(instruction)) return of_add();
    if (instruction.isBinaryOp() || instruction.isUnaryOp()) {
      // A division by a power of two is none.
      const auto last = llvm::TargetTransformInfo::getOperandInfo(*std::prev(instruction.value_op_end()));
      return machine_.getArithmeticInstrCost(instruction.getOpcode(), vector(instruction.getType()), kind,
                                             {llvm::TargetTransformInfo::OK_AnyValue, {}}, last);
    }
    if (const auto* cast = llvm::dyn_cast<llvm::CastInst>(&instruction)) {
      return machine_.getCastInstrCost(cast->getOpcode(), vector(cast->getDestTy()), vector(cast->getSrcTy()),
                                       llvm::TargetTransformInfo::CastContextHint::None, kind);
    }
    if (llvm::isa<llvm::CmpInst>(instruction) || llvm::isa<llvm::SelectInst>(instruction)) {
      llvm::Type* type = instruction.getOperand(1)->getType();
      return machine_.getCmpSelInstrCost(instruction.getOpcode(), vector(type), vector(bit()),
                                         llvm::CmpInst::BAD_ICMP_PREDICATE, kind);
    }
    return one(instruction);
  }

  [[nodiscard]] llvm::InstructionCost one(const llvm::Instruction& instruction) const {
    if (instruction.isAtomic()) return usual_atomic;  // of which LLVM's tables say nothing
    return machine_.getInstructionCost(&instruction, kind);
  }

 private:
  static constexpr auto kind = llvm::TargetTransformInfo::TCK_RecipThroughput;
  static constexpr llvm::InstructionCost::CostType usual_atomic = 5;
  // Where each lane goes through a place of its own element by element, there are as many streams as lanes, which no
  // prefetcher follows; and to collect an element takes longer than the tables say, which count it as a load. SpMV took
  // 8 times as long as rows one after the other with Zen 5, 1.3 times with Zen 3; a dense product of rows twice as
  // long.
  static constexpr llvm::InstructionCost::CostType as_many_streams = 6;

  [[nodiscard]] llvm::Type* vector(llvm::Type* type) const { return llvm::FixedVectorType::get(type, lanes_); }
  [[nodiscard]] llvm::Type* bit() const { return llvm::Type::getInt1Ty(shapes_.context()); }

  [[nodiscard]] llvm::InstructionCost of_add() const {
    return machine_.getArithmeticInstrCost(llvm::Instruction::Add, vector(llvm::Type::getInt64Ty(shapes_.context())),
                                           kind);
  }

  [[nodiscard]] llvm::InstructionCost of_call(const llvm::CallInst& call) const {
    constexpr llvm::InstructionCost::CostType usual_call = 10;
    if (call.getType()->isVoidTy()) return 0;
    if (call.getIntrinsicID() == llvm::Intrinsic::not_intrinsic) {
      const auto functions = llvm::VFDatabase::getMappings(call);
      const unsigned width = functions.empty() ? 1 : best_for(functions, lanes_).Shape.VF.getFixedValue();
      return usual_call * llvm::divideCeil(lanes_, width);
    }
    llvm::SmallVector<llvm::Type*, 4> arguments;
    for (const llvm::Use& each : call.args()) arguments.push_back(vector(each->getType()));
    return machine_.getIntrinsicInstrCost({call.getIntrinsicID(), vector(call.getType()), arguments}, kind);
  }

  [[nodiscard]] llvm::InstructionCost of_access(llvm::Instruction& access, llvm::Value& pointer, const llvm::Loop& loop,
                                                bool is_masked) const {
    llvm::Type* type = llvm::getLoadStoreType(&access);
    const llvm::Align align = llvm::getLoadStoreAlignment(&access);
    if (shapes_.of(&pointer).is_uniform()) return one(access);
    if (!shapes_.is_in_a_row(&pointer, type)) {
      const auto apart =
          machine_.getGatherScatterOpCost(access.getOpcode(), vector(type), &pointer, is_masked, align, kind);
      const bool has_streams = shapes_.of(&pointer).is_varying() && goes_along(loop, pointer, type, evolution_);
      return has_streams && !is_narrow(type) ? apart * as_many_streams : apart;
    }
    if (is_masked) return machine_.getMaskedMemoryOpCost(access.getOpcode(), vector(type), align, 0, kind);
    return machine_.getMemoryOpCost(access.getOpcode(), vector(type), align, 0, kind);
  }

  const Shapes& shapes_;
  const unsigned lanes_;
  const llvm::TargetTransformInfo& machine_;
  llvm::ScalarEvolution& evolution_;
};

/// Whether the lanes go through a loop together, without masks, until the last one's test fails.
bool goes_in_common(const llvm::Loop& loop, const Shapes& shapes) {
  return !shapes.is_divergent(loop.getLoopPreheader()) && row_test(loop, shapes).has_value();
}

/// Vectors that a loop's values need all the time, those that the lanes carry from round to round or bring along.
unsigned vectors_in(const llvm::Loop& loop, const Shapes& shapes) {
  static constexpr unsigned usual_bits = 32;
  const auto vectors_of = [](const llvm::Value& value) {
    const unsigned bits = value.getType()->isPointerTy() ? 64 : value.getType()->getScalarSizeInBits();
    return std::max(bits, usual_bits) / usual_bits;
  };
  unsigned count = 0;
  std::set<const llvm::Value*> seen;
  for (const llvm::BasicBlock* block : loop.blocks()) {
    for (const llvm::Instruction& instruction : *block) {
      const bool is_carried = block == loop.getHeader() && llvm::isa<llvm::PHINode>(instruction);
      if (is_carried) {
        if (shapes.of(&instruction).is_varying()) count += vectors_of(instruction);
        continue;  // what it begins with is needed once
      }
      for (const llvm::Value* operand : instruction.operand_values()) {
        const auto* from = llvm::dyn_cast<llvm::Instruction>(operand);
        if (from == nullptr || loop.contains(from) || !shapes.of(from).is_varying()) continue;
        if (seen.insert(from).second) count += vectors_of(*from);
      }
    }
  }
  return count;
}

/// Whether a loop does anything one lane after the other, atomic operations or narrow numbers that lie apart: more
/// lanes are more code and no more work at once.
bool goes_lane_by_lane(const llvm::Loop& loop, const Shapes& shapes) {
  return llvm::any_of(loop.blocks(), [&](llvm::BasicBlock* block) {
    return llvm::any_of(*block, [&](llvm::Instruction& each) {
      const llvm::Value* pointer = llvm::getLoadStorePointerOperand(&each);
      if (pointer == nullptr) return each.isAtomic();
      llvm::Type* type = llvm::getLoadStoreType(&each);
      return is_narrow(type) && !shapes.of(pointer).is_uniform() && !shapes.is_in_a_row(pointer, type);
    });
  });
}

bool has_inner_loops(const ItemLoop& items) { return !items.loop->getSubLoops().empty(); }

bool has_narrow_accesses(const ItemLoop& items) {
  return llvm::any_of(items.loop->blocks(), [](llvm::BasicBlock* block) {
    return llvm::any_of(*block, [](llvm::Instruction& each) {
      return llvm::getLoadStorePointerOperand(&each) != nullptr && is_narrow(llvm::getLoadStoreType(&each));
    });
  });
}

bool is_beyond_vectoriser(const ItemLoop& items, const Shapes& shapes, const llvm::TargetTransformInfo& machine) {
  bool has_masked = false;
  for (llvm::BasicBlock* block : items.loop->blocks()) {
    for (llvm::Instruction& each : *block) {
      const llvm::Value* pointer = llvm::getLoadStorePointerOperand(&each);
      if (pointer == nullptr) continue;
      llvm::Type* type = llvm::getLoadStoreType(&each);
      if (!shapes.of(pointer).is_uniform() && !shapes.is_in_a_row(pointer, type)) return false;
      const bool has_form = machine.isLegalMaskedLoad(type, llvm::getLoadStoreAlignment(&each));
      has_masked = has_masked || (is_narrow(type) && shapes.is_divergent(block) && !has_form);
    }
  }
  return has_masked;
}

bool is_better_along_inner_loop(const ItemLoop& items, const Shapes& shapes, llvm::ScalarEvolution& evolution) {
  for (llvm::Loop* loop : items.loop->getLoopsInPreorder()) {
    if (loop == items.loop || !loop->isInnermost() || shapes.is_left_one_by_one(loop)) continue;
    if (has_recurrence(*loop, shapes, evolution)) continue;
    const Accesses accesses = accesses_of(*loop, shapes, evolution);
    if (accesses.along_loop > accesses.along_items) return true;
  }
  return false;
}

bool is_cheaper(const ItemLoop& items, const Shapes& shapes, unsigned lanes, const llvm::TargetTransformInfo& machine,
                llvm::ScalarEvolution& evolution) {
  const LaneCosts costs(shapes, lanes, machine, evolution);
  llvm::InstructionCost together = 0;
  llvm::InstructionCost one_by_one = 0;
  for (const llvm::Loop* loop : items.loop->getLoopsInPreorder()) {
    if (loop == items.loop || !loop->isInnermost()) continue;
    const bool is_common = goes_in_common(*loop, shapes);
    for (llvm::BasicBlock* block : loop->blocks()) {
      for (llvm::Instruction& instruction : *block) {
        together += costs.of(instruction, *loop, !is_common && shapes.is_divergent(block));
        one_by_one += costs.one(instruction) * lanes;
      }
    }
  }
  return together < one_by_one;
}

}  // namespace

bool may_pay(const ItemLoop& items) { return has_inner_loops(items) || has_narrow_accesses(items); }

bool do_pay(const ItemLoop& items, const Shapes& shapes, unsigned lanes, const llvm::TargetTransformInfo& machine,
            llvm::ScalarEvolution& evolution) {
  if (!has_inner_loops(items)) return is_beyond_vectoriser(items, shapes, machine);
  return !is_better_along_inner_loop(items, shapes, evolution) && is_cheaper(items, shapes, lanes, machine, evolution);
}

unsigned vectors_side_by_side(const ItemLoop& items, const Shapes& shapes, unsigned lanes, unsigned registers) {
  constexpr unsigned for_the_moment = 2;
  constexpr unsigned most = 4;
  constexpr unsigned most_in_a_row = 16;
  const auto loops = items.loop->getLoopsInPreorder();
  const auto is_common = [&](const llvm::Loop* loop) { return loop != items.loop && goes_in_common(*loop, shapes); };
  unsigned vectors = llvm::any_of(loops, is_common) ? most_in_a_row : most;
  // Rows of few items: vectors that are never full would leave everything to the masked rest.
  const auto* begin = llvm::dyn_cast<llvm::ConstantInt>(items.begin);
  const auto* end = llvm::dyn_cast<llvm::ConstantInt>(items.end);
  if (begin != nullptr && end != nullptr) {
    const std::uint64_t count = end->getZExtValue() - begin->getZExtValue();
    while (vectors > 1 && std::uint64_t{lanes} * vectors > count) vectors /= 2;
  }
  for (const llvm::Loop* loop : loops) {
    if (loop == items.loop || !loop->isInnermost()) continue;
    if (goes_lane_by_lane(*loop, shapes)) return 1;
    const unsigned values = vectors_in(*loop, shapes);
    const unsigned masks = shapes.is_left_one_by_one(loop) ? 1 : 0;
    const bool jumps = is_common(loop);
    // A grid-stride loop jumps from round to round: what it reads at once should be long.
    const auto fits = [&] {
      if (jumps) return values * vectors + for_the_moment <= registers;
      return vectors <= most && (values + masks + for_the_moment) * vectors <= registers;
    };
    while (vectors > 1 && !fits()) vectors /= 2;
  }
  return vectors;
}

}  // namespace kernelc::lanes
