#pragma once

/// Elements that lie next to each other for each lane, as the fields of a struct or the words of a message do.

#include <llvm/IR/Function.h>
#include <llvm/Target/TargetMachine.h>

namespace kernelc::lanes {

/// Where lanes gather several elements that follow each other in memory, reads them at once for each lane, and turns
/// these rows into the vectors that the gathers would have given: a load for each lane, and shuffles, instead of a load
/// for each lane and element. For code that nothing simplifies any more.
void transpose_gathers(llvm::Function& function, llvm::TargetMachine& machine);

}  // namespace kernelc::lanes
