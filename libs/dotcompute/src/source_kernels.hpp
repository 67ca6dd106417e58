#pragma once

/// The kernels of a Runtime that arrived as C++ source.

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <dotcompute/compile/kernel_compiler.hpp>
#include <dotcompute/kernel/definition.hpp>
#include <dotcompute/runtime.hpp>

namespace dotcompute {

/// Thread-safe. The kernels stay registered until they are replaced and loaded until this is destroyed.
class SourceKernels {
 public:
  /// `kernelc_path` may be empty. No compiler is started yet.
  explicit SourceKernels(std::string kernelc_path) : kernelc_path_(std::move(kernelc_path)) {}

  /// See Runtime.
  std::vector<KernelDefinition> add(const KernelSource& source);
  std::vector<KernelDefinition> add_file(const std::filesystem::path& file, const std::vector<std::string>& options);

 private:
  std::vector<KernelDefinition> compile(const std::string& name, const CompileRequest& request);

  std::string kernelc_path_;
  std::mutex mutex_;
  std::unique_ptr<KernelCompiler> compiler_;
  std::map<std::string, LoadedKernels> loaded_;
};

}  // namespace dotcompute
