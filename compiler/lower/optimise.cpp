#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Transforms/IPO/AlwaysInliner.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>

#include "lower/lower.hpp"

namespace kernelc {

namespace {

/// LLVM's pass managers with all their analyses registered.
struct Pipeline {
  explicit Pipeline(llvm::TargetMachine& machine) : builder(&machine, options()) {
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(calls);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, calls, modules);
  }

  static llvm::PipelineTuningOptions options() {
    llvm::PipelineTuningOptions options;
    options.LoopVectorization = true;
    options.SLPVectorization = true;
    options.LoopInterleaving = true;
    return options;
  }

  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager calls;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder;
};

/// Whether an access through `pointer` reaches only memory that all items share: none of the item's own slots.
bool is_shared(const llvm::Value* pointer) {
  llvm::SmallVector<const llvm::Value*, 4> objects;
  llvm::getUnderlyingObjects(pointer, objects, nullptr, 0);
  for (const llvm::Value* object : objects) {
    // A pointer that was loaded from the argument block is a span's; anything else might be the item's own.
    const auto* load = llvm::dyn_cast<llvm::LoadInst>(object);
    if (load == nullptr) return false;
    if (!llvm::isa<llvm::Argument>(llvm::getUnderlyingObject(load->getPointerOperand(), 0))) return false;
  }
  return !objects.empty();
}

/// Says of the loop over items that its iterations do not depend on each other through shared memory.
void mark_items_parallel(llvm::Function& function) {
  llvm::LLVMContext& context = function.getContext();
  llvm::Instruction* latch = nullptr;
  for (llvm::BasicBlock& block : function) {
    if (block.getTerminator()->hasMetadata("dotcompute.items")) latch = block.getTerminator();
  }
  if (latch == nullptr) return;
  llvm::MDNode* group = llvm::MDNode::getDistinct(context, {});
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      const llvm::Value* pointer = llvm::getLoadStorePointerOperand(&instruction);
      if (pointer != nullptr && is_shared(pointer)) instruction.setMetadata(llvm::LLVMContext::MD_access_group, group);
    }
  }
  llvm::Metadata* accesses[] = {llvm::MDString::get(context, "llvm.loop.parallel_accesses"), group};
  llvm::MDNode* parallel = llvm::MDNode::get(context, accesses);
  llvm::MDNode* loop = llvm::MDNode::getDistinct(context, {nullptr, parallel});
  loop->replaceOperandWith(0, loop);
  latch->setMetadata(llvm::LLVMContext::MD_loop, loop);
  latch->setMetadata("dotcompute.items", nullptr);
}

}  // namespace

void optimise_cpu(llvm::Module& module, llvm::TargetMachine& machine) {
  {
    Pipeline pipeline(machine);
    llvm::ModulePassManager passes;
    passes.addPass(llvm::AlwaysInlinerPass());
    llvm::FunctionPassManager simplify;
    simplify.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
    simplify.addPass(llvm::EarlyCSEPass());
    passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(simplify)));
    passes.run(module, pipeline.modules);
  }
  for (llvm::Function& function : module) {
    if (!function.isDeclaration()) mark_items_parallel(function);
  }
  Pipeline pipeline(machine);
  pipeline.builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, pipeline.modules);
}

void optimise_reference(llvm::Module& module, llvm::TargetMachine& machine) {
  Pipeline pipeline(machine);
  pipeline.builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, pipeline.modules);
}

}  // namespace kernelc
