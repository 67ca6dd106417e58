#include <llvm/IR/Verifier.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/ErrorHandling.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/IPO/AlwaysInliner.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>

#include "lanes/bounds.hpp"
#include "lanes/interior.hpp"
#include "lanes/item_loop.hpp"
#include "lanes/lanes.hpp"
#include "lanes/own_arrays.hpp"
#include "lanes/row_conditions.hpp"
#include "lanes/rows.hpp"
#include "lanes/streams.hpp"
#include "lanes/transposes.hpp"
#include "lanes/wide_masks.hpp"
#include "lower/combine_bytes.hpp"
#include "lower/group_atomics.hpp"
#include "lower/hoist_divisions.hpp"
#include "lower/lower.hpp"
#include "lower/mark_items.hpp"
#include "lower/unroll_rotations.hpp"

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

/// Wrong code would go on from here unnoticed.
void verify(const llvm::Function& function) {
  if (llvm::verifyFunction(function, &llvm::errs()))
    llvm::report_fatal_error("what kernelc made of items is not LLVM IR");
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
    simplify.addPass(llvm::SimplifyCFGPass());
    simplify.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));  // pointers between which is chosen now
    simplify.addPass(llvm::LoopSimplifyPass());
    simplify.addPass(HoistDivisions());
    simplify.addPass(CombineBytes());
    passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(simplify)));
    passes.run(module, pipeline.modules);
    for (llvm::Function& function : module) {
      if (function.isDeclaration()) continue;
      lanes::restore_item_loops(function, pipeline.functions);
      mark_group_atomics(function);
      lanes::take_arrays_apart(function, pipeline.functions);
      lanes::bound_items(function, pipeline.functions);
      lanes::take_rows_together(function, pipeline.functions);
      lanes::split_at_edges(function, pipeline.functions);
      lanes::ask_before_rows(function, pipeline.functions);
      lanes::stream_results(function, pipeline.functions);
      lanes::vectorise_items(function, pipeline.functions);
      mark_items(function, pipeline.functions);
      lower_group_atomics(function);
      verify(function);
    }
  }
  Pipeline pipeline(machine);
  pipeline.builder.registerVectorizerStartEPCallback([](llvm::FunctionPassManager& passes, llvm::OptimizationLevel) {
    passes.addPass(HoistDivisions());
    passes.addPass(UnrollRotations());
  });
  pipeline.builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, pipeline.modules);
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    lanes::transpose_gathers(function, machine);
    lanes::widen_masks(function, machine);
    compute_in_one_lane(function);
    verify(function);
  }
}

void optimise_reference(llvm::Module& module, llvm::TargetMachine& machine) {
  Pipeline pipeline(machine);
  pipeline.builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, pipeline.modules);
}

}  // namespace kernelc
