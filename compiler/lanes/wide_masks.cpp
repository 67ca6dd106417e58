#include "lanes/wide_masks.hpp"

#include <map>
#include <vector>

#include <llvm/CodeGen/TargetLowering.h>
#include <llvm/CodeGen/TargetSubtargetInfo.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstrTypes.h>

namespace kernelc::lanes {

namespace {

using llvm::Instruction;
using llvm::Value;

bool is_mask(const Value* value) {
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(value->getType());
  return type != nullptr && type->getElementType()->isIntegerTy(1);
}

/// A mask that is made of others.
bool is_made_of_masks(const Instruction& instruction) {
  if (!is_mask(&instruction)) return false;
  switch (instruction.getOpcode()) {
    case Instruction::And:
    case Instruction::Or:
    case Instruction::Xor:
    case Instruction::PHI:
    case Instruction::Select: return true;
    default: return false;
  }
}

bool leaves_block(const Instruction& instruction) {
  return llvm::any_of(instruction.users(), [&](const llvm::User* user) {
    const auto* place = llvm::cast<Instruction>(user);
    return place->getParent() != instruction.getParent() || llvm::isa<llvm::PHINode>(place);
  });
}

class MaskWidener {
 public:
  explicit MaskWidener(llvm::Function& function) : builder_(function.getContext()) {
    for (llvm::BasicBlock& block : function) {
      for (Instruction& instruction : block) {
        if (is_made_of_masks(instruction)) {
          made_.push_back(&instruction);
        } else if (is_mask(&instruction) && leaves_block(instruction)) {
          leaving_.push_back(&instruction);
        }
      }
    }
  }

  void run() {
    // Phis first: others may be made of each other in circles.
    for (Instruction* each : made_) {
      if (auto* phi = llvm::dyn_cast<llvm::PHINode>(each)) begin_phi(*phi);
    }
    for (Instruction* each : made_) wide(each);
    for (Instruction* each : leaving_) wide(each);
    for (Instruction* each : made_) {
      if (auto* phi = llvm::dyn_cast<llvm::PHINode>(each)) finish_phi(*phi);
    }
    for (Instruction* each : leaving_) narrow_uses(*each, true);
    for (Instruction* each : made_) narrow_uses(*each, false);
    for (Instruction* each : replaced_) each->eraseFromParent();
    for (Instruction* each : made_) each->dropAllReferences();
    for (Instruction* each : made_) each->eraseFromParent();
  }

 private:
  [[nodiscard]] llvm::Type* wide_type(const Value* mask) const {
    const auto* type = llvm::cast<llvm::FixedVectorType>(mask->getType());
    return llvm::FixedVectorType::get(llvm::Type::getInt32Ty(mask->getContext()), type->getNumElements());
  }

  void begin_phi(llvm::PHINode& phi) {
    builder_.SetInsertPoint(&phi);
    wide_[&phi] = builder_.CreatePHI(wide_type(&phi), phi.getNumIncomingValues());
  }

  void finish_phi(llvm::PHINode& phi) {
    auto* made = llvm::cast<llvm::PHINode>(wide_.at(&phi));
    for (unsigned i = 0; i < phi.getNumIncomingValues(); ++i) {
      made->addIncoming(wide(phi.getIncomingValue(i)), phi.getIncomingBlock(i));
    }
  }

  Value* wide(Value* mask) {
    if (auto* constant = llvm::dyn_cast<llvm::Constant>(mask)) {
      return llvm::ConstantFoldCastInstruction(Instruction::SExt, constant, wide_type(mask));
    }
    if (const auto known = wide_.find(mask); known != wide_.end()) return known->second;
    auto* instruction = llvm::cast<Instruction>(mask);
    Value* made = is_made_of_masks(*instruction) ? wide_operation(*instruction) : wide_of_narrow(*instruction);
    return wide_[mask] = made;
  }

  Value* wide_of_narrow(Instruction& mask) {
    builder_.SetInsertPoint(mask.getParent(), *mask.getInsertionPointAfterDef());
    return builder_.CreateSExt(&mask, wide_type(&mask));
  }

  Value* wide_operation(Instruction& operation) {
    if (auto* choice = llvm::dyn_cast<llvm::SelectInst>(&operation)) return wide_choice(*choice);
    Value* left = wide(operation.getOperand(0));
    Value* right = wide(operation.getOperand(1));
    builder_.SetInsertPoint(&operation);
    return builder_.CreateBinOp(llvm::cast<llvm::BinaryOperator>(operation).getOpcode(), left, right);
  }

  Value* wide_choice(llvm::SelectInst& choice) {
    Value* yes = wide(choice.getTrueValue());
    Value* no = wide(choice.getFalseValue());
    if (!is_mask(choice.getCondition())) {
      builder_.SetInsertPoint(&choice);
      return builder_.CreateSelect(choice.getCondition(), yes, no);
    }
    Value* condition = wide(choice.getCondition());
    builder_.SetInsertPoint(&choice);
    // What is not chosen may have no value at all.
    if (const auto* none = llvm::dyn_cast<llvm::Constant>(no); none != nullptr && none->isNullValue()) {
      return builder_.CreateAnd(condition, builder_.CreateFreeze(yes));
    }
    return builder_.CreateSelect(narrowed(condition), yes, no);
  }

  Value* narrowed(Value* wide) { return builder_.CreateICmpSLT(wide, llvm::Constant::getNullValue(wide->getType())); }

  /// Whether the user asks if there is any lane, or if all are there; that of words is one instruction.
  bool widen_question(Instruction& user, Value& wide) {
    if (!llvm::isa<llvm::BitCastInst>(user) || !user.getType()->isIntegerTy() || !user.hasOneUse()) return false;
    auto* test = llvm::dyn_cast<llvm::ICmpInst>(user.user_back());
    const auto* number = test == nullptr ? nullptr : llvm::dyn_cast<llvm::ConstantInt>(test->getOperand(1));
    if (number == nullptr || !test->isEquality() || (!number->isZero() && !number->isMinusOne())) return false;
    builder_.SetInsertPoint(test);
    Value* words = number->isZero() ? builder_.CreateOrReduce(&wide) : builder_.CreateAndReduce(&wide);
    Value* bound = builder_.getInt32(number->isZero() ? 0 : ~std::uint32_t{0});
    test->replaceAllUsesWith(builder_.CreateICmp(test->getPredicate(), words, bound));
    replaced_.push_back(test);
    replaced_.push_back(&user);
    return true;
  }

  /// Whether the user makes numbers of the mask that are the words, or those without their sign.
  bool widen_number(Instruction& user, Value& wide) {
    const bool is_signed = llvm::isa<llvm::SExtInst>(user);
    if ((!is_signed && !llvm::isa<llvm::ZExtInst>(user)) || user.getType() != wide.getType()) return false;
    builder_.SetInsertPoint(&user);
    user.replaceAllUsesWith(is_signed ? &wide : builder_.CreateNeg(&wide));
    replaced_.push_back(&user);
    return true;
  }

  /// Has everything but other wide masks use the mask as what it was, found anew in each block.
  void narrow_uses(Instruction& mask, bool only_elsewhere) {
    std::map<llvm::BasicBlock*, Value*> here;
    for (llvm::Use& use : llvm::make_early_inc_range(mask.uses())) {
      auto* user = llvm::cast<Instruction>(use.getUser());
      llvm::BasicBlock* block = user->getParent();
      if (is_made_of_masks(*user) || user == wide_.at(&mask) || (only_elsewhere && block == mask.getParent())) continue;
      Value& words = *wide_.at(&mask);
      if (widen_question(*user, words) || widen_number(*user, words)) continue;
      Value*& narrow = here[block];
      if (narrow == nullptr) {
        auto* made = llvm::cast<Instruction>(wide_.at(&mask));
        const bool is_here = made->getParent() == block && !llvm::isa<llvm::PHINode>(made);
        builder_.SetInsertPoint(block, is_here ? *made->getInsertionPointAfterDef() : block->getFirstInsertionPt());
        narrow = narrowed(made);
      }
      use.set(narrow);
    }
  }

  llvm::IRBuilder<> builder_;
  std::vector<Instruction*> made_;
  std::vector<Instruction*> leaving_;
  std::vector<Instruction*> replaced_;  // what nothing uses any more, before its operands
  std::map<Value*, Value*> wide_;
};

bool has_mask_registers(const llvm::Function& function, llvm::TargetMachine& machine) {
  return machine.getSubtargetImpl(function)->getTargetLowering()->isTypeLegal(llvm::MVT::v8i1);
}

}  // namespace

void widen_masks(llvm::Function& function, llvm::TargetMachine& machine) {
  if (!has_mask_registers(function, machine)) MaskWidener(function).run();
}

}  // namespace kernelc::lanes
