#include <llvm/IR/PassManager.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Transforms/IPO/GlobalDCE.h>

#include "lower/lower.hpp"

namespace kernelc {

void keep_only(llvm::Module& module, llvm::StringRef prefix) {
  for (const char* name : {"llvm.global_ctors", "llvm.global_dtors", "llvm.used", "llvm.compiler.used"}) {
    if (llvm::GlobalVariable* list = module.getGlobalVariable(name)) list->eraseFromParent();
  }
  for (llvm::GlobalAlias& alias : module.aliases()) alias.setLinkage(llvm::GlobalValue::InternalLinkage);
  const auto hide = [&](llvm::GlobalObject& object) {
    if (object.isDeclaration() || object.hasAvailableExternallyLinkage()) return;
    object.setComdat(nullptr);
    object.setVisibility(llvm::GlobalValue::DefaultVisibility);
    object.setDSOLocal(true);
    object.setSection("");
    if (!object.getName().starts_with(prefix)) object.setLinkage(llvm::GlobalValue::InternalLinkage);
  };
  for (llvm::Function& function : module) hide(function);
  for (llvm::GlobalVariable& variable : module.globals()) hide(variable);

  llvm::ModuleAnalysisManager analyses;
  llvm::PassBuilder builder;
  builder.registerModuleAnalyses(analyses);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager calls;
  builder.registerCGSCCAnalyses(calls);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, calls, analyses);
  llvm::ModulePassManager passes;
  passes.addPass(llvm::GlobalDCEPass());
  passes.run(module, analyses);
}

}  // namespace kernelc
