#pragma once

/// The record of a kernel that was not made by kernelc.

#include <deque>
#include <string>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/kernel/abi.h>
#include <dotcompute/kernel/definition.hpp>
#include <dotcompute/kernel/device_source.hpp>

namespace dotcompute {

/// Owns the record of a DeviceSource and keeps it registered. Stays where it is.
class DOTCOMPUTE_API DeclaredKernel {
 public:
  /// Registers the kernel. Throws CompilationError for a source that says too little or contradicts itself; what the
  /// device's compiler thinks of the text is found out at the first launch.
  explicit DeclaredKernel(DeviceSource source);
  DeclaredKernel(const DeclaredKernel&) = delete;
  DeclaredKernel& operator=(const DeclaredKernel&) = delete;
  ~DeclaredKernel();

  /// Launches find the kernel no more; those that found it before may go on.
  void unregister() noexcept;

  [[nodiscard]] KernelDefinition definition() const noexcept { return KernelDefinition(record_); }

 private:
  void describe_parameters();
  void describe_texts();

  DeviceSource source_;
  std::deque<std::string> names_;  ///< Of struct types.
  std::deque<dotcompute_type> types_;
  std::vector<dotcompute_parameter> parameters_;
  std::vector<dotcompute_source> texts_;
  std::string content_hash_;
  dotcompute_kernel record_{};
  dotcompute_unit unit_{};
};

}  // namespace dotcompute
