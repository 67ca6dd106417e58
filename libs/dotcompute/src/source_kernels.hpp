#pragma once

/// The kernels of a Runtime that arrived as source, in C++ or in the languages of devices.

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <dotcompute/compile/kernel_compiler.hpp>
#include <dotcompute/kernel/declared_kernel.hpp>
#include <dotcompute/kernel/definition.hpp>
#include <dotcompute/runtime.hpp>

namespace dotcompute {

/// Thread-safe. Kernels stay registered until their source is replaced, and loaded until this is destroyed: launches
/// and plans may point at replaced ones.
class SourceKernels {
 public:
  /// `kernelc_path` may be empty. No compiler is started yet.
  explicit SourceKernels(const std::string& kernelc_path) : compiler_({.kernelc_path = kernelc_path}) {}

  /// See Runtime.
  std::vector<KernelDefinition> add(const KernelSource& source);
  std::vector<KernelDefinition> add_file(const std::string& file, const std::vector<std::string>& options);
  KernelDefinition add(const DeviceSource& source);

 private:
  std::vector<KernelDefinition> compile(const std::string& identity, const CompileRequest& request);

  KernelCompiler compiler_;
  std::mutex mutex_;
  std::map<std::string, LoadedKernels> current_;
  std::vector<LoadedKernels> replaced_;
  std::deque<DeclaredKernel> declared_;  ///< Those that were replaced too.
};

}  // namespace dotcompute
