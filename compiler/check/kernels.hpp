#pragma once

/// Which functions of a file are kernels, and whether each can be one.

#include <vector>

#include <clang/AST/ASTContext.h>

#include "check/rules.hpp"
#include "model/model.hpp"

namespace kernelc {

/// A function marked as a kernel, in the order of the source.
struct KernelDeclarations {
  std::vector<const clang::FunctionDecl*> kernels;  ///< Definitions, and explicit instantiations of templates.
  std::vector<const clang::FunctionDecl*> members_of_templates;  ///< Which cannot be kernels.
  std::vector<const clang::FunctionDecl*> bare_templates;        ///< Patterns that nothing instantiates explicitly.
};

/// The kernels of the main file and what it includes. Declarations without a definition are left out.
[[nodiscard]] KernelDeclarations find_kernels(clang::ASTContext& context);

/// The rules of identity: reports every one that `kernel` breaks.
void check_identity(const clang::FunctionDecl* kernel, clang::ASTContext& context, Reporter& reporter);

/// Whether the reference driver can name and call the function; the others are reported by the checks.
[[nodiscard]] bool can_be_driven(const clang::FunctionDecl* kernel, clang::ASTContext& context);

/// Whether the kernel opts into contraction and fast math: DOTCOMPUTE_KERNEL_FAST.
[[nodiscard]] bool is_fast(const clang::FunctionDecl* kernel);

/// What follows from a kernel's model: what it calls, its dimensions, its cost and its content hash.
void analyse(model::Kernel& kernel);

}  // namespace kernelc
