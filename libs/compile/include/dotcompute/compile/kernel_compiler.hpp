#pragma once

/// Compiles kernels that arrive as source while the program runs.
///
///     KernelCompiler compiler;
///     const LoadedKernels kernels = compiler.compile({.file = "saxpy.cpp"});

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dotcompute/compile/loaded_kernels.hpp>

namespace dotcompute {

struct CompilerOptions {
  /// The kernel compiler. Empty: what the environment variable DOTCOMPUTE_KERNELC names; else the kernelc that lies
  /// with this library or this program; else the one in PATH.
  std::string kernelc_path = {};
  /// How long kernelc may take to start, and again for each source; zero or less for any time.
  std::chrono::milliseconds timeout = std::chrono::minutes(5);
};

/// A C++ source with kernels.
struct CompileRequest {
  std::string file = {};                 ///< The path, or the name for diagnostics when `text` is set.
  std::optional<std::string> text = {};  ///< The source, when it is not to be read from `file`.
  /// As for the host's compiler: "-DSIZE=3", "-Iinclude", "-std=c++23" (C++20 unless given). The compiler and the
  /// standard library that this library was built with are matched, unless --host= and --gcc-install-dir= name others.
  /// And "--checked", as on kernelc's command line.
  std::vector<std::string> options = {};
};

/// The client of one kernelc process, which starts with the first source and ends with this object. Thread-safe:
/// sources are compiled one after the other. A kernelc that died is replaced when the next source comes.
class KernelCompiler {
 public:
  explicit KernelCompiler(CompilerOptions options = {});
  KernelCompiler(const KernelCompiler&) = delete;
  KernelCompiler& operator=(const KernelCompiler&) = delete;
  ~KernelCompiler();

  /// Compiles a source and loads its kernels. Throws CompilationError: if the source is rejected, with the compiler's
  /// diagnostics as the cause; if there is no kernelc or one of another version; if it dies or takes too long; if what
  /// it made cannot be loaded.
  [[nodiscard]] LoadedKernels compile(const CompileRequest& request);

 private:
  class Client;
  std::unique_ptr<Client> client_;
};

}  // namespace dotcompute
