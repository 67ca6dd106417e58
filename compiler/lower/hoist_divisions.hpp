#pragma once

/// Keeps a division that is the same for all items away from LLVM's vectoriser.

#include <llvm/IR/PassManager.h>

namespace kernelc {

/// Moves divisions whose operands do not change in a loop out of it, contained anew for the values that their condition
/// kept away. LLVM 19's vectoriser gives such a division in a conditional block to all lanes if the first lane comes by
/// it, and to none otherwise, though the others need it.
class HoistDivisions : public llvm::PassInfoMixin<HoistDivisions> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace kernelc
