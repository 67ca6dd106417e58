#pragma once

/// From source text to the kernel model and the reference's LLVM IR, in one parse.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <llvm/IR/Module.h>

#include "checked/check.hpp"
#include "model/model.hpp"

namespace kernelc {

struct ParseInput {
  std::string file;  ///< The name in diagnostics; read from disk unless `text` is set.
  std::optional<std::string> text;
  std::vector<std::string> options;  ///< For Clang's driver: -std=, -D, -I ...
  bool is_checked = false;           ///< Kernels say what goes wrong in them; see checked/add_checks.hpp.
  std::string kernel = {};           ///< The only kernel that is compiled: "name::of". Empty for all.
};

struct ParseResult {
  bool ok = false;
  std::string diagnostics;
  std::vector<std::string> dependencies;
  std::unique_ptr<llvm::Module> reference;  ///< Unoptimised, with the entries of emit/reference.
  std::vector<checked::Checks> checks;      ///< Of each kernel of a checked unit; else empty.
};

/// Fills `model`. All errors are in the diagnostics.
[[nodiscard]] ParseResult parse(const ParseInput& input, llvm::LLVMContext& context, model::Model& model);

/// Compiles generated C that needs no headers but the freestanding ones. Errors are our own bugs; `error` tells them.
[[nodiscard]] std::unique_ptr<llvm::Module> compile_c(const std::string& text, llvm::LLVMContext& context,
                                                      std::string& error);

}  // namespace kernelc
