#pragma once

/// Atomic operations on a group's shared arrays in CPU code.

#include <llvm/IR/Function.h>

namespace kernelc {

/// The kind of metadata that marks the load of the pointer to the group's memory.
inline constexpr const char* group_memory_mark = "dotcompute.group_memory";

/// Makes plain accesses of atomic operations on the memory of a group: one thread runs all its items, one after the
/// other. The loops over items that hold one must not be marked as parallel, see mark_items.hpp.
void lower_group_atomics(llvm::Function& function);

}  // namespace kernelc
