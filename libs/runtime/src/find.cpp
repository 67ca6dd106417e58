#include "find.hpp"

#include <functional>
#include <string>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

namespace {

std::uint64_t combined(std::uint64_t seed, std::uint64_t value) noexcept {
  return (seed ^ value) * 0x9E3779B97F4A7C15u + (seed >> 29);
}

FoundKernel found(const KernelDefinition& kernel) {
  const auto address = [](dotcompute_entry entry) { return reinterpret_cast<std::uintptr_t>(entry); };
  std::uint64_t fingerprint = std::hash<std::string_view>{}(kernel.content_hash());
  fingerprint = combined(fingerprint, address(kernel.record().reference));
  for (const dotcompute_cpu_code& code : kernel.cpu_code()) fingerprint = combined(fingerprint, address(code.entry));
  return {&kernel.record(), fingerprint};
}

/// The caller's block is laid out by the types of its function; the record must agree to the byte.
void check_layout(const KernelDefinition& kernel, const Signature& signature) {
  bool agrees = kernel.record().block_size == signature.block_size;
  for (std::size_t i = 0; agrees && i < signature.offsets.size(); ++i) {
    agrees = kernel.parameters()[i].offset == signature.offsets[i];
  }
  if (agrees) return;
  throw ExecutionError(
      Remedy::report_bug,
      fmt::format("kernel {}: its record lays its arguments out in {} bytes and this program in {}; the "
                  "object that kernelc made does not match the program's compiler",
                  kernel.name(), kernel.record().block_size, signature.block_size),
      {.kernel = std::string(kernel.name()), .device = {}, .source = {}, .cause = {}});
}

}  // namespace

FoundKernel find_kernel(const FunctionCall& call) {
  const KernelDefinition kernel = KernelRegistry::instance().get(call.function, call.signature->parameters);
  check_layout(kernel, *call.signature);
  return found(kernel);
}

FoundKernel find_kernel(std::string_view name) { return found(KernelRegistry::instance().get(name)); }

}  // namespace dotcompute::detail
