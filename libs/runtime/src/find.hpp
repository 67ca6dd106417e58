#pragma once

/// find: function or name -> the registered kernel.

#include <cstdint>
#include <string_view>

#include <dotcompute/kernel/definition.hpp>
#include <dotcompute/kernel/registry.hpp>
#include <dotcompute/runtime/calls.hpp>

namespace dotcompute::detail {

/// A kernel, and a hash of its content and code: after an unload, another kernel's record may lie at the same address.
struct FoundKernel {
  const dotcompute_kernel* record = nullptr;
  std::uint64_t fingerprint = 0;
  friend bool operator==(const FoundKernel&, const FoundKernel&) = default;
};

/// Changes whenever a kernel is registered or unregistered.
[[nodiscard]] inline std::uint64_t registry_epoch() noexcept { return KernelRegistry::instance().epoch(); }

/// Throws ExecutionError for a function that is no registered kernel, or one whose record has other parameters.
[[nodiscard]] FoundKernel find_kernel(const FunctionCall& call);

/// Throws ExecutionError for a name that no kernel or more than one has; offers the nearest names.
[[nodiscard]] FoundKernel find_kernel(std::string_view name);

}  // namespace dotcompute::detail
