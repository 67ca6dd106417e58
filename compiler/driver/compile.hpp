#pragma once

/// The kernel compiler as a function: one C++ source in, one artefact out.

#include <optional>
#include <string>
#include <vector>

namespace kernelc {

/// What `compile` makes.
enum class Emit {
  object,    ///< A relocatable object that registers its kernels when it is loaded.
  shared,    ///< A shared object that exports `dotcompute_unit`, for kernels that arrive at run time.
  cpu,       ///< The LLVM IR of the CPU code, optimised, as text; every ISA one after the other.
  assembly,  ///< The CPU code as assembly, likewise.
  cuda,      ///< CUDA C, each kernel's text one after the other.
  opencl,    ///< OpenCL C 1.2, likewise.
  msl,       ///< The Metal Shading Language, likewise.
  model,     ///< The kernel model as JSON.
};

struct CompileOptions {
  std::string file;                 ///< The path, or the name for diagnostics when `text` is set.
  std::optional<std::string> text;  ///< The source, when it is not to be read from `file`.
  Emit emit = Emit::object;
  std::string architecture;               ///< Of Emit::cpu and assembly: "x86_64", "aarch64"; empty: this machine's.
  std::string kernel;                     ///< The only kernel that is compiled: "name::of"; empty for all.
  std::string unit;                       ///< The anchor symbol (Emit::object); empty for none.
  std::string host;                       ///< The host compiler: "GNU-12.2.0", "Clang-19.1.7"; empty for none stated.
  std::string gcc_install_dir;            ///< Where the host's libstdc++ belongs to; empty to search.
  std::vector<std::string> host_options;  ///< Options of the host's compilation: -std=, -D, -I ...; and --checked.
};

struct CompileResult {
  bool ok = false;
  std::string diagnostics;                ///< For people: file, line, column, caret; also when ok (warnings).
  std::vector<char> output;               ///< Empty unless ok.
  std::vector<std::string> dependencies;  ///< The files that were read, in order of first use.
};

/// Compiles one source. Deterministic: the same input gives the same bytes. Not thread-safe.
[[nodiscard]] CompileResult compile(const CompileOptions& options);

/// What is wrong with the architecture that is asked for; nothing if there is code for it.
[[nodiscard]] std::string wrong_architecture(const CompileOptions& options);

/// "0.1.0": the version of kernelc and of the library it belongs to.
[[nodiscard]] const char* version();

}  // namespace kernelc
