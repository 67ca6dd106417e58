#pragma once

/// Kernels that arrived while the program runs.

#include <memory>
#include <string>
#include <vector>

#include <dotcompute/kernel/definition.hpp>

namespace dotcompute {

/// Owns the kernels of one compiled source: they are in the registry for as long as this lives. Destroying it
/// unregisters them and unloads their code, so that no launch of them may still run.
class LoadedKernels {
 public:
  /// Owns nothing.
  LoadedKernels() noexcept;
  LoadedKernels(LoadedKernels&&) noexcept;
  LoadedKernels& operator=(LoadedKernels&&) noexcept;
  ~LoadedKernels();

  /// The kernels, in the order of the source; valid while this lives.
  [[nodiscard]] std::vector<KernelDefinition> definitions() const;

  /// Takes the kernels out of the registry and keeps their code loaded, for launches that still run or plans that still
  /// point at them. Their definitions stay valid.
  void unregister() noexcept;

  /// What the compiler said of a source that it accepted: its warnings, for people. Usually empty.
  [[nodiscard]] const std::string& diagnostics() const noexcept { return diagnostics_; }

 private:
  friend class KernelCompiler;
  friend class KernelLoader;
  class Library;

  explicit LoadedKernels(std::unique_ptr<Library> library) noexcept;

  std::unique_ptr<Library> library_;
  std::string diagnostics_;
};

}  // namespace dotcompute
