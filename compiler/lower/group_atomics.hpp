#pragma once

/// Atomic operations on a group's shared arrays in CPU code.

#include <llvm/IR/Function.h>

namespace kernelc {

/// The kind of metadata that marks the load of the pointer to the group's memory, and the operations on that memory.
inline constexpr const char* group_memory_mark = "dotcompute.group_memory";

/// Marks the atomic operations on the memory of a group, for as long as it can be told where their pointers come from.
void mark_group_atomics(llvm::Function& function);

/// Makes plain accesses of the operations that are marked: one thread runs all items of a group, one after the other.
/// The loops over items that hold one must not be marked as parallel, see mark_items.hpp.
void lower_group_atomics(llvm::Function& function);

}  // namespace kernelc
