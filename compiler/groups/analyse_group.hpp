#pragma once

/// What a kernel does with its group.

#include <clang/AST/Decl.h>

#include "check/rules.hpp"
#include "model/model.hpp"

namespace kernelc::groups {

/// Fills what the Kernel says of groups and checks the rules that follow from it. `declared` is the kernel as it is
/// written, for DOTCOMPUTE_GROUP. Reports; throws Rejected where there is no plan for the kernel.
void analyse_group(model::Model& model, model::Kernel& kernel, const clang::FunctionDecl& declared,
                   clang::ASTContext& context, Reporter& reporter);

}  // namespace kernelc::groups
