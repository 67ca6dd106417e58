#pragma once

/// Loops whose values change their places.

#include <llvm/IR/PassManager.h>

namespace kernelc {

/// Asks for the rounds of a loop to be written out where several of its values only go on to the next one's place, as
/// the words of a hash do: `h = g; g = f; f = e`. With as many rounds as there are places, none of them is moved.
struct UnrollRotations : llvm::PassInfoMixin<UnrollRotations> {
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace kernelc
