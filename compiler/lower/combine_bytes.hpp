#pragma once

/// Numbers that a kernel puts together of bytes.

#include <llvm/IR/PassManager.h>

namespace kernelc {

/// Reads a number of 32 or 64 bits at once where it is put together of bytes that lie next to each other, in either
/// order: `b[i] << 24 | b[i + 1] << 16 | b[i + 2] << 8 | b[i + 3]`. LLVM does so after the lanes were
/// made, which would collect every byte for itself.
class CombineBytes : public llvm::PassInfoMixin<CombineBytes> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace kernelc
