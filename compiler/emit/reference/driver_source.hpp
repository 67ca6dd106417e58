#pragma once

/// The C++ that calls each kernel for the reference. It is parsed after the user's file, in the same translation unit,
/// so that Clang itself passes the arguments as the kernel expects them.

#include <string>
#include <vector>

namespace kernelc::reference {

/// The symbol of a kernel's reference entry.
[[nodiscard]] std::string entry_symbol(std::size_t kernel_index);

/// The symbol of the entry that runs whole groups; of the two entries a kernel needs one.
[[nodiscard]] std::string group_entry_symbol(std::size_t kernel_index);

/// Two entries per kernel, in order; `kernels` are qualified names as C++ spells them, empty for one that has no entry.
[[nodiscard]] std::string driver_source(const std::vector<std::string>& kernels);

}  // namespace kernelc::reference
